// Makes optional reads for a diagnosis: a failure is recorded, and the diagnosis continues without the data.
import { ToolError } from 'mcp-vitals'
import type { ClusterReader, ListOptions } from './cluster-reader.ts'
import type { Readable, ReadableKind, Unread } from './diagnosis/snapshot.ts'

export interface TolerantReads {
  /** What failed so far, each kind once. */
  readonly unread: readonly Unread[]
  list<K extends ReadableKind>(
    kind: K,
    namespace: string | undefined,
    options?: ListOptions,
  ): Promise<readonly Readable[K][] | undefined>
  get<K extends ReadableKind>(kind: K, namespace: string | undefined, name: string): Promise<Readable[K] | undefined>
  /** Any other read; resolves to undefined if it fails. */
  attempt<T>(kind: Unread['kind'], read: () => Promise<T>): Promise<T | undefined>
}

const TOLERATED: ReadonlySet<string> = new Set(['forbidden', 'not_found', 'timeout', 'unavailable'])

export function tolerantReads(reader: ClusterReader, signal: AbortSignal | undefined): TolerantReads {
  const unread = new Map<Unread['kind'], Unread>()
  const base = signal === undefined ? {} : { signal }
  const attempt = async <T>(kind: Unread['kind'], read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read()
    } catch (error) {
      // Whoever is not waited for any more stops, and a bug is not something that could not be read.
      if (signal?.aborted || !(error instanceof ToolError) || !TOLERATED.has(error.kind)) throw error
      if (!unread.has(kind)) unread.set(kind, { kind, reason: error.kind as Unread['reason'] })
      return undefined
    }
  }
  return {
    get unread() {
      return [...unread.values()].sort((a, b) => (a.kind < b.kind ? -1 : 1))
    },
    list: (kind, namespace, options) => attempt(kind, () => reader.list(kind, namespace, { ...base, ...options })),
    get: (kind, namespace, name) => attempt(kind, () => reader.get(kind, namespace, name, base)),
    attempt,
  }
}
