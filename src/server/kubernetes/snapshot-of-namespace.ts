// Reads the snapshot to diagnose a namespace, with one list call per kind.
import { ToolError } from 'mcp-vitals'
import type { ClusterReader, ReadOptions } from './cluster-reader.ts'
import { text } from './diagnosis/field.ts'
import type { Readable, ReadableKind, Snapshot } from './diagnosis/snapshot.ts'
import { tolerantReads } from './tolerant-reads.ts'

/** The kinds to read in addition to pods; each is optional. */
export const NAMESPACED_KINDS = [
  'Event',
  'Deployment',
  'ReplicaSet',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'CronJob',
  'PersistentVolumeClaim',
  'Service',
  'EndpointSlice',
  'HorizontalPodAutoscaler',
  'PodDisruptionBudget',
  'ResourceQuota',
] as const satisfies readonly ReadableKind[]

/** @throws {ToolError} `not_found` if there is no such namespace; whatever listing its pods rejects with. */
export async function snapshotOfNamespace(
  reader: ClusterReader,
  namespace: string,
  { signal }: ReadOptions = {},
): Promise<Snapshot> {
  const reads = tolerantReads(reader, signal)
  const before = reads.unread.length
  const itself = await reads.get('Namespace', undefined, namespace)
  if (itself === undefined && reads.unread.length === before) {
    throw new ToolError(
      'not_found',
      `There is no namespace "${namespace}". Call list_namespaces to see the existing ones.`,
    )
  }
  const [pods, nodes, usage, ...lists] = await Promise.all([
    reader.list('Pod', namespace, { ...(signal && { signal }) }),
    reads.list('Node', undefined),
    reader.usage &&
      reads.attempt('PodMetrics', async () => reader.usage?.(namespace, undefined, { ...(signal && { signal }) })),
    ...NAMESPACED_KINDS.map(async (kind) => [kind, await reads.list<ReadableKind>(kind, namespace)] as const),
  ])
  const read = lists.filter(([, objects]) => objects !== undefined)
  return {
    objects: {
      ...(Object.fromEntries(read) as { [K in ReadableKind]?: readonly Readable[K][] }),
      ...(itself && { Namespace: [itself] }),
      Pod: pods,
      ...(nodes && { Node: nodesOf(pods, nodes) }),
    },
    ...(usage && { usage }),
    unread: reads.unread,
  }
}

/** The nodes of the pods; other nodes do not concern this namespace. */
export function nodesOf(
  pods: readonly Readable['Pod'][],
  nodes: readonly Readable['Node'][],
): readonly Readable['Node'][] {
  const used = new Set(pods.map(({ spec }) => text(spec?.nodeName)))
  return nodes.filter(({ metadata }) => used.has(text(metadata?.name)))
}
