// The SDK's meter provider in, one with the same interface out that holds what the SDK does not: no measurement throws
// into the code that records it, no number poisons a sum, no instrument grows without end, and what is recorded inside a
// sampled span leaves an exemplar.
import type { Attributes, Context, Meter, MeterOptions, MeterProvider, MetricOptions } from '@opentelemetry/api'
import { context as contextApi, trace } from '@opentelemetry/api'
import { isSpanContextValid, TraceFlags } from '@opentelemetry/api'
import type { ExemplarReservoir } from './exemplars.ts'
import { boundObservables } from './bounded-observables.ts'
import type { SeriesBound } from './series-bound.ts'
import { createSeriesBound } from './series-bound.ts'

/** What is known of the stream that an instrument's measurements go to. */
export interface Stream {
  readonly name: string
  /** Upper bounds of a histogram's buckets. */
  readonly bounds?: readonly number[] | undefined
  readonly reduce?: ((attributes: Attributes) => Attributes) | undefined
}

export interface BoundOptions {
  /** What the views make of an instrument. */
  readonly streamOf: (instrument: InstrumentFacts) => Stream
  readonly reservoir?: Pick<ExemplarReservoir, 'offer'> | undefined
  readonly onDropped: () => void
  readonly onOverflow: () => void
}

export interface InstrumentFacts {
  readonly meterName: string
  readonly name: string
  readonly unit: string
  readonly advisedBounds: readonly number[] | undefined
}

export interface BoundedMeterProvider extends MeterProvider {
  /** Attribute sets admitted so far, over all instruments. */
  seriesCount(): number
}

/** What the instruments of one name in one meter share. */
export interface InstrumentState {
  readonly stream: Stream
  readonly bound: SeriesBound
}

/** Makes the provider. Instruments of one name in one meter share their bound, as they share their stream in the SDK. */
export function boundMeterProvider(inner: MeterProvider, options: BoundOptions): BoundedMeterProvider {
  const states = new Map<string, InstrumentState>()
  const meters = new Map<string, Meter>()
  const stateOf = (meterName: string, name: string, metricOptions: MetricOptions = {}): InstrumentState => {
    const key = JSON.stringify([meterName, String(name).toLowerCase()])
    let state = states.get(key)
    if (state === undefined) {
      const stream = options.streamOf({
        meterName,
        name: String(name),
        unit: metricOptions.unit ?? '',
        advisedBounds: metricOptions.advice?.explicitBucketBoundaries,
      })
      state = { stream, bound: createSeriesBound({ reduce: stream.reduce, onOverflow: options.onOverflow }) }
      states.set(key, state)
    }
    return state
  }
  return {
    getMeter(name: string, version?: string, meterOptions?: MeterOptions): Meter {
      const key = JSON.stringify([name, version, meterOptions?.schemaUrl])
      let meter = meters.get(key)
      if (meter === undefined) {
        meter = boundMeter(inner.getMeter(name, version, meterOptions), options, (instrument, metricOptions) =>
          stateOf(name, instrument, metricOptions),
        )
        meters.set(key, meter)
      }
      return meter
    },
    seriesCount() {
      let count = 0
      for (const { bound } of states.values()) count += bound.size
      return count
    },
  }
}

interface Kind {
  /** Lower numbers are no measurement. */
  readonly least: number
  readonly exemplars: boolean
  readonly buckets: boolean
}

type StateOf = (name: string, options?: MetricOptions) => InstrumentState
type Record = (value: number, attributes?: Attributes, active?: Context) => void

function boundMeter(inner: Meter, options: BoundOptions, stateOf: StateOf): Meter {
  const { onDropped, reservoir } = options
  const guard = (
    record: Record,
    { stream, bound }: InstrumentState,
    kind: Kind,
  ): Record => {
    return (value, attributes, active) => {
      if (typeof value !== 'number' || !Number.isFinite(value) || value < kind.least) return onDropped()
      const admitted = bound.admit(attributes)
      record(value, admitted, active)
      if (!kind.exemplars || reservoir === undefined || (!kind.buckets && value === 0)) return
      const span = trace.getSpanContext(active ?? contextApi.active())
      if (span === undefined || (span.traceFlags & TraceFlags.SAMPLED) === 0 || !isSpanContextValid(span)) return
      const bounds = kind.buckets ? stream.bounds : undefined
      reservoir.offer(stream.name, admitted, value, bounds, span, Date.now() / 1000)
    }
  }
  const counts: Kind = { least: 0, exemplars: true, buckets: false }
  const varies: Kind = { least: Number.NEGATIVE_INFINITY, exemplars: false, buckets: false }
  const distributes: Kind = { least: Number.NEGATIVE_INFINITY, exemplars: true, buckets: true }
  return {
    createCounter(name, metricOptions) {
      const counter = inner.createCounter(name, metricOptions)
      return { add: guard((...args) => counter.add(...args), stateOf(name, metricOptions), counts) }
    },
    createUpDownCounter(name, metricOptions) {
      const counter = inner.createUpDownCounter(name, metricOptions)
      return { add: guard((...args) => counter.add(...args), stateOf(name, metricOptions), varies) }
    },
    createHistogram(name, metricOptions) {
      const histogram = inner.createHistogram(name, metricOptions)
      return { record: guard((...args) => histogram.record(...args), stateOf(name, metricOptions), distributes) }
    },
    createGauge(name, metricOptions) {
      const gauge = inner.createGauge(name, metricOptions)
      return { record: guard((...args) => gauge.record(...args), stateOf(name, metricOptions), varies) }
    },
    ...boundObservables(inner, stateOf, onDropped),
  }
}
