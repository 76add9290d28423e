// prom-client as its README shows it: metrics by name on one registry, recorded with an object of labels.
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { MetricDefinition } from '../../src/instrumentation/catalog/metric-definition.ts'
import { METRICS } from '../../src/instrumentation/catalog/metrics.ts'
import { seriesName } from '../../src/instrumentation/catalog/series.ts'
import type { Contender } from '../contender.ts'
import { listen } from '../contender.ts'

export async function start(): Promise<Contender> {
  const registry = new Registry()
  const options = <L extends string>(
    { name, unit, kind, description, buckets }: MetricDefinition,
    labelNames: L[],
  ) => ({
    name: seriesName(name, unit, kind),
    help: description,
    labelNames,
    registers: [registry],
    ...(buckets && { buckets: [...buckets] }),
  })
  const active = new Gauge(options(METRICS.activeRequests, ['tool_name']))
  const calls = new Counter(options(METRICS.toolCalls, ['tool_name', 'status']))
  const duration = new Histogram(options(METRICS.toolDuration, ['tool_name']))
  const errors = new Counter(options(METRICS.toolErrors, ['tool_name', 'error_type']))
  const requestSize = new Histogram(options(METRICS.requestSize, ['tool_name']))
  const responseSize = new Histogram(options(METRICS.responseSize, ['tool_name']))
  return {
    recorder: {
      begin: (tool) => active.inc({ tool_name: tool }),
      end(tool, seconds, requestBytes, responseBytes, errorType) {
        const labels = { tool_name: tool }
        active.dec(labels)
        calls.inc({ ...labels, status: errorType === undefined ? 'success' : 'error' })
        duration.observe(labels, seconds)
        if (errorType !== undefined) errors.inc({ ...labels, error_type: errorType })
        requestSize.observe(labels, requestBytes)
        responseSize.observe(labels, responseBytes)
      },
    },
    histogram({ name, buckets }) {
      const histogram = new Histogram({
        name: seriesName(name, 's', 'histogram'),
        help: 'A histogram of the benchmark.',
        labelNames: ['tool', 'region', 'tier'],
        registers: [registry],
        buckets: [...buckets],
      })
      return (value, attributes) => histogram.observe(attributes, value)
    },
    counter(name) {
      const counter = new Counter({
        name: seriesName(name, '', 'counter'),
        help: 'A counter of the benchmark.',
        labelNames: ['tool', 'region', 'tier'],
        registers: [registry],
      })
      return (value, attributes) => counter.inc(attributes, value)
    },
    metricsUrl: await listen(async (_request, response) => {
      response.setHeader('content-type', registry.contentType)
      response.end(await registry.metrics())
    }),
  }
}
