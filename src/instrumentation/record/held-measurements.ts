// Keeps what is recorded while telemetry starts, and records it once there is a meter provider.
import type { Attributes, Context, Meter, MeterProvider, MetricOptions } from '@opentelemetry/api'
import { createNoopMeter } from '@opentelemetry/api'

/** A server makes a few dozen measurements while telemetry starts; the rest is dropped. */
const MAX_HELD = 10_000

export interface HeldMeasurements {
  /** Keeps what is recorded. */
  readonly provider: MeterProvider
  /** Records what was kept, in order. */
  releaseTo(provider: MeterProvider): void
}

type Replay = (meter: Meter) => void

/**
 * A meter provider that keeps measurements of counters, gauges and histograms. Up-down counters need no keeping: their levels are
 * carried to each new provider.
 */
export function holdMeasurements(): HeldMeasurements {
  const held: { readonly name: string; readonly version: string | undefined; readonly replay: Replay }[] = []
  const provider: MeterProvider = {
    getMeter(name, version) {
      const keep = (replay: Replay) => {
        if (held.length < MAX_HELD) held.push({ name, version, replay })
      }
      const meter: Meter = Object.create(createNoopMeter())
      return Object.assign(meter, {
        createCounter: (counter: string, options?: MetricOptions) => ({
          add: (value: number, attributes?: Attributes, active?: Context) =>
            keep((real) => real.createCounter(counter, options).add(value, attributes, active)),
        }),
        createGauge: (gauge: string, options?: MetricOptions) => ({
          record: (value: number, attributes?: Attributes, active?: Context) =>
            keep((real) => real.createGauge(gauge, options).record(value, attributes, active)),
        }),
        createHistogram: (histogram: string, options?: MetricOptions) => ({
          record: (value: number, attributes?: Attributes, active?: Context) =>
            keep((real) => real.createHistogram(histogram, options).record(value, attributes, active)),
        }),
      })
    },
  }
  return {
    provider,
    releaseTo(real) {
      for (const { name, version, replay } of held.splice(0)) replay(real.getMeter(name, version))
    },
  }
}
