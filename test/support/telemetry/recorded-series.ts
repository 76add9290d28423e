// What a real meter provider recorded, as the sample lines of a scrape: series text → value.
import { metrics } from '@opentelemetry/api'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { writeExposition } from '../../../src/telemetry/scrape/exposition.ts'

export interface RecordedSeries {
  /** Every sample by its text, such as `mcp_active_requests{tool_name="x"}`. */
  all(): Promise<ReadonlyMap<string, number>>
  /** The value of one sample; undefined if there is none. */
  value(sample: string): Promise<number | undefined>
  /** The samples of one name that are not 0. */
  nonZero(name: string): Promise<Readonly<Record<string, number>>>
}

/** Registers a meter provider of the stock SDK globally, in place of any other, and reads what it holds. */
export function recordSeries(): RecordedSeries {
  metrics.disable()
  const reader = new PrometheusExporter({ preventServerStart: true })
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
  const all = async () => {
    const { resourceMetrics } = await reader.collect()
    let text = ''
    for await (const piece of writeExposition(resourceMetrics, { format: 'text' })) text += piece
    return parseSamples(text)
  }
  return {
    all,
    value: async (sample) => (await all()).get(sample),
    nonZero: async (name) =>
      Object.fromEntries(
        [...(await all())].filter(
          ([sample, value]) => value !== 0 && (sample === name || sample.startsWith(`${name}{`)),
        ),
      ),
  }
}

/** The samples of a text exposition. */
export function parseSamples(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const end = line.indexOf(' ', line.lastIndexOf('}') + 1)
      return [line.slice(0, end), Number(line.slice(end + 1).split(' ')[0])]
    }),
  )
}
