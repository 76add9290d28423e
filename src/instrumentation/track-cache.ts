// A cache's name in, a counter of its hits and misses out.
import { instruments, onMeterProvider } from './instruments.ts'

export interface CacheTracker {
  hit(): void
  miss(): void
  /** Counts a look-up by what it found: undefined is a miss. Gives back what it was given. */
  found<T>(value: T): T
}

const trackers = new Map<string, CacheTracker>()

onMeterProvider(() => {
  for (const name of trackers.keys()) startAtZero(name)
})

/**
 * Counts the look-ups of a cache in `mcp_cache_requests_total{cache, result}`, from 0 on. The same name gives the same
 * tracker.
 *
 * @example
 * const users = trackCache('users')
 * const user = users.found(cache.get(id)) ?? (await load(id))
 */
export function trackCache(name: string): CacheTracker {
  const known = trackers.get(name)
  if (known !== undefined) return known
  const tracker: CacheTracker = {
    hit: () => instruments.cacheRequests.record(1, { cache: name, result: 'hit' }),
    miss: () => instruments.cacheRequests.record(1, { cache: name, result: 'miss' }),
    found(value) {
      if (value === undefined) tracker.miss()
      else tracker.hit()
      return value
    },
  }
  trackers.set(name, tracker)
  startAtZero(name)
  return tracker
}

function startAtZero(name: string): void {
  instruments.cacheRequests.record(0, { cache: name, result: 'hit' })
  instruments.cacheRequests.record(0, { cache: name, result: 'miss' })
}
