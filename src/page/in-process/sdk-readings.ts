// Reads what the SDK of this process collected.
import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { AggregationTemporality, DataPointType } from '@opentelemetry/sdk-metrics'
import { FIGURE_OF } from '../model/figures.ts'
import type { Reading } from '../model/reading.ts'
import { numberReading } from '../model/reading.ts'

/** The readings of what the page shows; all else is passed over. */
export function sdkReadings({ scopeMetrics }: ResourceMetrics): Reading[] {
  return scopeMetrics.flatMap(({ metrics }) =>
    metrics.filter(({ descriptor }) => FIGURE_OF.has(descriptor.name)).flatMap(readingsOf),
  )
}

function readingsOf(data: MetricData): Reading[] {
  const { name } = data.descriptor
  const isDelta = data.aggregationTemporality === AggregationTemporality.DELTA
  switch (data.dataPointType) {
    case DataPointType.HISTOGRAM:
      return data.dataPoints.map(({ attributes, value }) => ({
        metric: name,
        attributes,
        kind: 'histogram' as const,
        value: value.count,
        sum: value.sum ?? 0,
        bounds: value.buckets.boundaries,
        buckets: value.buckets.counts,
        isDelta,
      }))
    case DataPointType.SUM: {
      const kind = data.isMonotonic ? 'sum' : 'gauge'
      return data.dataPoints.map(({ attributes, value }) => numberReading(name, kind, value, attributes, isDelta))
    }
    case DataPointType.GAUGE:
      return data.dataPoints.map(({ attributes, value }) => numberReading(name, 'gauge', value, attributes))
    default:
      return []
  }
}
