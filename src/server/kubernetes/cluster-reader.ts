// Declares the read access to a cluster that a diagnosis needs.
import type { ContainerUsage, Readable, ReadableKind } from './diagnosis/snapshot.ts'

export interface ReadOptions {
  readonly signal?: AbortSignal
}

export interface ListOptions extends ReadOptions {
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

interface LogOptions extends ReadOptions {
  /** Of the run before the current one. */
  readonly previous: boolean
  readonly tailLines: number
  readonly limitBytes: number
}

/**
 * Every method rejects with a `ToolError`: `forbidden` without permission, `timeout` and `unavailable` when the API does not
 * answer, `not_found` for a kind that it does not serve. A namespace is undefined for kinds of the whole cluster.
 */
export interface ClusterReader {
  /** All of them: the reader goes through the pages. */
  list<K extends ReadableKind>(
    kind: K,
    namespace: string | undefined,
    options?: ListOptions,
  ): Promise<readonly Readable[K][]>
  /** Resolves to undefined if there is no such object. */
  get<K extends ReadableKind>(
    kind: K,
    namespace: string | undefined,
    name: string,
    options?: ReadOptions,
  ): Promise<Readable[K] | undefined>
  /** Container usage of a namespace or of one pod; undefined without a metrics API. */
  usage?(namespace: string, pod: string | undefined, options?: ReadOptions): Promise<readonly ContainerUsage[]>
  /** The end of a container's log; undefined if logs must not be read. */
  log?(namespace: string, pod: string, container: string, options: LogOptions): Promise<string>
}
