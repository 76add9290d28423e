// Reads all pages of a kind for a diagnosis, within the namespaces that the program can read.
import { ToolError } from 'mcp-vitals'
import type { ClusterApi, ListQuery } from './cluster-api.ts'
import { AnswerTooLarge } from './cluster-error.ts'
import type { ClusterReader } from './cluster-reader.ts'
import type { Readable, ReadableKind } from './diagnosis/snapshot.ts'
import { fittingPages, PAGE } from './fitting-pages.ts'
import type { NamespaceScope } from './namespace-scope.ts'
import type { ClusterReads } from './read-cache.ts'
import { RESOURCE_OF } from './readable-resources.ts'

interface ReadableCluster {
  readonly reads: ClusterReads
  readonly log: ClusterApi['log']
  /** Undefined if usage must not be read. */
  readonly usage?: ClusterApi['usage']
  readonly scope: NamespaceScope
}

/** Pages of one list; with 500 objects a page, more than a diagnosis should hold. */
const MOST_PAGES = 100
/** The smallest page size: if such a page is still too large, the read fails. */
const SMALLEST_PAGE = 30

/** Its calls reject with a `ToolError`; `refused` for a namespace that the program must not read. */
export function readCluster({ reads, log, usage, scope }: ReadableCluster): ClusterReader {
  const inside = (namespace: string | undefined) => {
    if (namespace !== undefined) scope.check(namespace)
  }
  return {
    async list<K extends ReadableKind>(kind: K, namespace: string | undefined, options = {}) {
      const { signal, ...selectors } = options as ListQuery & { signal?: AbortSignal }
      inside(namespace)
      const query: ListQuery = { ...selectors, ...(namespace !== undefined && { namespace }) }
      const items: unknown[] = []
      const pages = fittingPages(SMALLEST_PAGE)
      let continueFrom: string | undefined
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const from = continueFrom === undefined ? {} : { continueFrom }
        const found = await pages.read((limit) => reads.list(RESOURCE_OF[kind], { ...query, ...from, limit }, signal))
        for (const item of found.items) items.push(item)
        continueFrom = found.continueFrom
        if (continueFrom === undefined) break
      }
      // Fails instead of returning a partial list, because the caller would take the missing objects for healthy.
      if (continueFrom !== undefined && pages.limit < PAGE) throw new AnswerTooLarge(`list all ${RESOURCE_OF[kind]}`)
      return items as readonly Readable[K][]
    },
    async get<K extends ReadableKind>(kind: K, namespace: string | undefined, name: string, options = {}) {
      const { signal } = options as { signal?: AbortSignal }
      inside(kind === 'Namespace' ? name : namespace)
      try {
        return (await reads.get(RESOURCE_OF[kind], { namespace: namespace ?? '', name }, signal)) as Readable[K]
      } catch (error) {
        if (error instanceof ToolError && error.kind === 'not_found') return undefined
        throw error
      }
    },
    ...(usage && { usage: readUsage(usage, inside) }),
    log(namespace, name, container, { signal, ...query }) {
      inside(namespace)
      return log({ namespace, name }, { container, ...query }, signal)
    },
  }
}

/** Remembers that the metrics API is missing or forbidden, so that it is not requested each time. */
const REFUSED_FOR_MS = 600_000

function readUsage(
  usage: ClusterApi['usage'],
  inside: (namespace: string) => void,
): NonNullable<ClusterReader['usage']> {
  let refusal: { readonly error: ToolError; readonly until: number } | undefined
  return async (namespace, pod, { signal } = {}) => {
    inside(namespace)
    if (refusal !== undefined && performance.now() < refusal.until) throw refusal.error
    try {
      return await usage(namespace, pod, signal)
    } catch (error) {
      // A single pod may have no measurement yet; for a namespace, that is an empty list.
      if (error instanceof ToolError && error.kind === 'not_found' && pod !== undefined) return []
      if (error instanceof ToolError && (error.kind === 'not_found' || error.kind === 'forbidden')) {
        refusal = { error, until: performance.now() + REFUSED_FOR_MS }
      }
      throw error
    }
  }
}
