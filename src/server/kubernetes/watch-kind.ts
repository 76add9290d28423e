// Keeps an up-to-date copy of all objects of a kind: lists them once, then watches them. It lists again when the API has
// dropped the last version, and reconnects with growing delays when the API is down.
import { setTimeout as pause } from 'node:timers/promises'
import { ToolError } from 'mcp-vitals'
import type { AtOnce } from './at-once.ts'
import type { ClusterApi } from './cluster-api.ts'
import type { Readable, ReadableKind } from './diagnosis/snapshot.ts'
import { fittingPages } from './fitting-pages.ts'
import { keptFields } from './kept-fields.ts'
import { RESOURCE_OF } from './readable-resources.ts'

export type WatchState =
  /** No list has come to its end yet. */
  | 'syncing'
  | 'watching'
  /** The API does not answer, so the objects may be outdated. */
  | 'broken'
  /** There is no permission to read it, or the API does not serve it. */
  | 'left out'

export interface WatchedKind<K extends ReadableKind> {
  readonly kind: K
  readonly state: WatchState
  /** Why it is not watching, without quotes from an answer; undefined before the first problem. */
  readonly reason: string | undefined
  /** As of the last change; empty until the first list has come to its end. */
  objects(): Iterable<Readable[K]>
  /** The number of objects that are stored or about to be. */
  readonly size: number
  /** There are more objects than there was room for. */
  readonly isTruncated: boolean
}

interface WatchPace {
  /** Wait before the first retry; doubles with each, with 50 % jitter. @default 1000 */
  readonly firstMs?: number
  /** @default 30000 */
  readonly mostMs?: number
  /** Seconds after which the API ends a watch, which then restarts. @default 270 */
  readonly watchSeconds?: number
  /** So much longer it is waited for; a watch that has not ended by then has no other end any more. @default 15000 */
  readonly lateMs?: number
  /** Wait between two attempts without read permission. @default 60000 */
  readonly leftOutMs?: number
}

export interface WatchKindOptions<K extends ReadableKind> {
  readonly api: Pick<ClusterApi, 'list' | 'watch'>
  readonly kind: K
  /** Undefined: the whole cluster. */
  readonly namespace: string | undefined
  /** How many lists are read at the same time, over all kinds. */
  readonly lists: AtOnce
  readonly signal: AbortSignal
  /** Objects or the state have changed. */
  readonly onChange: () => void
  /** It has become broken, or left out. */
  readonly onTrouble?: (kind: K, namespace: string | undefined, error: unknown) => void
  readonly pace?: WatchPace
  /** How many objects can be stored at the moment. */
  readonly room: () => number
}

/** After this many refusals in a row, the permission counts as lost; a single one may be a token renewal. */
const REFUSALS = 5
/** How often a watch resumes from a version before everything is listed again. */
const RESUMES = 3
/** A watch that ends sooner is not restarted immediately. */
const SHORT_MS = 1_000

export function watchKind<K extends ReadableKind>(options: WatchKindOptions<K>): WatchedKind<K> {
  const { api, kind, namespace, lists, signal, onChange, onTrouble, pace = {}, room } = options
  const { firstMs = 1_000, mostMs = 30_000, watchSeconds = 270, lateMs = 15_000, leftOutMs = 60_000 } = pace
  const resource = RESOURCE_OF[kind]
  const place = namespace === undefined ? {} : { namespace }
  let objects = new Map<string, Readable[K]>()
  let state: WatchState = 'syncing'
  let reason: string | undefined
  /** Of the list that is under way. */
  let found = new Map<string, Readable[K]>()
  let isTruncated = false
  let failures = 0
  let refusals = 0
  const pages = fittingPages()

  const enter = (next: WatchState) => {
    if (state === next) return
    state = next
    onChange()
  }
  /** Returns false if the limit is reached. */
  const put = (into: Map<string, Readable[K]>, object: Readable[K]): boolean => {
    const key = keyOf(object)
    if (!into.has(key) && into.size >= room()) return false
    into.set(key, keptFields(kind, object))
    return true
  }

  const page = async (continueFrom: string | undefined) => {
    try {
      return await pages.read((limit) =>
        api.list(resource, { ...place, limit, ...(continueFrom !== undefined && { continueFrom }) }, signal),
      )
    } catch (error) {
      // The next attempt uses smaller pages, because a slow answer may be too large.
      if (error instanceof ToolError && error.kind === 'timeout') pages.shrink()
      throw error
    }
  }

  /** Replaces the stored objects only when the list is complete. */
  const list = async (): Promise<string> => {
    try {
      let continueFrom: string | undefined
      let version = ''
      let isFull = false
      do {
        const { items, resourceVersion, continueFrom: next } = await page(continueFrom)
        for (const item of items) if (!put(found, item as Readable[K])) isFull = true
        version = resourceVersion
        continueFrom = next
      } while (continueFrom !== undefined && !isFull)
      objects = found
      isTruncated = isFull
      onChange()
      return version
    } finally {
      found = new Map()
    }
  }

  /** Resolves to the version to go on from when the API ends the stream. */
  const watch = async (from: string, reached: (version: string) => void): Promise<void> => {
    // One controller per watch, because a longer-lived signal would keep its listeners in memory.
    const one = new AbortController()
    const end = () => one.abort(signal.reason)
    signal.addEventListener('abort', end, { once: true })
    // A connection whose other end disappeared stays silent.
    const silence = new ToolError('timeout', `The watch of ${resource} did not end in time.`)
    const late = setTimeout(() => one.abort(silence), watchSeconds * 1_000 + lateMs)
    const onStart = () => {
      refusals = 0
      reason = undefined
      enter('watching')
    }
    try {
      const query = { ...place, resourceVersion: from, timeoutSeconds: watchSeconds, onStart }
      for await (const { type, object, resourceVersion } of api.watch(resource, query, one.signal)) {
        failures = 0
        if (resourceVersion !== '') reached(resourceVersion)
        if (type === 'BOOKMARK') continue
        if (type === 'DELETED') objects.delete(keyOf(object as Readable[K]))
        else if (!put(objects, object as Readable[K])) isTruncated = true
        onChange()
      }
    } finally {
      clearTimeout(late)
      signal.removeEventListener('abort', end)
      one.abort()
    }
  }

  const backOff = async () => {
    const longest = Math.min(mostMs, firstMs * 2 ** failures)
    failures += 1
    await pause(longest * (0.5 + Math.random() / 2), undefined, { signal })
  }

  const troubled = async (error: unknown): Promise<void> => {
    const told = error instanceof ToolError ? error.kind : ''
    if (told === 'forbidden' || told === 'not_found') refusals += 1
    else refusals = 0
    const isOut = refusals > 0 && (state === 'syncing' || state === 'left out' || refusals >= REFUSALS)
    const next = isOut ? 'left out' : state === 'syncing' || state === 'left out' ? 'syncing' : 'broken'
    if (next !== state || (failures === 0 && !isOut)) onTrouble?.(kind, namespace, error)
    reason = error instanceof ToolError ? error.message : 'An unexpected error.'
    if (isOut) {
      objects = new Map()
      isTruncated = false
    }
    enter(next)
    if (isOut) await pause(leftOutMs, undefined, { signal })
    else await backOff()
  }

  const follow = async (): Promise<void> => {
    let version: string | undefined
    let resumes = 0
    while (!signal.aborted) {
      const startedAt = performance.now()
      try {
        if (version === undefined) version = await lists.run(list)
        await watch(version, (reached) => {
          version = reached
          resumes = 0
        })
        // Objects that did not fit before may fit now, and no change event reports them.
        if (isTruncated) version = undefined
        if (performance.now() - startedAt < Math.min(SHORT_MS, firstMs)) await backOff()
        else failures = 0
      } catch (error) {
        if (signal.aborted) return
        const gone = error instanceof ToolError && error.kind === 'conflict'
        resumes += 1
        if (gone || resumes > RESUMES) {
          version = undefined
          resumes = 0
        }
        // An expired version is normal, unless the new one expires immediately.
        if (gone && failures === 0) failures += 1
        else await troubled(error).catch(() => {})
      }
    }
  }
  void follow().catch(() => {})

  return {
    kind,
    get state() {
      return state
    },
    get reason() {
      return reason
    },
    get size() {
      return Math.max(objects.size, found.size)
    },
    get isTruncated() {
      return isTruncated
    },
    objects: () => objects.values(),
  }
}

function keyOf({ metadata }: { readonly metadata?: { readonly namespace?: string; readonly name?: string } }): string {
  return `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`
}
