// The bounded meter provider on the real SDK, with a pull reader: what a scrape of it would have.

import type { MetricReader, ViewOptions } from '@opentelemetry/sdk-metrics'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import type { BoundedMeterProvider } from '../../../src/telemetry/metrics/bounded-meter-provider.ts'
import { boundMeterProvider } from '../../../src/telemetry/metrics/bounded-meter-provider.ts'
import type { ExemplarReservoir } from '../../../src/telemetry/metrics/exemplars.ts'
import { createExemplarReservoir } from '../../../src/telemetry/metrics/exemplars.ts'
import { createReaders } from '../../../src/telemetry/metrics/readers.ts'
import { routedViews } from '../../../src/telemetry/metrics/streams.ts'
import { writeExposition } from '../../../src/telemetry/scrape/exposition.ts'
import { parseSamples } from './recorded-series.ts'

export interface BoundedPipeline {
  readonly provider: BoundedMeterProvider
  readonly reader: MetricReader
  readonly exemplars: ExemplarReservoir
  readonly counts: { dropped: number; overflowed: number }
  text(format?: 'text' | 'openmetrics'): Promise<string>
  samples(): Promise<ReadonlyMap<string, number>>
}

export function createBoundedPipeline(views: readonly ViewOptions[] = []): BoundedPipeline {
  const settings = { pull: true, push: false, exportIntervalMillis: 60_000, exportTimeoutMillis: 30_000 }
  const reader = createReaders(settings, undefined).pull as MetricReader
  const sdk = new MeterProvider({ views: routedViews(views), readers: [reader] })
  const exemplars = createExemplarReservoir()
  const counts = { dropped: 0, overflowed: 0 }
  const provider = boundMeterProvider(sdk, {
    views,
    exemplars,
    onDropped: () => {
      counts.dropped += 1
    },
    onOverflow: () => {
      counts.overflowed += 1
    },
  })
  const text = async (format: 'text' | 'openmetrics' = 'text') => {
    const { resourceMetrics } = await reader.collect()
    let written = ''
    for await (const piece of writeExposition(resourceMetrics, { format, exemplars })) written += piece
    return written
  }
  return { provider, reader, exemplars, counts, text, samples: async () => parseSamples(await text()) }
}
