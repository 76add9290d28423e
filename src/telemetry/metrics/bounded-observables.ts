// The observable half of a meter. Callbacks run apart from each other and within a deadline, and what they observe passes
// the same bound as what is recorded.
import type {
  BatchObservableCallback,
  Meter,
  MetricAttributes,
  Observable,
  ObservableCallback,
} from '@opentelemetry/api'
import { createNoopMeter, ROOT_CONTEXT } from '@opentelemetry/api'
import { InstrumentType } from '@opentelemetry/sdk-metrics'
import type { BoundedInstrument, StateOf } from './bounded-instrument.ts'
import { createObservationRun } from './observation-run.ts'
import type { Overflowing } from './observations.ts'
import { createObservations } from './observations.ts'
import { safely } from './safely.ts'

type ObservableMethods = Pick<
  Meter,
  | 'createObservableCounter'
  | 'createObservableUpDownCounter'
  | 'createObservableGauge'
  | 'addBatchObservableCallback'
  | 'removeBatchObservableCallback'
>

interface Inner {
  readonly observable: Observable
  readonly instrument: BoundedInstrument
}

/** What each callback left for the overflow series of an instrument: the series has the sum of them all. */
const overflowing = new WeakMap<BoundedInstrument, Overflowing>()

export function boundedObservables(meter: Meter, stateOf: StateOf, onDropped: () => void): ObservableMethods {
  const inners = new WeakMap<Observable, Inner>()
  const batches: { callback: BatchObservableCallback; inner: Set<Observable>; run: BatchObservableCallback }[] = []

  const observations = ({ instrument }: Inner, callback: object) => {
    let shared = overflowing.get(instrument)
    if (shared === undefined) {
      shared = new Map()
      overflowing.set(instrument, shared)
    }
    return createObservations(instrument, callback, shared, ROOT_CONTEXT, onDropped)
  }

  const wrap = (observable: Observable, instrument: BoundedInstrument): Observable => {
    const inner: Inner = { observable, instrument }
    const runs = new Map<ObservableCallback, ObservableCallback>()
    const wrapper: Observable = {
      addCallback(callback) {
        if (runs.has(callback)) return
        const answers = createObservationRun()
        const run: ObservableCallback = async (result) => {
          const seen = observations(inner, callback)
          const finished = await answers(() => callback({ observe: seen.observe }))
          seen.close()
          if (finished) seen.handOn((value, attributes) => result.observe(value, attributes))
        }
        runs.set(callback, run)
        observable.addCallback(run)
      },
      removeCallback(callback) {
        const run = runs.get(callback)
        if (run === undefined) return
        runs.delete(callback)
        observable.removeCallback(run)
      },
    }
    inners.set(wrapper, inner)
    return wrapper
  }

  const innersOf = (observables: readonly Observable[]) =>
    new Set([...observables].flatMap((observable) => inners.get(observable) ?? []))
  const noop = createNoopMeter()

  return {
    createObservableCounter: safely(noop.createObservableCounter, (name, options) =>
      wrap(meter.createObservableCounter(name, options), stateOf(InstrumentType.OBSERVABLE_COUNTER, name, options)),
    ),
    createObservableUpDownCounter: safely(noop.createObservableUpDownCounter, (name, options) =>
      wrap(
        meter.createObservableUpDownCounter(name, options),
        stateOf(InstrumentType.OBSERVABLE_UP_DOWN_COUNTER, name, options),
      ),
    ),
    createObservableGauge: safely(noop.createObservableGauge, (name, options) =>
      wrap(meter.createObservableGauge(name, options), stateOf(InstrumentType.OBSERVABLE_GAUGE, name, options)),
    ),
    addBatchObservableCallback(callback, observables) {
      const targets = innersOf(observables)
      const inner = new Set([...targets].map(({ observable }) => observable))
      if (batches.some((batch) => batch.callback === callback && sameMembers(batch.inner, inner))) return
      const answers = createObservationRun()
      const run: BatchObservableCallback = async (result) => {
        const seen = new Map([...targets].map((target) => [target, observations(target, callback)]))
        const finished = await answers(() =>
          callback({
            observe(observable: Observable, value: number, attributes?: MetricAttributes) {
              const target = inners.get(observable)
              if (target !== undefined) seen.get(target)?.observe(value, attributes)
            },
          }),
        )
        for (const [target, observed] of seen) {
          observed.close()
          if (finished) observed.handOn((value, attributes) => result.observe(target.observable, value, attributes))
        }
      }
      batches.push({ callback, inner, run })
      meter.addBatchObservableCallback(run, [...inner])
    },
    removeBatchObservableCallback(callback, observables) {
      const inner = new Set([...innersOf(observables)].map(({ observable }) => observable))
      const index = batches.findIndex((batch) => batch.callback === callback && sameMembers(batch.inner, inner))
      const [batch] = index < 0 ? [] : batches.splice(index, 1)
      if (batch !== undefined) meter.removeBatchObservableCallback(batch.run, [...inner])
    },
  }
}

function sameMembers(a: ReadonlySet<unknown>, b: ReadonlySet<unknown>): boolean {
  return a.size === b.size && a.isSubsetOf(b)
}
