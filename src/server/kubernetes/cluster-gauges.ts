// A reader of a cluster in, its pods and open issues as gauges out, as of the last look. Nothing is kept between looks but which
// series there are: what is gone is set to 0, since a gauge keeps what it was last given.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { recordClusterPods, recordOpenIssues } from '../../index.ts'
import type { ClusterReader } from './cluster-reader.ts'
import { diagnose } from './diagnosis/diagnose.ts'
import { text } from './diagnosis/field.ts'
import type { Severity } from './diagnosis/finding.ts'
import type { Readable, ReadableKind } from './diagnosis/snapshot.ts'
import type { NamespaceScope } from './namespace-scope.ts'
import { NAMESPACED_KINDS, nodesOf } from './snapshot-of-namespace.ts'
import { tolerantReads } from './tolerant-reads.ts'

export interface ClusterGaugesOptions {
  readonly reader: ClusterReader
  readonly scope: NamespaceScope
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

type Objects = { [K in ReadableKind]?: Readable[K][] }

/** Sets one gauge's series; those that were set before and are not any more become 0. */
function gauge<L extends readonly unknown[]>(set: (labels: L, count: number) => void) {
  const known = new Map<string, L>()
  return (counts: ReadonlyMap<string, { readonly labels: L; count: number }>) => {
    for (const [key, { labels, count }] of counts) {
      known.set(key, labels)
      set(labels, count)
    }
    for (const [key, labels] of known) if (!counts.has(key)) set(labels, 0)
  }
}

function add<L extends readonly unknown[]>(counts: Map<string, { labels: L; count: number }>, labels: L): void {
  const key = JSON.stringify(labels)
  const before = counts.get(key)
  if (before === undefined) counts.set(key, { labels, count: 1 })
  else before.count += 1
}

/**
 * Returns a function that looks once: one list a kind, however many namespaces there are, and a turn of the event loop after
 * each namespace. It rejects with a `ToolError` if the pods cannot be read; other kinds that cannot are left out.
 */
export function clusterGauges({ reader, scope, now = Date.now }: ClusterGaugesOptions) {
  const setPods = gauge<[namespace: string, phase: string]>(([namespace, phase], count) =>
    recordClusterPods(namespace, phase, count),
  )
  const setIssues = gauge<[namespace: string | null, issue: string, severity: Severity]>(
    ([namespace, issue, severity], count) => recordOpenIssues(namespace ?? undefined, issue, severity, count),
  )

  return async (signal?: AbortSignal): Promise<void> => {
    const pods = new Map<string, { labels: [string, string]; count: number }>()
    const issues = new Map<string, { labels: [string | null, string, Severity]; count: number }>()
    // A node is judged with each namespace that has pods on it, and counts once.
    const counted = new Set<string>()
    for (const place of scope.places) {
      const { byNamespace, nodes } = await read(reader, place, signal)
      scope.confirm(byNamespace.keys())
      for (const [namespace, objects] of byNamespace) {
        const label = scope.label(namespace)
        for (const pod of objects.Pod ?? []) add(pods, [label, text(pod.status?.phase) || 'Unknown'])
        const { findings } = diagnose({ objects: { ...objects, Node: nodesOf(objects.Pod ?? [], nodes) } }, now())
        for (const { object, issue, severity, state, container } of findings) {
          const once = [object.uid || [object.kind, object.namespace, object.name].join('/'), issue, container].join(
            '|',
          )
          if (state !== 'current' || counted.has(once)) continue
          counted.add(once)
          add(issues, [object.namespace === '' ? null : label, issue, severity])
        }
        await nextTurn()
      }
    }
    setPods(pods)
    setIssues(issues)
  }
}

async function read(reader: ClusterReader, place: string | undefined, signal: AbortSignal | undefined) {
  const reads = tolerantReads(reader, signal)
  const pods = await reader.list('Pod', place, { ...(signal && { signal }) })
  const nodes = (await reads.list('Node', undefined)) ?? []
  const byNamespace = new Map<string, Objects>()
  const put = (kind: ReadableKind, objects: readonly Readable[ReadableKind][]) => {
    for (const object of objects) {
      const namespace = text(object.metadata?.namespace)
      const there = byNamespace.get(namespace) ?? {}
      byNamespace.set(namespace, there)
      const list = (there[kind] ?? []) as Readable[ReadableKind][]
      list.push(object)
      Object.assign(there, { [kind]: list })
    }
  }
  put('Pod', pods)
  // One after the other: all at once would be all of the cluster in memory twice.
  for (const kind of NAMESPACED_KINDS) put(kind, (await reads.list<ReadableKind>(kind, place)) ?? [])
  return { byNamespace, nodes }
}
