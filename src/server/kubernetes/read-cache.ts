// Caches reads of the cluster for a short time, so that several tools that need the same objects send one request. The cache
// is bounded.
import { trackCache } from 'mcp-vitals'
import type { ClusterApi } from './cluster-api.ts'

/** What tools read: shared, and perhaps `ttlMs` old. */
export type ClusterReads = Pick<ClusterApi, 'list' | 'get'>

interface CachedReads extends ClusterReads {
  /** Call it after a change, so that the next reads go to the cluster. */
  forget(): void
}

interface ReadCacheOptions {
  /** @default 2000 */
  readonly ttlMs?: number
  /** Maximum number of cached answers. @default 100 */
  readonly maxEntries?: number
  /** Maximum number of objects in all cached answers. @default 20000 */
  readonly maxObjects?: number
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
}

interface Entry {
  readonly value: Promise<unknown>
  readonly abort: AbortController
  /** Callers that still wait. Without any, the request is cancelled. */
  waiting: number
  /** Undefined while it is under way. */
  until: number | undefined
  objects: number
}

/**
 * Look-ups are counted in `mcp_cache_requests_total{cache="kubernetes"}`; one that joins a read under way is a hit. What failed
 * is not kept. A caller's signal ends its own wait, and the request only if nobody else waits for it.
 */
export function cacheReads(api: ClusterReads, options: ReadCacheOptions = {}): CachedReads {
  const { ttlMs = 2_000, maxEntries = 100, maxObjects = 20_000, now = () => performance.now() } = options
  const entries = new Map<string, Entry>()
  const tracker = trackCache('kubernetes')

  const evict = () => {
    const at = now()
    let objects = 0
    for (const [key, entry] of entries) {
      if (entry.until !== undefined && entry.until <= at) entries.delete(key)
      else objects += entry.objects
    }
    // The oldest first: a Map is in the order in which its keys came.
    for (const [key, entry] of entries) {
      if (entries.size <= maxEntries && objects <= maxObjects) return
      if (entry.until === undefined) continue
      objects -= entry.objects
      entries.delete(key)
    }
  }
  const start = (key: string, load: (signal: AbortSignal) => Promise<unknown>): Entry => {
    const abort = new AbortController()
    const entry: Entry = { value: load(abort.signal), abort, waiting: 0, until: undefined, objects: 0 }
    const settled = (value: unknown) => {
      entry.until = now() + ttlMs
      entry.objects = sizeOf(value)
      evict()
    }
    entry.value.then(settled, () => {
      if (entries.get(key) === entry) entries.delete(key)
    })
    entries.set(key, entry)
    return entry
  }
  const read = <T>(
    key: string,
    signal: AbortSignal | undefined,
    load: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    if (signal?.aborted) return Promise.reject(signal.reason)
    const known = entries.get(key)
    const fresh =
      known !== undefined && !known.abort.signal.aborted && (known.until === undefined || known.until > now())
    if (fresh) tracker.hit()
    else tracker.miss()
    const entry = fresh ? known : start(key, load)
    return waitFor(entry, signal) as Promise<T>
  }
  return {
    list: (resource, query = {}, signal) =>
      read(JSON.stringify(['list', resource, query]), signal, (ending) => api.list(resource, query, ending)),
    get: (resource, object, signal) =>
      read(JSON.stringify(['get', resource, object]), signal, (ending) => api.get(resource, object, ending)),
    // Callers that wait for a read in progress still get its answer.
    forget: () => entries.clear(),
  }
}

function waitFor(entry: Entry, signal: AbortSignal | undefined): Promise<unknown> {
  if (signal === undefined) {
    entry.waiting += 1
    return entry.value
  }
  return new Promise((resolve, reject) => {
    entry.waiting += 1
    const leave = () => {
      entry.waiting -= 1
      if (entry.waiting === 0 && entry.until === undefined) entry.abort.abort(signal.reason)
      reject(signal.reason)
    }
    signal.addEventListener('abort', leave, { once: true })
    const done = () => {
      signal.removeEventListener('abort', leave)
      entry.waiting -= 1
    }
    entry.value.then(
      (value) => {
        done()
        resolve(value)
      },
      (error: unknown) => {
        done()
        reject(error)
      },
    )
  })
}

function sizeOf(value: unknown): number {
  const { items } = (value ?? {}) as { items?: unknown }
  return Array.isArray(items) ? items.length : 1
}
