// Records tool calls as user code does: by the OpenTelemetry API, with an object of attributes for each measurement.
import type { Meter } from '@opentelemetry/api'
import type { MetricDefinition } from '../../src/instrumentation/catalog/metric-definition.ts'
import { METRICS } from '../../src/instrumentation/catalog/metrics.ts'
import type { CallRecorder, Contender } from '../contender.ts'

/** `prefix` keeps the names apart from those that a provider has already. */
export function apiRecorder(meter: Meter, prefix = ''): CallRecorder {
  const options = ({ unit, description, buckets }: MetricDefinition) => ({
    unit,
    description,
    ...(buckets && { advice: { explicitBucketBoundaries: [...buckets] } }),
  })
  const named = ({ name }: MetricDefinition) => `${prefix}${name}`
  const active = meter.createUpDownCounter(named(METRICS.activeRequests), options(METRICS.activeRequests))
  const calls = meter.createCounter(named(METRICS.toolCalls), options(METRICS.toolCalls))
  const duration = meter.createHistogram(named(METRICS.toolDuration), options(METRICS.toolDuration))
  const errors = meter.createCounter(named(METRICS.toolErrors), options(METRICS.toolErrors))
  const requestSize = meter.createHistogram(named(METRICS.requestSize), options(METRICS.requestSize))
  const responseSize = meter.createHistogram(named(METRICS.responseSize), options(METRICS.responseSize))
  return {
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
  }
}

/** Histograms and counters as user code makes them. */
export function apiInstruments(meter: Meter): Pick<Contender, 'histogram' | 'counter'> {
  return {
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
  }
}
