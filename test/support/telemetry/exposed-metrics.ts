// The stock SDK with nothing in front of it, and what the exposition makes of whatever is recorded there: parsed by a
// strict reader, in both formats.
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import type { Resource } from '@opentelemetry/resources'
import type { MetricReader, ResourceMetrics, ViewOptions } from '@opentelemetry/sdk-metrics'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import type { SeriesExemplars } from '../../../src/telemetry/metrics/exemplars.ts'
import { writeExposition } from '../../../src/telemetry/scrape/exposition.ts'
import type { Format, ParsedExposition } from '../prometheus/openmetrics-parser.ts'
import { parseExposition } from '../prometheus/openmetrics-parser.ts'

export interface ExposedMetrics {
  readonly provider: MeterProvider
  readonly reader: MetricReader
  collect(): Promise<ResourceMetrics>
  text(format?: Format): Promise<string>
  /** Collects and parses; rejects if the text is not valid. */
  parsed(format?: Format): Promise<ParsedExposition>
}

export interface ExposedOptions {
  /** Put on all points of the metric of that name. */
  readonly exemplars?: Readonly<Record<string, SeriesExemplars>>
  readonly views?: ViewOptions[]
  readonly resource?: Resource
  readonly reader?: MetricReader
}

export function exposeMetrics(options: ExposedOptions = {}): ExposedMetrics {
  const {
    views = [],
    resource,
    exemplars = {},
    reader = new PrometheusExporter({ preventServerStart: true }),
  } = options
  const provider = new MeterProvider({ readers: [reader], views, ...(resource && { resource }) })
  const collect = async () => {
    const { resourceMetrics } = await reader.collect()
    for (const { descriptor, dataPoints } of resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics)) {
      for (const point of dataPoints) Object.assign(point, { exemplars: exemplars[descriptor.name] })
    }
    return resourceMetrics
  }
  const text = async (format: Format = 'text') => {
    let written = ''
    for await (const piece of writeExposition(await collect(), { format })) written += piece
    return written
  }
  return {
    provider,
    reader,
    collect,
    text,
    parsed: async (format = 'text') => parseExposition(await text(format), format),
  }
}
