// Bounds the messages a second of each principal, by a bucket that is filled steadily.

export interface RateLimit {
  /** Takes one message from the bucket. 0: it may pass; else the seconds after which to come again. */
  take(principal: string): number
  /** Takes more for a message that has passed: who sends a batch waits the longer. */
  charge(principal: string, messages: number): void
}

/** @param now milliseconds of a clock that never goes back. */
export function createRateLimit(perSecond: number, now: () => number = () => performance.now()): RateLimit {
  const capacity = Math.max(1, 2 * perSecond)
  // Principals are the tokens of the configuration and the one without: nobody can add any.
  const buckets = new Map<string, { level: number; at: number }>()
  const filled = (principal: string) => {
    const at = now()
    const bucket = buckets.get(principal) ?? { level: capacity, at }
    bucket.level = Math.min(capacity, bucket.level + ((at - bucket.at) / 1000) * perSecond)
    bucket.at = at
    buckets.set(principal, bucket)
    return bucket
  }
  return {
    take(principal) {
      if (perSecond === 0) return 0
      const bucket = filled(principal)
      if (bucket.level < 1) return Math.max(1, Math.ceil((1 - bucket.level) / perSecond))
      bucket.level -= 1
      return 0
    },
    charge(principal, messages) {
      if (perSecond > 0) filled(principal).level -= messages
    },
  }
}
