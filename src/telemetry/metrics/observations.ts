// What one run of a callback observes of one instrument in, one value per series out. The SDK keeps the last value of a
// series; where several attribute sets become one (a view leaves attributes out, the bound is reached), a total is the
// sum of theirs.
import type { Attributes, Context } from '@opentelemetry/api'
import type { BoundedInstrument } from './bounded-instrument.ts'
import { cleanAttributes, labelsId } from './clean-attributes.ts'
import { OVERFLOW } from './series-bound.ts'

/** Overflowed sums by the callback that observed them. */
export type Overflowing = Map<object, number>

interface Observations {
  /** Takes an observation. Never throws. */
  observe(value: number, attributes?: unknown): void
  /** What comes after it is too late. */
  close(): void
  /** Passes the values on, one for each series. */
  handOn(observe: (value: number, attributes: Attributes) => void): void
}

export function createObservations(
  instrument: BoundedInstrument,
  callback: object,
  overflowing: Overflowing,
  active: Context,
  onDropped: () => void,
): Observations {
  const series = new Map<Attributes, Map<string, number>>()
  let open = true
  let observed = 0
  return {
    observe(value, attributes) {
      if (!open) return
      const accepted = instrument.accept(value)
      if (accepted === undefined) return onDropped()
      observed += 1
      const { attributes: clean, exact } = cleanAttributes(attributes)
      // The same set observed twice is one, the last; two that only look alike after cleaning are two.
      const id = exact ? labelsId(clean) : `#${observed}`
      const admitted = instrument.destination(clean, active)
      const values = series.get(admitted)
      if (values === undefined) series.set(admitted, new Map([[id, accepted]]))
      else values.set(id, accepted)
    },
    close() {
      open = false
    },
    handOn(observe) {
      for (const [attributes, values] of series) {
        let total = 0
        for (const value of values.values()) total = instrument.sums ? total + value : value
        if (instrument.sums && attributes === OVERFLOW) {
          overflowing.set(callback, total)
          total = 0
          for (const part of overflowing.values()) total += part
        }
        observe(total, attributes)
      }
    },
  }
}
