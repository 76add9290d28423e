// Objects in, a reader of them out: as an API server answers, selectors included, with faults where a test wants them.
import type { ClusterReader } from '../../../src/server/kubernetes/cluster-reader.ts'
import type { ContainerUsage, ReadableKind } from '../../../src/server/kubernetes/diagnosis/snapshot.ts'
import type { ApiObject } from './issue-fixtures.ts'

export interface MemoryReaderOptions {
  /** Kinds whose reading fails, and how. */
  readonly faults?: Partial<Record<ReadableKind | 'usage' | 'log', () => Error>>
  readonly usage?: readonly ContainerUsage[]
  /** What every container wrote. */
  readonly log?: string
}

export interface MemoryReader extends ClusterReader {
  /** `list Pod`, `get Node`, …, in the order of the calls. */
  readonly calls: readonly string[]
}

export function memoryReader(
  objects: readonly ApiObject[],
  { faults = {}, usage, log }: MemoryReaderOptions = {},
): MemoryReader {
  const calls: string[] = []
  const called = (verb: string, kind: ReadableKind | 'usage' | 'log', signal: AbortSignal | undefined) => {
    calls.push(`${verb} ${kind}`)
    signal?.throwIfAborted()
    const fault = faults[kind]
    if (fault !== undefined) throw fault()
  }
  const ofKind = (kind: ReadableKind, namespace: string | undefined) =>
    objects.filter(
      (object) => object.kind === kind && (namespace === undefined || object.metadata.namespace === namespace),
    )
  return {
    calls,
    async list(kind, namespace, { signal, labelSelector, fieldSelector } = {}) {
      called('list', kind, signal)
      return ofKind(kind, namespace)
        .filter((object) => fitsLabels(object, labelSelector))
        .filter((object) => fitsField(object, fieldSelector)) as never
    },
    async get(kind, namespace, name, { signal } = {}) {
      called('get', kind, signal)
      return ofKind(kind, namespace).find(({ metadata }) => metadata.name === name) as never
    },
    ...(usage && {
      async usage(namespace, pod, { signal } = {}) {
        called('list', 'usage', signal)
        return usage.filter((one) => one.namespace === namespace && (pod === undefined || one.pod === pod))
      },
    }),
    ...(log !== undefined && {
      async log(_namespace, _pod, _container, { signal }) {
        called('get', 'log', signal)
        return log
      },
    }),
  }
}

/** Equalities only, which is what the fixtures' workloads select by. */
function fitsLabels({ metadata }: ApiObject, selector: string | undefined): boolean {
  const labels = (metadata as { labels?: Record<string, string> }).labels ?? {}
  return (selector ?? '').split(',').every((term) => {
    const [key = '', value] = term.split('=')
    return term === '' || labels[key] === value
  })
}

function fitsField(object: ApiObject, selector: string | undefined): boolean {
  if (selector === undefined) return true
  const [path = '', value] = selector.split('=')
  const at = path
    .split('.')
    .reduce<unknown>((member, key) => (member as Record<string, unknown> | undefined)?.[key], object)
  return at === value
}
