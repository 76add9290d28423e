// Keeps only the fields of an object that the diagnosis needs, to save memory. Use it only for counting: masking secrets in
// displayed text needs the removed fields.
import { MIRROR_ANNOTATION } from './diagnosis/event-uids.ts'
import { PROVISIONER_ANNOTATIONS } from './diagnosis/provisioner-annotations.ts'
import type { Readable, ReadableKind } from './diagnosis/snapshot.ts'

/** A member, or a member of each object in a list: `[]` stands behind a list's name. One by one where a name has a dot in it. */
type Path = string | readonly string[]

const IDENTITY: readonly Path[] = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'metadata.creationTimestamp',
  'metadata.deletionTimestamp',
  'metadata.finalizers',
  'metadata.ownerReferences[].kind',
  'metadata.ownerReferences[].name',
  'metadata.ownerReferences[].uid',
  'metadata.ownerReferences[].controller',
]

const CONTAINER = ['name', 'image', 'restartPolicy', 'resources', 'readinessProbe']
const CONTAINER_STATUS = ['name', 'image', 'state', 'lastState', 'ready', 'started', 'restartCount']
const each = (list: string, members: readonly string[]) => members.map((member) => `${list}[].${member}`)

const KEPT: Readonly<Record<ReadableKind, readonly Path[]>> = {
  Pod: [
    ...IDENTITY,
    'metadata.labels',
    // No other annotations, because they contain whole manifests.
    ['metadata', 'annotations', MIRROR_ANNOTATION],
    'spec.nodeName',
    'spec.activeDeadlineSeconds',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.schedulingGates',
    'spec.readinessGates',
    ...each('spec.volumes', ['name', 'persistentVolumeClaim', 'ephemeral']),
    ...each('spec.initContainers', CONTAINER),
    ...each('spec.containers', CONTAINER),
    'status.phase',
    'status.reason',
    'status.message',
    'status.startTime',
    'status.nominatedNodeName',
    'status.conditions',
    ...each('status.initContainerStatuses', CONTAINER_STATUS),
    ...each('status.containerStatuses', CONTAINER_STATUS),
  ],
  Event: [
    'metadata.name',
    'metadata.namespace',
    'metadata.creationTimestamp',
    'reason',
    'message',
    'count',
    'series',
    'eventTime',
    'firstTimestamp',
    'lastTimestamp',
    'involvedObject',
  ],
  EndpointSlice: ['metadata.name', 'metadata.namespace', 'metadata.uid', 'metadata.labels', 'endpoints[].conditions'],
  Service: [...IDENTITY, 'spec.selector', 'spec.type', 'spec.loadBalancerClass', 'status.loadBalancer'],
  Deployment: [...IDENTITY, 'spec.replicas', 'spec.paused', 'status'],
  ReplicaSet: [...IDENTITY, 'spec.replicas', 'status'],
  StatefulSet: [...IDENTITY, 'spec.replicas', 'status'],
  DaemonSet: [...IDENTITY, 'status'],
  Job: [
    ...IDENTITY,
    ...['suspend', 'parallelism', 'completions', 'backoffLimit', 'activeDeadlineSeconds'].map(
      (field) => `spec.${field}`,
    ),
    'status',
  ],
  CronJob: [...IDENTITY, 'spec.suspend', 'spec.schedule', 'spec.startingDeadlineSeconds', 'status'],
  PersistentVolumeClaim: [
    ...IDENTITY,
    ...PROVISIONER_ANNOTATIONS.map((name) => ['metadata', 'annotations', name]),
    'spec.storageClassName',
    'spec.volumeName',
    'status',
  ],
  HorizontalPodAutoscaler: [...IDENTITY, 'spec.scaleTargetRef', 'spec.maxReplicas', 'status'],
  PodDisruptionBudget: [...IDENTITY, 'status'],
  ResourceQuota: [...IDENTITY, 'status'],
  // Without its images: a kubelet lists hundreds of them.
  Node: [...IDENTITY, 'metadata.labels', 'spec.unschedulable', 'spec.taints', 'status.conditions'],
  Namespace: [...IDENTITY, 'status'],
}

interface Tree {
  readonly [member: string]: Tree | true
}

const TREES = Object.fromEntries(Object.entries(KEPT).map(([kind, paths]) => [kind, treeOf(paths)])) as Readonly<
  Record<ReadableKind, Tree>
>

/** @example keptFields('Pod', pod).metadata?.managedFields // undefined */
export function keptFields<K extends ReadableKind>(kind: K, object: Readable[K]): Readable[K] {
  return pick(object, TREES[kind]) as Readable[K]
}

function treeOf(paths: readonly Path[]): Tree {
  const tree: Record<string, Tree | true> = {}
  for (const path of paths) {
    const members = typeof path === 'string' ? path.replaceAll('[]', '').split('.') : path
    let at = tree
    for (const member of members.slice(0, -1)) {
      at[member] ??= {}
      at = at[member] as Record<string, Tree | true>
    }
    at[members.at(-1) as string] = true
  }
  return tree
}

function pick(value: unknown, tree: Tree): unknown {
  if (Array.isArray(value)) return value.map((item) => pick(item, tree))
  // Does not match the API types; the rules handle such values.
  if (typeof value !== 'object' || value === null) return value
  const kept: Record<string, unknown> = {}
  for (const [member, below] of Object.entries(tree)) {
    const its = (value as Record<string, unknown>)[member]
    if (its !== undefined && its !== null) kept[member] = below === true ? its : pick(its, below)
  }
  return kept
}
