// The meter provider with a pull reader: what a scrape of it would have.

import { resourceFromAttributes } from '@opentelemetry/resources'
import type { MetricReader, ViewOptions } from '@opentelemetry/sdk-metrics'
import type { RowMeterProvider } from '../../../src/telemetry/metrics/meter-provider.ts'
import { createMeterProvider } from '../../../src/telemetry/metrics/meter-provider.ts'
import { createReaders } from '../../../src/telemetry/metrics/readers.ts'
import { writeExposition } from '../../../src/telemetry/scrape/exposition.ts'
import { parseSamples } from './recorded-series.ts'

export interface MetricsPipelineProbe {
  readonly provider: RowMeterProvider
  readonly reader: MetricReader
  readonly counts: { dropped: number; overflowed: number }
  text(format?: 'text' | 'openmetrics'): Promise<string>
  samples(): Promise<ReadonlyMap<string, number>>
}

export function createMetricsPipeline(views: readonly ViewOptions[] = []): MetricsPipelineProbe {
  const settings = { pull: true, push: false, exportIntervalMillis: 60_000, exportTimeoutMillis: 30_000 }
  const reader = createReaders(settings, undefined).pull as MetricReader
  const counts = { dropped: 0, overflowed: 0 }
  const provider = createMeterProvider({
    resource: resourceFromAttributes({}),
    views,
    readers: [reader],
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
    for await (const piece of writeExposition(resourceMetrics, { format })) written += piece
    return written
  }
  return { provider, reader, counts, text, samples: async () => parseSamples(await text()) }
}
