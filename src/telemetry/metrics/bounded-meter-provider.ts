// The SDK's meter provider in, one with the same interface out that holds what the SDK does not: no measurement throws
// into the code that records it, no number poisons a sum, no instrument grows without end, and what is recorded inside a
// sampled span leaves an exemplar.
import type { Meter, MeterOptions, MeterProvider } from '@opentelemetry/api'
import { createNoopMeter, ValueType } from '@opentelemetry/api'
import type { ViewOptions } from '@opentelemetry/sdk-metrics'
import { InstrumentType } from '@opentelemetry/sdk-metrics'
import type { BoundedInstrument, Measuring, StateOf } from './bounded-instrument.ts'
import { boundedRecord, createBoundedInstrument } from './bounded-instrument.ts'
import { boundedObservables } from './bounded-observables.ts'
import type { ExemplarReservoir } from './exemplars.ts'
import { safely } from './safely.ts'

interface BoundOptions {
  /** The views, as the user and the catalog give them; the SDK's provider has them as `routedViews` makes them. */
  readonly views: readonly ViewOptions[]
  readonly exemplars?: Pick<ExemplarReservoir, 'offer'> | undefined
  /** Told of each number that was none. */
  readonly onDropped: () => void
  /** Told of each measurement that went to an overflow series. */
  readonly onOverflow: () => void
}

export interface BoundedMeterProvider extends MeterProvider {
  /** Series that there are, over all instruments. */
  seriesCount(): number
}

/** Makes the provider. Instruments of one name and kind in one meter share their bound, as they share their storage. */
export function boundMeterProvider(inner: MeterProvider, options: BoundOptions): BoundedMeterProvider {
  const instruments = new Map<string, BoundedInstrument>()
  const meters = new Map<string, Meter>()
  return {
    getMeter(name: string, version = '', meterOptions: MeterOptions = {}): Meter {
      const scope = JSON.stringify([String(name), String(version), String(meterOptions.schemaUrl ?? '')])
      const known = meters.get(scope)
      if (known !== undefined) return known
      const stateOf: StateOf = (type, instrumentName, metricOptions = {}) => {
        const { unit = '', valueType = ValueType.DOUBLE, advice } = metricOptions
        const key = JSON.stringify([scope, type, String(instrumentName).toLowerCase(), unit, valueType])
        let instrument = instruments.get(key)
        if (instrument === undefined) {
          const facts = {
            meterName: name,
            meterVersion: version,
            meterSchemaUrl: meterOptions.schemaUrl,
            name: instrumentName,
            type,
            unit,
            advisedBounds: advice?.explicitBucketBoundaries,
          }
          instrument = createBoundedInstrument(facts, valueType === ValueType.INT, options)
          instruments.set(key, instrument)
        }
        return instrument
      }
      const meter = boundMeter(inner.getMeter(name, version, meterOptions), stateOf, options)
      meters.set(scope, meter)
      return meter
    },
    seriesCount() {
      let count = 0
      for (const instrument of instruments.values()) count += instrument.seriesCount()
      return count
    },
  }
}

function boundMeter(inner: Meter, stateOf: StateOf, measuring: Measuring): Meter {
  const noop = createNoopMeter()
  return {
    createCounter: safely(noop.createCounter, (name, options) => {
      const counter = inner.createCounter(name, options)
      const state = stateOf(InstrumentType.COUNTER, name, options)
      return { add: boundedRecord(counter.add.bind(counter), state, measuring) }
    }),
    createUpDownCounter: safely(noop.createUpDownCounter, (name, options) => {
      const counter = inner.createUpDownCounter(name, options)
      const state = stateOf(InstrumentType.UP_DOWN_COUNTER, name, options)
      return { add: boundedRecord(counter.add.bind(counter), state, measuring) }
    }),
    createHistogram: safely(noop.createHistogram, (name, options) => {
      const histogram = inner.createHistogram(name, options)
      const state = stateOf(InstrumentType.HISTOGRAM, name, options)
      return { record: boundedRecord(histogram.record.bind(histogram), state, measuring) }
    }),
    createGauge: safely(noop.createGauge, (name, options) => {
      const gauge = inner.createGauge(name, options)
      const state = stateOf(InstrumentType.GAUGE, name, options)
      return { record: boundedRecord(gauge.record.bind(gauge), state, measuring) }
    }),
    ...boundedObservables(inner, stateOf, measuring.onDropped),
  }
}
