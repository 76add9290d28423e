// The observable half of a meter. Callbacks run apart from each other and within a deadline, and what they observe passes the same
// limit as what is recorded.
import type {
  BatchObservableCallback,
  Meter,
  MetricAttributes,
  Observable,
  ObservableCallback,
} from '@opentelemetry/api'
import { ROOT_CONTEXT } from '@opentelemetry/api'
import { cleanAttributes, labelsId } from './clean-attributes.ts'
import type { InstrumentState } from './instruments.ts'
import { createObservationRun } from './observation-run.ts'

export interface Observables extends Pick<Meter, 'addBatchObservableCallback' | 'removeBatchObservableCallback'> {
  create(state: InstrumentState): Observable
  /** Runs all callbacks beside each other: one that is slow holds up the others once, not each in its turn. Never rejects. */
  observe(): Promise<unknown>
}

interface Callback {
  readonly callback: ObservableCallback | BatchObservableCallback
  readonly targets: ReadonlySet<Observable>
  run(): Promise<void>
}

export function createObservables(onDropped: () => void): Observables {
  const states = new WeakMap<Observable, InstrumentState>()
  const callbacks: Callback[] = []

  /** `give` hands the callback what to observe with: of the one instrument, or of the batch. */
  const add = (
    callback: Callback['callback'],
    targets: Callback['targets'],
    give: (observe: (target: Observable, value: number, attributes?: MetricAttributes) => void) => unknown,
  ) => {
    if (indexOf(callback, targets) >= 0 || targets.size === 0) return
    const answers = createObservationRun()
    callbacks.push({
      callback,
      targets,
      async run() {
        const seen = new Map([...targets].map((target) => [target, observations(states.get(target), callback)]))
        let open = true
        const finished = await answers(() =>
          give((target, value, attributes) => {
            if (open && seen.get(target)?.add(value, attributes) === false) onDropped()
          }),
        )
        // What comes after it is too late.
        open = false
        if (finished) for (const { write } of seen.values()) write()
      },
    })
  }
  const remove = (callback: Callback['callback'], targets: Callback['targets']) => {
    const index = indexOf(callback, targets)
    if (index >= 0) callbacks.splice(index, 1)
  }
  const indexOf = (callback: Callback['callback'], targets: Callback['targets']) =>
    callbacks.findIndex((one) => one.callback === callback && sameMembers(one.targets, targets))
  const own = (observables: readonly Observable[]) => new Set([...observables].filter((one) => states.has(one)))

  return {
    create(state) {
      const observable: Observable = {
        addCallback: (callback) =>
          add(callback, new Set([observable]), (observe) =>
            callback({ observe: (value, attributes) => observe(observable, value, attributes) }),
          ),
        removeCallback: (callback) => remove(callback, new Set([observable])),
      }
      states.set(observable, state)
      return observable
    },
    observe: () => Promise.all(callbacks.map((callback) => callback.run())),
    addBatchObservableCallback: (callback, observables) =>
      add(callback, own(observables), (observe) => callback({ observe } as Parameters<BatchObservableCallback>[0])),
    removeBatchObservableCallback: (callback, observables) => remove(callback, own(observables)),
  }
}

/** What one run of a callback observes of one instrument: one value for each row in the end. */
function observations(state: InstrumentState | undefined, callback: object) {
  const perStream = (state?.streams ?? []).map((stream) => ({ stream, rows: new Map<number, Map<string, number>>() }))
  let observed = 0
  return {
    /** Returns false for what is no number. */
    add(value: number, attributes: unknown): boolean {
      const accepted = state?.accept(value)
      if (accepted === undefined) return false
      observed += 1
      const { attributes: clean, exact } = cleanAttributes(attributes)
      // The same set observed twice is one, the last; two that only look alike after cleaning are two.
      const id = exact ? labelsId(clean) : `#${observed}`
      for (const { stream, rows } of perStream) {
        const row = stream.rows.find(clean, ROOT_CONTEXT)
        const values = rows.get(row)
        if (values === undefined) rows.set(row, new Map([[id, accepted]]))
        else values.set(id, accepted)
      }
      return true
    },
    write() {
      for (const { stream, rows } of perStream) {
        for (const [row, values] of rows) {
          let total = 0
          for (const value of values.values()) total = stream.isAdditive ? total + value : value
          if (stream.isAdditive && row === stream.rows.overflow) {
            stream.overflowing.set(callback, total)
            total = 0
            for (const part of stream.overflowing.values()) total += part
          }
          stream.observe(row, total)
        }
      }
    },
  }
}

function sameMembers(a: ReadonlySet<unknown>, b: ReadonlySet<unknown>): boolean {
  return a.size === b.size && a.isSubsetOf(b)
}
