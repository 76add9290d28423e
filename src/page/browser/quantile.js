// @ts-check
// Quantiles of histograms, as Prometheus's histogram_quantile computes them.

/**
 * @param {number} share Between 0 and 1.
 * @param {readonly number[]} bounds
 * @param {readonly number[]} buckets One more than the bounds.
 * @returns {number | undefined} Undefined without observations; the highest bound if it is above all of them.
 */
export function quantile(share, bounds, buckets) {
  const count = buckets.reduce((sum, one) => sum + one, 0)
  if (count === 0) return undefined
  const rank = share * count
  let below = 0
  for (const [bucket, inside] of buckets.entries()) {
    if (below + inside < rank || inside === 0) {
      below += inside
      continue
    }
    const upper = bounds[bucket]
    if (upper === undefined) return bounds.at(-1)
    const lower = bounds[bucket - 1] ?? 0
    return lower + ((rank - below) / inside) * (upper - lower)
  }
  return bounds.at(-1)
}
