// Reads the snapshot to diagnose a workload: the workload, the objects that it creates, and the objects bound to it.
import type { V1LabelSelector, V1PodTemplateSpec } from '@kubernetes/client-node'
import { ToolError } from 'mcp-vitals'
import type { ClusterReader, ReadOptions } from './cluster-reader.ts'
import { entries, list, text } from './diagnosis/field.ts'
import type { Kinds, Snapshot } from './diagnosis/snapshot.ts'
import { labelSelectorText, selects } from './label-selector.ts'
import type { WorkloadKind } from './owners.ts'
import { ownedBy, ownersOf } from './owners.ts'
import { nodesOf } from './snapshot-of-namespace.ts'
import type { TolerantReads } from './tolerant-reads.ts'
import { tolerantReads } from './tolerant-reads.ts'

interface WorkloadSpec {
  readonly selector?: V1LabelSelector
  readonly template?: V1PodTemplateSpec
  readonly jobTemplate?: { readonly spec?: { readonly template?: V1PodTemplateSpec } }
}

/** @throws {ToolError} `not_found` if there is no such workload; whatever reading it or its pods rejects with. */
export async function snapshotOfWorkload(
  reader: ClusterReader,
  kind: WorkloadKind,
  namespace: string,
  name: string,
  { signal }: ReadOptions = {},
): Promise<Snapshot> {
  const options = signal === undefined ? {} : { signal }
  const workload = await reader.get<WorkloadKind>(kind, namespace, name, options)
  if (workload === undefined) {
    throw new ToolError(
      'not_found',
      `There is no ${kind} "${name}" in namespace "${namespace}". Call list_workloads to see the existing ones.`,
    )
  }
  const reads = tolerantReads(reader, signal)
  const spec = workload.spec as WorkloadSpec | undefined
  const selector = labelSelectorText(spec?.selector)
  const selecting = selector === '' ? {} : { labelSelector: selector }
  const [candidates, replicaSets, jobs, owners, events, nodes] = await Promise.all([
    reader.list('Pod', namespace, { ...options, ...selecting }),
    kind === 'Deployment' ? reads.list('ReplicaSet', namespace, selecting) : undefined,
    kind === 'CronJob' ? reads.list('Job', namespace) : undefined,
    // Whether a Job that failed has been made good only its CronJob knows.
    kind === 'Job' ? ownersOf(workload, namespace, reads) : [],
    reads.list('Event', namespace),
    reads.list('Node', undefined),
  ])
  const between: readonly (Kinds['ReplicaSet'] | Kinds['Job'])[] = replicaSets ?? jobs ?? []
  const owned = ownedBy(between, new Set([text(workload.metadata?.uid)]))
  const makers = new Set([workload, ...owned].map(({ metadata }) => text(metadata?.uid)))
  const pods = ownedBy(candidates, makers)
  const labels = Object.fromEntries(entries((spec?.template ?? spec?.jobTemplate?.spec?.template)?.metadata?.labels))
  return {
    objects: {
      ...(kind === 'Deployment' && { ReplicaSet: owned as readonly Kinds['ReplicaSet'][] }),
      ...(kind === 'CronJob' && { Job: owned as readonly Kinds['Job'][] }),
      ...Object.fromEntries(owners.map((owner) => [owner.kind, [owner.object]])),
      [kind]: [workload],
      Pod: pods,
      ...(events && { Event: events }),
      ...(nodes && { Node: nodesOf(pods, nodes) }),
      ...(await boundTo(kind, namespace, name, labels, pods, reads)),
    },
    unread: reads.unread,
  }
}

/** The objects that belong to the workload: its claims, Services, autoscalers and disruption budgets. */
async function boundTo(
  kind: WorkloadKind,
  namespace: string,
  name: string,
  labels: Readonly<Record<string, string>>,
  pods: readonly Kinds['Pod'][],
  reads: TolerantReads,
): Promise<Snapshot['objects']> {
  const [claims, services, slices, autoscalers, budgets] = await Promise.all([
    reads.list('PersistentVolumeClaim', namespace),
    reads.list('Service', namespace),
    reads.list('EndpointSlice', namespace),
    reads.list('HorizontalPodAutoscaler', namespace),
    reads.list('PodDisruptionBudget', namespace),
  ])
  const claimed = new Set(
    pods.flatMap(({ spec }) => list(spec?.volumes).map((volume) => text(volume.persistentVolumeClaim?.claimName))),
  )
  return {
    PersistentVolumeClaim: (claims ?? []).filter(({ metadata }) => claimed.has(text(metadata?.name))),
    Service: (services ?? []).filter(({ spec }) => selects({ matchLabels: spec?.selector ?? {} }, labels)),
    ...(slices && { EndpointSlice: slices }),
    HorizontalPodAutoscaler: (autoscalers ?? []).filter(
      ({ spec }) => spec?.scaleTargetRef?.kind === kind && spec.scaleTargetRef.name === name,
    ),
    PodDisruptionBudget: (budgets ?? []).filter(({ spec }) => selects(spec?.selector, labels)),
  }
}
