// An instrument's place among the views in, what its measurements have to pass out: a number that is one, attributes that
// are bounded on each of its streams, and an exemplar if a sampled span is active.
import type { Attributes, Context, MetricOptions } from '@opentelemetry/api'
import { context, isSpanContextValid, TraceFlags, trace } from '@opentelemetry/api'
import type { ViewOptions } from '@opentelemetry/sdk-metrics'
import { InstrumentType } from '@opentelemetry/sdk-metrics'
import { cleanAttributes } from './clean-attributes.ts'
import type { ExemplarReservoir } from './exemplars.ts'
import type { SeriesBound } from './series-bound.ts'
import { createSeriesBound } from './series-bound.ts'
import type { InstrumentFacts, Stream } from './streams.ts'
import { routeTo, streamsOf } from './streams.ts'

/** Sums of larger ones could reach Infinity, and a sum that is infinite stays so. */
const MAX_SUMMAND = 1e150

export interface Measuring {
  readonly views: readonly ViewOptions[]
  readonly exemplars?: Pick<ExemplarReservoir, 'offer'> | undefined
  readonly onDropped: () => void
  readonly onOverflow: () => void
}

interface BoundedStream extends Stream {
  readonly bound: SeriesBound
}

export interface BoundedInstrument {
  /** True where the values of several attribute sets that become one have to be added up. */
  readonly sums: boolean
  readonly streams: readonly BoundedStream[]
  /** The number to record, or undefined if it is none. */
  accept(value: unknown): number | undefined
  /** One object that leads to the right series on each stream. */
  destination(attributes: Attributes, active: Context): Attributes
  seriesCount(): number
}

/** What the instruments of a meter are made with: the state of one of this name and kind, new or known. */
export type StateOf = (type: InstrumentType, name: string, options?: MetricOptions) => BoundedInstrument

export function createBoundedInstrument(
  facts: InstrumentFacts,
  integer: boolean,
  { views, onOverflow }: Pick<Measuring, 'views' | 'onOverflow'>,
): BoundedInstrument {
  const streams = streamsOf(views, facts).map((stream) => ({
    ...stream,
    bound: createSeriesBound({ processors: stream.processors, limit: stream.limit, onOverflow }),
  }))
  const gauge = facts.type === InstrumentType.GAUGE || facts.type === InstrumentType.OBSERVABLE_GAUGE
  const signed = gauge || /UP_DOWN/.test(facts.type)
  return {
    sums: !gauge,
    streams,
    accept(value) {
      if (typeof value !== 'number' || !Number.isFinite(value)) return undefined
      if (!gauge && Math.abs(value) > MAX_SUMMAND) return undefined
      if (!signed && value < 0) return undefined
      return integer ? Math.trunc(value) : value
    },
    destination(clean, active) {
      const [only] = streams
      if (streams.length === 1 && only !== undefined) return only.bound.admitClean(clean, active)
      const destinations = new Map<ViewOptions, Attributes>()
      for (const { view, bound } of streams) {
        if (view !== undefined) destinations.set(view, bound.admitClean({ ...clean }, active))
      }
      return routeTo(clean, destinations)
    },
    seriesCount() {
      let count = 0
      for (const { bound, dropped } of streams) if (!dropped) count += bound.size
      return count
    },
  }
}

type Record = (value: number, attributes: Attributes, active: Context) => void

/** The instrument's `add` or `record`, bounded. It never throws. */
export function boundedRecord(
  record: Record,
  instrument: BoundedInstrument,
  { exemplars, onDropped }: Measuring,
): (value: number, attributes?: unknown, active?: Context) => void {
  const [only] = instrument.streams
  const single = instrument.streams.length === 1 ? only : undefined
  return (value, attributes, active = context.active()) => {
    try {
      const accepted = instrument.accept(value)
      if (accepted === undefined) return onDropped()
      const admitted =
        single === undefined
          ? instrument.destination(cleanAttributes(attributes).attributes, active)
          : single.bound.admit(attributes, active)
      record(accepted, admitted, active)
      if (single?.exemplars !== undefined && exemplars !== undefined) {
        offer(exemplars, single, accepted, admitted, active)
      }
    } catch {
      onDropped()
    }
  }
}

function offer(
  exemplars: Pick<ExemplarReservoir, 'offer'>,
  stream: Stream,
  value: number,
  attributes: Attributes,
  active: Context,
): void {
  const span = trace.getSpanContext(active)
  if (span === undefined || (span.traceFlags & TraceFlags.SAMPLED) === 0 || !isSpanContextValid(span)) return
  const total = stream.exemplars === 'total'
  // A counter's series starts with a 0 that nobody counted.
  if (total && value === 0) return
  const bounds = total ? undefined : (stream.exemplars as readonly number[])
  exemplars.offer(stream.name, attributes, value, bounds, span, Date.now() / 1000)
}
