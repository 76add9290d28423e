// Who sends how many messages in, how long they must wait out: a bucket of tokens for each principal, filled steadily.

export interface RateLimit {
  /** Takes `messages` from the bucket. 0: they may pass; else the seconds after which to come again. */
  take(principal: string, messages?: number): number
}

/** @param now milliseconds of a clock that never goes back. */
export function createRateLimit(perSecond: number, now: () => number = () => performance.now()): RateLimit {
  const capacity = Math.max(1, 2 * perSecond)
  // Principals are the tokens of the configuration and the one without: nobody can add any.
  const buckets = new Map<string, { level: number; at: number }>()
  return {
    take(principal, messages = 1) {
      if (perSecond === 0) return 0
      const at = now()
      const bucket = buckets.get(principal) ?? { level: capacity, at }
      bucket.level = Math.min(capacity, bucket.level + ((at - bucket.at) / 1000) * perSecond)
      bucket.at = at
      buckets.set(principal, bucket)
      if (bucket.level < 1) return Math.max(1, Math.ceil((1 - bucket.level) / perSecond))
      // A batch may overdraw: whoever sent it waits the longer.
      bucket.level -= messages
      return 0
    },
  }
}
