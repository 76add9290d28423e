// Which instruments were used, and with which attributes. Zeros do not count: series that start at 0 say nothing of what happened.
import type { Attributes, Meter, MeterProvider } from '@opentelemetry/api'
import { createNoopMeter, metrics } from '@opentelemetry/api'

export interface TouchedInstruments {
  /** The names, sorted. */
  names(): string[]
  /** The attributes of all measurements of one. */
  attributesOf(name: string): Attributes[]
  clear(): void
}

/** Registers a meter provider globally, in place of any other, that notes each measurement. */
export function noteInstruments(): TouchedInstruments {
  const touched = new Map<string, Attributes[]>()
  const noting =
    (name: string) =>
    (value: number, attributes: Attributes = {}) => {
      if (value !== 0) touched.set(name, [...(touched.get(name) ?? []), attributes])
    }
  const meter: Meter = Object.assign(Object.create(createNoopMeter()), {
    createCounter: (name: string) => ({ add: noting(name) }),
    createUpDownCounter: (name: string) => ({ add: noting(name) }),
    createGauge: (name: string) => ({ record: noting(name) }),
    createHistogram: (name: string) => ({ record: noting(name) }),
  })
  const provider: MeterProvider = { getMeter: () => meter }
  metrics.disable()
  metrics.setGlobalMeterProvider(provider)
  return {
    names: () => [...touched.keys()].sort(),
    attributesOf: (name) => touched.get(name) ?? [],
    clear: () => touched.clear(),
  }
}
