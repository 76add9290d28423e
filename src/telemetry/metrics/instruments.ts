// Makes the synchronous instruments of a meter: a number that is one goes to its row on each stream. They never throw.
import type { Attributes, Context } from '@opentelemetry/api'
import { context, ValueType } from '@opentelemetry/api'
import type { InstrumentType } from '@opentelemetry/sdk-metrics'
import type { Stream } from './stream.ts'
import { isAdditive, isMonotonic } from './streams.ts'

/** Sums of larger ones could reach Infinity, and a sum that is infinite stays so. */
const MAX_SUMMAND = 1e150

/** Adds or records a value; what an exemplar points to is the span of `active`. */
export type RecordValue = (value: number, attributes?: Attributes, active?: Context) => void
/** The same for one set of attributes, whose rows are found already. */
export interface BoundRecorder {
  record(value: number, active: Context): void
}

export interface Recorder {
  record: RecordValue
  bind(attributes: Attributes): BoundRecorder
}

export interface InstrumentState {
  readonly streams: readonly Stream[]
  /** The number to record, or undefined if it is none. */
  accept(value: unknown): number | undefined
}

/** Returns what decides which numbers an instrument takes: no NaN, no infinity, none below 0 where it only goes up. */
export function acceptFor(type: InstrumentType, valueType?: ValueType): InstrumentState['accept'] {
  const max = isAdditive(type) ? MAX_SUMMAND : Number.MAX_VALUE
  const min = isMonotonic(type) ? 0 : -max
  const integer = valueType === ValueType.INT
  // NaN is neither.
  return (value) =>
    typeof value === 'number' && value >= min && value <= max ? (integer ? Math.trunc(value) : value) : undefined
}

export function createRecorder({ streams, accept }: InstrumentState, onDropped: () => void): Recorder {
  const record: RecordValue = (value, attributes, active = context.active()) => {
    try {
      const accepted = accept(value)
      if (accepted === undefined) return onDropped()
      for (let index = 0; index < streams.length; index += 1) {
        const stream = streams[index] as Stream
        stream.record(stream.rows.find(attributes, active), accepted, active)
      }
    } catch {
      onDropped()
    }
  }
  return {
    record,
    bind(attributes) {
      const rows = streams.map((stream) => stream.rows.find(attributes))
      // What overflows is counted each time, and a processor of the user's may look at the context.
      const isBound = streams.every(
        ({ rows: { isContextFree, overflow } }, index) => isContextFree && rows[index] !== overflow,
      )
      if (!isBound) return { record: (value, active) => record(value, attributes, active) }
      return new BoundRows(streams, rows, accept, onDropped)
    },
  }
}

class BoundRows implements BoundRecorder {
  readonly #streams: readonly Stream[]
  /** One in each stream. */
  readonly #rows: readonly number[]
  readonly #accept: InstrumentState['accept']
  readonly #onDropped: () => void

  constructor(
    streams: readonly Stream[],
    rows: readonly number[],
    accept: InstrumentState['accept'],
    onDropped: () => void,
  ) {
    this.#streams = streams
    this.#rows = rows
    this.#accept = accept
    this.#onDropped = onDropped
  }

  record(value: number, active: Context): void {
    const accepted = this.#accept(value)
    if (accepted === undefined) {
      this.#onDropped()
      return
    }
    for (let index = 0; index < this.#rows.length; index += 1) {
      this.#streams[index]?.record(this.#rows[index] as number, accepted, active)
    }
  }
}
