// The observable half of a meter: callbacks are handed on to the SDK's instruments, and what they observe passes the same
// bound as what is recorded.
import type {
  Attributes,
  BatchObservableCallback,
  Meter,
  MetricAttributes,
  MetricOptions,
  Observable,
  ObservableCallback,
} from '@opentelemetry/api'
import type { InstrumentState } from './bounded-meter-provider.ts'
import { OVERFLOW } from './series-bound.ts'

type ObservableMethods = Pick<
  Meter,
  | 'createObservableCounter'
  | 'createObservableUpDownCounter'
  | 'createObservableGauge'
  | 'addBatchObservableCallback'
  | 'removeBatchObservableCallback'
>

interface Bounded {
  readonly inner: Observable
  /** Passes one observation on through `observe`, or keeps it for the overflow series. */
  pass(collection: Collection, value: number, attributes: Attributes | undefined, observe: Observe): void
}
type Observe = (value: number, attributes: Attributes) => void
/** What one run of a callback left for the overflow series of each instrument. */
type Collection = Map<Bounded, { sum: number; readonly observe: Observe }>

export function boundObservables(
  meter: Meter,
  stateOf: (name: string, options?: MetricOptions) => InstrumentState,
  onDropped: () => void,
): ObservableMethods {
  const bounded = new WeakMap<Observable, Bounded>()
  const batches: { callback: BatchObservableCallback; observables: Observable[]; wrapped: BatchObservableCallback }[] = []

  const wrap = (inner: Observable, { bound }: InstrumentState, kind: { least: number; sums: boolean }): Observable => {
    const callbacks = new Map<ObservableCallback, ObservableCallback>()
    const self: Bounded = {
      inner,
      pass(collection, value, attributes, observe) {
        if (typeof value !== 'number' || !Number.isFinite(value) || value < kind.least) return onDropped()
        const admitted = bound.admit(attributes)
        if (admitted !== OVERFLOW) return observe(value, admitted)
        // The SDK keeps the last observation of a series; what overflowed is a sum of many.
        const before = kind.sums ? (collection.get(self)?.sum ?? 0) : 0
        collection.set(self, { sum: before + value, observe })
      },
    }
    const wrapper: Observable = {
      addCallback(callback) {
        if (callbacks.has(callback)) return
        const wrapped: ObservableCallback = async (result) => {
          const collection: Collection = new Map()
          const observe: Observe = (value, attributes) => result.observe(value, attributes)
          await callback({ observe: (value, attributes) => self.pass(collection, value, attributes, observe) })
          settle(collection)
        }
        callbacks.set(callback, wrapped)
        inner.addCallback(wrapped)
      },
      removeCallback(callback) {
        const wrapped = callbacks.get(callback)
        if (wrapped === undefined) return
        callbacks.delete(callback)
        inner.removeCallback(wrapped)
      },
    }
    bounded.set(wrapper, self)
    return wrapper
  }

  const innersOf = (observables: readonly Observable[]) =>
    observables.flatMap((observable) => bounded.get(observable)?.inner ?? [])

  return {
    createObservableCounter: (name, options) =>
      wrap(meter.createObservableCounter(name, options), stateOf(name, options), { least: 0, sums: true }),
    createObservableUpDownCounter: (name, options) =>
      wrap(meter.createObservableUpDownCounter(name, options), stateOf(name, options), {
        least: Number.NEGATIVE_INFINITY,
        sums: true,
      }),
    createObservableGauge: (name, options) =>
      wrap(meter.createObservableGauge(name, options), stateOf(name, options), {
        least: Number.NEGATIVE_INFINITY,
        sums: false,
      }),
    addBatchObservableCallback(callback, observables) {
      const wrapped: BatchObservableCallback = async (result) => {
        const collection: Collection = new Map()
        await callback({
          observe(observable: Observable, value: number, attributes?: MetricAttributes) {
            const target = bounded.get(observable)
            target?.pass(collection, value, attributes, (passed, admitted) =>
              result.observe(target.inner, passed, admitted),
            )
          },
        })
        settle(collection)
      }
      batches.push({ callback, observables, wrapped })
      meter.addBatchObservableCallback(wrapped, innersOf(observables))
    },
    removeBatchObservableCallback(callback, observables) {
      const index = batches.findIndex(
        (batch) => batch.callback === callback && sameMembers(batch.observables, observables),
      )
      const [batch] = index < 0 ? [] : batches.splice(index, 1)
      if (batch !== undefined) meter.removeBatchObservableCallback(batch.wrapped, innersOf(observables))
    },
  }
}

function settle(collection: Collection): void {
  for (const { sum, observe } of collection.values()) observe(sum, OVERFLOW)
}

function sameMembers(a: readonly Observable[], b: readonly Observable[]): boolean {
  return a.length === b.length && a.every((member) => b.includes(member))
}
