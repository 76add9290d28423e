// An exponential histogram in, the same as classic buckets out: the text formats have no exponential ones.
import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics'
import type { Buckets } from './buckets.ts'
import { ascending } from './buckets.ts'

/**
 * Each bucket becomes one; an empty one closes the ranges below the smallest value on each side, so that a quantile is not
 * interpolated from 0 on. Bounds outside what a double can hold fall to the neighbour.
 */
export function exponentialBuckets({ scale, positive, negative, zeroCount, sum }: ExponentialHistogram): Buckets {
  const bounds: number[] = []
  const counts: number[] = []
  const add = (bound: number, count: number) => {
    bounds.push(bound)
    counts.push(count)
  }
  const boundary = (index: number) => 2 ** (index * 2 ** -scale)

  // A negative bucket holds -base^(index+1) <= value < -base^index: its upper bound is the smaller power.
  const below = negative.bucketCounts
  if (below.length > 0) add(-boundary(negative.offset + below.length), 0)
  for (let index = below.length - 1; index >= 0; index -= 1) add(-boundary(negative.offset + index), below[index] ?? 0)
  const above = positive.bucketCounts
  if (below.length > 0 || above.length > 0 || zeroCount > 0) add(0, zeroCount)
  if (above.length > 0) add(boundary(positive.offset), 0)
  above.forEach((count, index) => {
    add(boundary(positive.offset + index + 1), count)
  })
  return ascending({ bounds, counts: [...counts, 0], sum })
}
