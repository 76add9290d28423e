// OpenTelemetry JS as it comes: a MeterProvider without views, and its own Prometheus exporter.
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import type { MetricDefinition } from '../../src/instrumentation/catalog/metric-definition.ts'
import { METRICS } from '../../src/instrumentation/catalog/metrics.ts'
import type { Contender } from '../contender.ts'
import { listen } from '../contender.ts'

export async function start(): Promise<Contender> {
  const exporter = new PrometheusExporter({ preventServerStart: true })
  const meter = new MeterProvider({ readers: [exporter] }).getMeter('bench')
  const options = ({ unit, description, buckets }: MetricDefinition) => ({
    unit,
    description,
    ...(buckets && { advice: { explicitBucketBoundaries: [...buckets] } }),
  })
  const active = meter.createUpDownCounter(METRICS.activeRequests.name, options(METRICS.activeRequests))
  const calls = meter.createCounter(METRICS.toolCalls.name, options(METRICS.toolCalls))
  const duration = meter.createHistogram(METRICS.toolDuration.name, options(METRICS.toolDuration))
  const errors = meter.createCounter(METRICS.toolErrors.name, options(METRICS.toolErrors))
  const requestSize = meter.createHistogram(METRICS.requestSize.name, options(METRICS.requestSize))
  const responseSize = meter.createHistogram(METRICS.responseSize.name, options(METRICS.responseSize))
  return {
    recorder: {
      begin: (tool) => active.add(1, { 'tool.name': tool }),
      end(tool, seconds, requestBytes, responseBytes, errorType) {
        const labels = { 'tool.name': tool }
        active.add(-1, labels)
        calls.add(1, { ...labels, status: errorType === undefined ? 'success' : 'error' })
        duration.record(seconds, labels)
        if (errorType !== undefined) errors.add(1, { ...labels, 'error.type': errorType })
        requestSize.record(requestBytes, labels)
        responseSize.record(responseBytes, labels)
      },
    },
    histogram({ name, buckets }) {
      const histogram = meter.createHistogram(name, {
        unit: 's',
        description: 'A histogram of the benchmark.',
        advice: { explicitBucketBoundaries: [...buckets] },
      })
      return (value, attributes) => histogram.record(value, attributes)
    },
    counter(name) {
      const counter = meter.createCounter(name, { description: 'A counter of the benchmark.' })
      return (value, attributes) => counter.add(value, attributes)
    },
    metricsUrl: await listen((request, response) => exporter.getMetricsRequestHandler(request, response)),
  }
}
