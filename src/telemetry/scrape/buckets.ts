// Buckets as an instrument was given them in, buckets that both text formats can have out.

export interface Buckets {
  /** Upper bounds, finite and ascending; above the last there is one bucket more. */
  readonly bounds: readonly number[]
  /** One more than `bounds`, not cumulated. */
  readonly counts: readonly number[]
  /** Undefined where values can be negative, and their sum no counter. */
  readonly sum: number | undefined
}

/** Bounds that are no number, or not above the one before, make no bucket: what they count goes into the next one. */
export function ascending({ bounds, counts, sum }: Buckets): Buckets {
  if (bounds.every((bound, index) => Number.isFinite(bound) && (index === 0 || bound > (bounds[index - 1] ?? 0)))) {
    return { bounds, counts, sum }
  }
  const kept: number[] = []
  const keptCounts: number[] = []
  let carried = 0
  counts.forEach((count, index) => {
    carried += count
    const bound = bounds[index]
    const last = kept.at(-1) ?? -Infinity
    if (bound === undefined || !Number.isFinite(bound) || bound <= last) return
    kept.push(bound)
    keptCounts.push(carried)
    carried = 0
  })
  return { bounds: kept, counts: [...keptCounts, carried], sum }
}
