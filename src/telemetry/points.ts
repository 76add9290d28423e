// The data points of a family in, one number or one explicit histogram per series out.
import type { ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics'

export interface Buckets {
  /** Upper bounds, ascending, without `+Inf`. */
  readonly bounds: readonly number[]
  /** One more than `bounds`, not cumulated. */
  readonly counts: readonly number[]
  readonly sum: number
  readonly count: number
}

export type PointValue = number | Buckets

/** What a data point holds, as a number or explicit buckets; undefined for what is neither. */
export function pointValue(value: unknown): PointValue | undefined {
  if (typeof value === 'number') return value
  if (typeof value !== 'object' || value === null) return undefined
  if ('scale' in value) return explicitBuckets(value as ExponentialHistogram)
  if (!('buckets' in value)) return undefined
  const { buckets, sum = 0, count } = value as Histogram
  return { bounds: buckets.boundaries, counts: buckets.counts, sum, count }
}

/**
 * Two points that come out as one series. Sums of a kind add up; of two gauges, or of histograms with other bounds, the
 * first is kept, since a sum of them would be neither.
 */
export function mergePoints(first: PointValue, second: PointValue, additive: boolean): PointValue {
  if (typeof first === 'number') return additive && typeof second === 'number' ? first + second : first
  if (typeof second === 'number' || !sameBounds(first.bounds, second.bounds)) return first
  return {
    bounds: first.bounds,
    counts: first.counts.map((count, index) => count + (second.counts[index] ?? 0)),
    sum: first.sum + second.sum,
    count: first.count + second.count,
  }
}

function sameBounds(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((bound, index) => bound === b[index]))
}

/** The text formats have no exponential buckets: each becomes a bucket of its own. */
function explicitBuckets({ scale, positive, negative, zeroCount, sum = 0, count }: ExponentialHistogram): Buckets {
  const base = 2 ** (2 ** -scale)
  const bounds: number[] = []
  const counts: number[] = []
  negative.bucketCounts.toReversed().forEach((bucket, index) => {
    bounds.push(-(base ** (negative.offset + negative.bucketCounts.length - 1 - index)))
    counts.push(bucket)
  })
  bounds.push(0)
  counts.push(zeroCount)
  positive.bucketCounts.forEach((bucket, index) => {
    bounds.push(base ** (positive.offset + index + 1))
    counts.push(bucket)
  })
  return { bounds, counts: [...counts, 0], sum, count }
}
