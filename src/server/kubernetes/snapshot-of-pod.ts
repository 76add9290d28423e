// Reads the snapshot to diagnose a pod: the pod, its owners, its node, its claims and their events.
import type { CoreV1Event, V1Pod } from '@kubernetes/client-node'
import { ToolError } from 'mcp-vitals'
import type { ClusterReader, ReadOptions } from './cluster-reader.ts'
import { viewContainers } from './diagnosis/container-view.ts'
import { eventUids } from './diagnosis/event-uids.ts'
import { list, text } from './diagnosis/field.ts'
import type { ContainerLog, Kinds, Snapshot } from './diagnosis/snapshot.ts'
import { ownersOf } from './owners.ts'
import type { TolerantReads } from './tolerant-reads.ts'
import { tolerantReads } from './tolerant-reads.ts'

const MAX_CLAIMS = 8
const MAX_LOGS = 3
const LOG = { tailLines: 50, limitBytes: 16_384 } as const

/** @throws {ToolError} `not_found` if there is no such pod; whatever reading it rejects with. */
export async function snapshotOfPod(
  reader: ClusterReader,
  namespace: string,
  name: string,
  { signal }: ReadOptions = {},
): Promise<Snapshot> {
  const pod = await reader.get('Pod', namespace, name, signal === undefined ? {} : { signal })
  if (pod === undefined) {
    throw new ToolError(
      'not_found',
      `There is no pod "${name}" in namespace "${namespace}". Call list_pods to see the existing ones.`,
    )
  }
  const reads = tolerantReads(reader, signal)
  const nodeName = text(pod.spec?.nodeName)
  const [owners, node, claims, usage, logs] = await Promise.all([
    ownersOf(pod, namespace, reads),
    nodeName === '' ? undefined : reads.get('Node', undefined, nodeName),
    claimsOf(pod, namespace, reads),
    reader.usage &&
      reads.attempt('PodMetrics', async () => reader.usage?.(namespace, name, { ...(signal && { signal }) })),
    logsOf(pod, namespace, reader, reads, signal),
  ])
  const involved = [pod, ...owners.map(({ object }) => object), ...claims]
  const events = await eventsOf(involved, namespace, reads)
  return {
    objects: {
      Pod: [pod],
      ...Object.fromEntries(owners.map(({ kind, object }) => [kind, [object]])),
      ...(node && { Node: [node] }),
      PersistentVolumeClaim: claims,
      Event: events,
    },
    ...(usage && { usage }),
    logs,
    unread: reads.unread,
  }
}

async function claimsOf(pod: V1Pod, namespace: string, reads: TolerantReads) {
  const names = list(pod.spec?.volumes).map((volume) => text(volume.persistentVolumeClaim?.claimName))
  const wanted = [...new Set(names)].filter((name) => name !== '').slice(0, MAX_CLAIMS)
  const found = await Promise.all(wanted.map((name) => reads.get('PersistentVolumeClaim', namespace, name)))
  return found.filter((claim) => claim !== undefined)
}

async function eventsOf(
  involved: readonly Pick<Kinds['Pod'], 'metadata'>[],
  namespace: string,
  reads: TolerantReads,
): Promise<readonly CoreV1Event[]> {
  const uids = involved.flatMap(({ metadata }) => eventUids(metadata))
  const lists = await Promise.all(
    uids.map((uid) => reads.list('Event', namespace, { fieldSelector: `involvedObject.uid=${uid}` })),
  )
  return lists.flatMap((events) => events ?? [])
}

/** Returns the last log lines of containers that ended with an error or wait for a restart. */
async function logsOf(
  pod: V1Pod,
  namespace: string,
  reader: ClusterReader,
  reads: TolerantReads,
  signal: AbortSignal | undefined,
): Promise<readonly ContainerLog[]> {
  const name = text(pod.metadata?.name)
  const ended = viewContainers(pod).filter(
    ({ state, last }) => (state.exitCode ?? 0) !== 0 || (state.phase === 'waiting' && last.phase === 'terminated'),
  )
  const logs = await Promise.all(
    ended.slice(0, reader.log === undefined ? 0 : MAX_LOGS).map(async ({ name: container, state }) => {
      const options = { ...LOG, previous: state.phase === 'waiting', ...(signal && { signal }) }
      const log = await reads.attempt('Log', async () => reader.log?.(namespace, name, container, options))
      return log === undefined ? [] : [{ namespace, pod: name, container, text: log }]
    }),
  )
  return logs.flat()
}
