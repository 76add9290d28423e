// Keeps a stream in the SDK's own storage: what ours has no cells for, such as exponential histograms.
import type { Attributes, Meter } from '@opentelemetry/api'
import type { IMetricReader, MetricData } from '@opentelemetry/sdk-metrics'
import { InstrumentType, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'
import type { StreamPlan } from './streams.ts'

/** More than any stream has rows: the SDK's limit counts per collection, and ours is the one that holds. */
const NO_LIMIT = 1_000_000

class InnerReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

export interface SdkStorage {
  record(value: number, attributes: Attributes): void
  /** Takes the total that an observable has now, until it is collected. */
  observe(value: number, attributes: Attributes): void
  collect(reader: IMetricReader): Promise<MetricData | undefined>
}

type Record = (value: number, attributes: Attributes) => void

/** A provider for each reader: of two with a view, the SDK keeps each collection of one until the other is collected. */
export function createSdkStorage({ descriptor, option, readers }: StreamPlan): SdkStorage {
  const observed = new Map<Attributes, number>()
  const inner = new Map<IMetricReader, InnerReader>()
  const records: Record[] = []
  for (const reader of readers) {
    const own = new InnerReader({
      aggregationSelector: () => option,
      aggregationTemporalitySelector: (type) => reader.selectAggregationTemporality(type),
      cardinalitySelector: () => NO_LIMIT,
    })
    inner.set(reader, own)
    const meter = new MeterProvider({ readers: [own] }).getMeter('inner')
    const record = recorderOf(meter, descriptor, observed)
    if (record !== undefined) records.push(record)
  }
  return {
    record(value, attributes) {
      for (const record of records) record(value, attributes)
    },
    observe: (value, attributes) => void observed.set(attributes, value),
    async collect(reader) {
      const collected = await inner.get(reader)?.collect()
      return collected?.resourceMetrics.scopeMetrics[0]?.metrics[0]
    },
  }
}

/** Undefined for an observable, which is asked. */
function recorderOf(
  meter: Meter,
  { name, type, ...options }: StreamPlan['descriptor'],
  observed: ReadonlyMap<Attributes, number>,
): Record | undefined {
  switch (type) {
    case InstrumentType.COUNTER: {
      const counter = meter.createCounter(name, options)
      return (value, attributes) => counter.add(value, attributes)
    }
    case InstrumentType.UP_DOWN_COUNTER: {
      const counter = meter.createUpDownCounter(name, options)
      return (value, attributes) => counter.add(value, attributes)
    }
    case InstrumentType.GAUGE: {
      const gauge = meter.createGauge(name, options)
      return (value, attributes) => gauge.record(value, attributes)
    }
    case InstrumentType.HISTOGRAM: {
      const histogram = meter.createHistogram(name, options)
      return (value, attributes) => histogram.record(value, attributes)
    }
    default: {
      const create = {
        [InstrumentType.OBSERVABLE_COUNTER]: meter.createObservableCounter,
        [InstrumentType.OBSERVABLE_UP_DOWN_COUNTER]: meter.createObservableUpDownCounter,
        [InstrumentType.OBSERVABLE_GAUGE]: meter.createObservableGauge,
      }[type]
      create.call(meter, name, options).addCallback((result) => {
        for (const [attributes, value] of observed) result.observe(value, attributes)
      })
      return undefined
    }
  }
}
