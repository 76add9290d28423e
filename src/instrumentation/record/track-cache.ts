// A cache's name in, a counter of its hits and misses out.
import { instruments, onMeterProvider } from './instruments.ts'
import { onLabelReset } from './label-state.ts'
import { watchPromise } from './watch-promise.ts'

export interface CacheTracker {
  hit(): void
  miss(): void
  /** Counts a look-up by what it found: undefined and null are a miss. Gives back what it was given. */
  found<T>(value: T): T
  /** The same look-up, counted by what it, or its promise, finds; a look-up that fails is not counted. */
  track<A extends readonly unknown[], R>(lookup: (...args: A) => R): (...args: A) => R
}

/** Names beyond this are `_OTHER` on the metric all the same (see `cache` in the catalog). */
const MAX_TRACKERS = 100

const trackers = new Map<string, CacheTracker>()
onLabelReset(() => trackers.clear())

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
 * const lookUp = users.track((id: string) => cache.get(id)) // or once for all
 */
export function trackCache(name: string): CacheTracker {
  const known = trackers.get(name)
  if (known !== undefined) return known
  const tracker: CacheTracker = {
    hit: () => instruments.cacheRequests.record(1, { cache: name, result: 'hit' }),
    miss: () => instruments.cacheRequests.record(1, { cache: name, result: 'miss' }),
    found(value) {
      if (value === undefined || value === null) tracker.miss()
      else tracker.hit()
      return value
    },
    track:
      (lookup) =>
      (...args) => {
        const value = lookup(...args)
        // A look-up that fails found nothing out.
        if (!watchPromise(value, tracker.found, () => {})) tracker.found(value)
        return value
      },
  }
  if (trackers.size >= MAX_TRACKERS) return tracker
  trackers.set(name, tracker)
  startAtZero(name)
  return tracker
}

function startAtZero(name: string): void {
  instruments.cacheRequests.record(0, { cache: name, result: 'hit' })
  instruments.cacheRequests.record(0, { cache: name, result: 'miss' })
}
