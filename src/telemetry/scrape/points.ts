// The data points of a family in, one number or one classic histogram per series out.
import type { ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics'
import type { Buckets } from './buckets.ts'
import { ascending } from './buckets.ts'
import { exponentialBuckets } from './exponential-buckets.ts'

export type PointValue = number | Buckets

/** What a data point holds, as a number or buckets; undefined for what is neither. */
export function pointValue(value: unknown): PointValue | undefined {
  if (typeof value === 'number') return value
  if (typeof value !== 'object' || value === null) return undefined
  const histogram =
    'scale' in value ? exponentialBuckets(value as ExponentialHistogram) : explicitBuckets(value as Partial<Histogram>)
  if (histogram === undefined || !histogram.counts.every((count) => count >= 0 && count < Infinity)) return undefined
  // "Reported only if the sum is positive and monotonic [...] when all buckets are positive" (OpenTelemetry
  // specification, Prometheus and OpenMetrics Compatibility, Histograms).
  const { sum, bounds } = histogram
  return (bounds[0] ?? 0) >= 0 && sum !== undefined && sum >= 0 ? histogram : { ...histogram, sum: undefined }
}

/**
 * Two points that come out as one series. Sums of a kind add up; of two gauges, or of histograms with other bounds, there
 * is no sum: undefined.
 */
export function mergePoints(first: PointValue, second: PointValue, additive: boolean): PointValue | undefined {
  if (typeof first === 'number') return additive && typeof second === 'number' ? first + second : undefined
  if (typeof second === 'number' || !sameBounds(first.bounds, second.bounds)) return undefined
  return {
    bounds: first.bounds,
    counts: first.counts.map((count, index) => count + (second.counts[index] ?? 0)),
    sum: first.sum === undefined || second.sum === undefined ? undefined : first.sum + second.sum,
  }
}

function explicitBuckets({ buckets, sum }: Partial<Histogram>): Buckets | undefined {
  if (buckets === undefined || buckets.counts.length !== buckets.boundaries.length + 1) return undefined
  return ascending({ bounds: buckets.boundaries, counts: buckets.counts, sum })
}

function sameBounds(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((bound, index) => bound === b[index]))
}
