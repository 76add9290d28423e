// OpenTelemetry JS as it comes: a MeterProvider without views, and its own Prometheus exporter.
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import type { Contender } from '../contender.ts'
import { listen } from '../contender.ts'
import { apiRecorder } from './api-recorder.ts'

export async function start(): Promise<Contender> {
  const exporter = new PrometheusExporter({ preventServerStart: true })
  const meter = new MeterProvider({ readers: [exporter] }).getMeter('bench')
  return {
    recorder: apiRecorder(meter),
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
