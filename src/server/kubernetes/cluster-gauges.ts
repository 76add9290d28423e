// Reports the pods and open issues of a cluster as gauges. A series whose objects no longer exist is set to 0, because a
// gauge keeps its last value.
import type { IssueSeverity } from 'mcp-vitals'
import { OTHER, recordClusterPods, recordOpenIssues, ToolError } from 'mcp-vitals'
import type { ClusterReader } from './cluster-reader.ts'
import { diagnoseInTurns } from './diagnose-in-turns.ts'
import { text } from './diagnosis/field.ts'
import type { Finding, IssueId } from './diagnosis/finding.ts'
import type { Readable, ReadableKind } from './diagnosis/snapshot.ts'
import type { NamespaceScope } from './namespace-scope.ts'
import { NAMESPACED_KINDS, nodesOf } from './snapshot-of-namespace.ts'
import type { TolerantReads } from './tolerant-reads.ts'
import { tolerantReads } from './tolerant-reads.ts'

interface ClusterGaugesOptions {
  readonly reader: ClusterReader
  readonly scope: NamespaceScope
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

type Objects = { [K in ReadableKind]?: Readable[K][] }

/**
 * Label sets of one gauge. Further ones are summed under the namespace `_OTHER`, before the bound that every instrument has,
 * where of many gauges the last one would be left and not their sum.
 */
const MOST_SETS = 1_500

/** Sets one gauge's series; those that were set before and are not any more become 0. */
function gauge<L extends readonly [namespace: string | null, ...unknown[]]>(set: (labels: L, count: number) => void) {
  const known = new Map<string, L>()
  const folded = (counts: Counts<L>): Counts<L> => {
    const told: Counts<L> = new Map()
    let sets = known.size
    for (const [key, { labels, count }] of counts) {
      const isTold = known.has(key) || labels[0] === OTHER || sets < MOST_SETS
      if (isTold && !known.has(key)) sets += 1
      add(told, isTold ? labels : ([OTHER, ...labels.slice(1)] as unknown as L), count)
    }
    return told
  }
  return (seen: Counts<L>) => {
    const counts = folded(seen)
    for (const [key, { labels, count }] of counts) {
      known.set(key, labels)
      set(labels, count)
    }
    for (const [key, labels] of known) if (!counts.has(key)) set(labels, 0)
  }
}

type Counts<L> = Map<string, { readonly labels: L; count: number }>

function add<L extends readonly unknown[]>(counts: Counts<L>, labels: L, count = 1): void {
  const key = JSON.stringify(labels)
  const before = counts.get(key)
  if (before === undefined) counts.set(key, { labels, count })
  else before.count += count
}

/**
 * Returns a function that looks once: one list a kind and place, however many namespaces there are, and turns of the event loop in
 * between, also within a large namespace. Kinds that may not be read, or are not served, are left out. It rejects with a
 * `ToolError`, and leaves the gauges as they were, if the pods cannot be read or any other kind just now: an issue that was not
 * looked for has not gone.
 */
export function clusterGauges({ reader, scope, now = Date.now }: ClusterGaugesOptions) {
  const setPods = gauge<[namespace: string, phase: string]>(([namespace, phase], count) =>
    recordClusterPods(namespace, phase, count),
  )
  const setIssues = gauge<[namespace: string | null, issue: IssueId, severity: IssueSeverity]>(
    ([namespace, issue, severity], count) => recordOpenIssues(namespace ?? undefined, issue, severity, count),
  )

  return async (signal?: AbortSignal): Promise<void> => {
    const pods: Counts<[string, string]> = new Map()
    const issues: Counts<[string | null, IssueId, IssueSeverity]> = new Map()
    const whole = await readWhole(reader, signal)
    const ofCluster = await diagnoseInTurns({ objects: whole }, now(), signal)
    // Namespaces are cluster-wide objects, so each is reported under its own name.
    const placeOf = ({ kind, name, namespace }: Finding['object']) => (kind === 'Namespace' ? name : namespace)
    const count = ({ object, issue, severity, state }: Finding) => {
      const place = placeOf(object)
      if (state === 'current') add(issues, [place === '' ? null : scope.label(place), issue, severity])
    }
    scope.confirm((whole.Namespace ?? []).map(({ metadata }) => metadata?.name))
    for (const finding of ofCluster.findings) if (isInside(scope, finding.object)) count(finding)
    for (const place of scope.places) {
      const { byNamespace } = await read(reader, place, signal)
      scope.confirm(byNamespace.keys())
      for (const [namespace, objects] of byNamespace) {
        const label = scope.label(namespace)
        for (const pod of objects.Pod ?? []) add(pods, [label, text(pod.status?.phase) || 'Unknown'])
        const nodes = nodesOf(objects.Pod ?? [], whole.Node ?? [])
        const { findings } = await diagnoseInTurns({ objects: { ...objects, Node: nodes } }, now(), signal)
        // Nodes are there to judge pods by, and have been counted.
        for (const finding of findings) if (finding.object.kind !== 'Node') count(finding)
      }
    }
    setPods(pods)
    setIssues(issues)
  }
}

function isInside(scope: NamespaceScope, { kind, name }: Finding['object']): boolean {
  return kind !== 'Namespace' || scope.places.includes(undefined) || scope.places.includes(name)
}

/** What belongs to no namespace: nodes also that have no pods, namespaces also that are empty. */
async function readWhole(reader: ClusterReader, signal: AbortSignal | undefined) {
  const reads = tolerantReads(reader, signal)
  const Node = (await reads.list('Node', undefined)) ?? []
  const Namespace = (await reads.list('Namespace', undefined)) ?? []
  nothingMissed(reads)
  return { Node, Namespace }
}

async function read(reader: ClusterReader, place: string | undefined, signal: AbortSignal | undefined) {
  const reads = tolerantReads(reader, signal)
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
  put('Pod', await reader.list('Pod', place, { ...(signal && { signal }) }))
  // One after the other, because all lists at the same time would hold the cluster in memory twice.
  for (const kind of NAMESPACED_KINDS) put(kind, (await reads.list<ReadableKind>(kind, place)) ?? [])
  nothingMissed(reads)
  return { byNamespace }
}

/** Kinds without read permission never had series; kinds that do not answer keep theirs. */
function nothingMissed({ unread }: TolerantReads): void {
  const missed = unread.filter(({ reason }) => reason === 'timeout' || reason === 'unavailable')
  if (missed.length === 0) return
  throw new ToolError(
    'unavailable',
    `The cluster returned no answer for: ${missed.map(({ kind }) => kind).join(', ')}.`,
  )
}
