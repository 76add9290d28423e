// Reads a cluster from watches of every kind, without further API requests.
import type { Readiness } from 'mcp-vitals'
import { ToolError } from 'mcp-vitals'
import { atOnce } from './at-once.ts'
import type { ClusterApi } from './cluster-api.ts'
import type { ClusterReader } from './cluster-reader.ts'
import type { Readable, ReadableKind } from './diagnosis/snapshot.ts'
import type { NamespaceScope } from './namespace-scope.ts'
import { NAMESPACED_KINDS } from './snapshot-of-namespace.ts'
import type { WatchedKind, WatchKindOptions, WatchState } from './watch-kind.ts'
import { watchKind } from './watch-kind.ts'

interface WatchClusterOptions extends Pick<WatchKindOptions<ReadableKind>, 'onTrouble' | 'pace'> {
  readonly api: Pick<ClusterApi, 'list' | 'watch'>
  readonly scope: Pick<NamespaceScope, 'places'>
  /** Of a kind, in all namespaces together; memory is bounded by it. @default 50000 */
  readonly mostObjects?: number
}

interface WatchedCluster {
  /**
   * Of a kind at one of the scope's places. Rejects as a read would: `unavailable` until all of it is known and while its watch is
   * broken, `forbidden` for what is left out.
   */
  readonly reader: ClusterReader
  /** Whether every readable kind has been read and is watched. */
  readiness(): Readiness
  /** Resolves at the next change, or after so long; rejects when the signal aborts. */
  changed(mostMs: number, signal: AbortSignal): Promise<void>
  /** Kinds with more objects than are stored; the others are missing. */
  readonly truncated: readonly ReadableKind[]
  stop(): void
}

const OF_CLUSTER = ['Node', 'Namespace'] as const satisfies readonly ReadableKind[]
const WITHIN = ['Pod', ...NAMESPACED_KINDS] as const satisfies readonly ReadableKind[]
/** Each list holds one page in memory, so this also limits the memory. */
const LISTS_AT_ONCE = 4

export function watchCluster({ api, scope, mostObjects = 50_000, ...options }: WatchClusterOptions): WatchedCluster {
  const ending = new AbortController()
  const lists = atOnce(LISTS_AT_ONCE)
  const wakers = new Set<() => void>()
  let isChanged = false
  const onChange = () => {
    isChanged = true
    for (const wake of wakers) wake()
  }
  const watched = new Map<string, WatchedKind<ReadableKind>>()
  const start = (kind: ReadableKind, namespace: string | undefined) => {
    const room = () => {
      let left = mostObjects
      for (const other of watched.values()) if (other.kind === kind && other !== one) left -= other.size
      return left
    }
    const one = watchKind({ ...options, api, kind, namespace, lists, signal: ending.signal, onChange, room })
    watched.set(keyOf(kind, namespace), one)
  }
  for (const place of scope.places) for (const kind of WITHIN) start(kind, place)
  for (const kind of OF_CLUSTER) start(kind, undefined)

  const list = <K extends ReadableKind>(kind: K, namespace: string | undefined): Readable[K][] => {
    const one = watched.get(keyOf(kind, namespace)) as WatchedKind<K> | undefined
    if (one === undefined) throw new Error(`${kind} is not watched in this namespace`)
    if (one.state === 'left out') throw new ToolError('forbidden', `No permission to read ${kind}.`)
    if (one.state !== 'watching') throw new ToolError('unavailable', `The watch of ${kind} is ${one.state}.`)
    return [...one.objects()]
  }
  const kindsWhere = (holds: (one: WatchedKind<ReadableKind>) => boolean): ReadableKind[] => [
    ...new Set([...watched.values()].filter(holds).map(({ kind }) => kind)),
  ]
  return {
    reader: {
      list: async (kind, namespace) => list(kind, namespace),
      get: async (kind, namespace, name) => list(kind, namespace).find(({ metadata }) => metadata?.name === name),
    },
    readiness() {
      const of = (state: WatchState, what: (kind: ReadableKind) => string) =>
        kindsWhere((one) => one.state === state).map((kind) => {
          const why = [...watched.values()].find((one) => one.kind === kind && one.state === state)?.reason
          return why === undefined ? what(kind) : `${what(kind)}: ${why}`
        })
      const reasons = [
        ...of('syncing', (kind) => `${kind} is not read yet`),
        ...of('broken', (kind) => `the watch of ${kind} is broken`),
        // The exporter cannot work without pods; all other kinds are optional.
        ...of('left out', (kind) => `${kind} cannot be read`).filter((reason) => reason.startsWith('Pod ')),
      ]
      return reasons.length === 0 ? { ready: true } : { ready: false, reasons }
    },
    async changed(mostMs, signal) {
      signal.throwIfAborted()
      if (!isChanged) {
        await new Promise<void>((resolve) => {
          const done = () => {
            clearTimeout(timer)
            wakers.delete(done)
            signal.removeEventListener('abort', done)
            resolve()
          }
          const timer = setTimeout(done, mostMs)
          wakers.add(done)
          signal.addEventListener('abort', done, { once: true })
        })
      }
      isChanged = false
      signal.throwIfAborted()
    },
    get truncated() {
      return kindsWhere(({ isTruncated }) => isTruncated)
    },
    stop: () => ending.abort(),
  }
}

function keyOf(kind: ReadableKind, namespace: string | undefined): string {
  return `${kind}/${namespace ?? ''}`
}
