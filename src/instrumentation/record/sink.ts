// Makes an instrument of the OpenTelemetry API from a definition of the catalog.
import type { Attributes, Context, Meter } from '@opentelemetry/api'
import { ValueType } from '@opentelemetry/api'
import type { AttributeDefinition } from '../catalog/attributes.ts'
import type { MetricDefinition } from '../catalog/metric-definition.ts'

/** What an instrument is made from: a catalog entry, or one that `defineMetrics` was given, with its attributes resolved. */
export interface InstrumentDefinition extends Omit<MetricDefinition, 'attributes' | 'stability'> {
  readonly attributes: readonly AttributeDefinition[]
}

/**
 * An instrument with its attributes. It does not look for a new meter provider: `followMeterProvider` does, once for all
 * measurements of a call.
 */
export interface BoundInstrument {
  record(value: number, active: Context): void
}

export interface Sink {
  record(value: number, attributes: Attributes, active: Context): void
  /** Only our own provider has it: it finds the row of a set once, and bounds sets by itself. */
  readonly bind?: (attributes: Attributes) => BoundInstrument
}

/** Makes the instrument of a definition on a meter. */
export function createSink(definition: InstrumentDefinition, meter: Meter): Sink {
  const { name, description, unit, kind, buckets } = definition
  const options = {
    description,
    unit,
    valueType: definition.integer === true ? ValueType.INT : ValueType.DOUBLE,
    ...(buckets && { advice: { explicitBucketBoundaries: [...buckets] } }),
  }
  const sinkOf = <I extends object>(instrument: I, record: Sink['record']): Sink =>
    'bind' in instrument ? { record, bind: (instrument as Required<Pick<Sink, 'bind'>>).bind } : { record }
  switch (kind) {
    case 'counter':
    case 'upDownCounter': {
      const counter = kind === 'counter' ? meter.createCounter(name, options) : meter.createUpDownCounter(name, options)
      return sinkOf(counter, (value, attributes, active) => counter.add(value, attributes, active))
    }
    case 'gauge':
    case 'histogram': {
      const recorder = kind === 'gauge' ? meter.createGauge(name, options) : meter.createHistogram(name, options)
      return sinkOf(recorder, (value, attributes, active) => recorder.record(value, attributes, active))
    }
  }
}
