// Prepares the API write for a remediation, with its required permissions and a description of its effect. Refuses changes
// that would not help.

import type { V1Pod, V1PodTemplateSpec, V1ReplicaSet, V1ResourceAttributes } from '@kubernetes/client-node'
import type { RemediationAction } from 'mcp-vitals'
import { ToolError } from 'mcp-vitals'
import type { ClusterReader, ReadOptions } from '../cluster-reader.ts'
import { controllerOf } from '../diagnosis/object-view.ts'
import { RESOURCE_OF } from '../readable-resources.ts'
import type { ResourceTypes } from '../resource-calls.ts'
import { evictionOfJobPod, hasEnded } from './evicted-job-pod.ts'
import type { PlannedChange, RemediationRequest, RemediationTarget } from './plan.ts'
import { mannerOf, partitionOf } from './replaced-pods.ts'

interface Prepared {
  readonly change: PlannedChange
  /** What happens, in a sentence. */
  readonly effect: string
}

export type TargetObject = ResourceTypes['deployments' | 'statefulsets' | 'daemonsets' | 'pods']

export type TargetKind = 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'Pod'

/** The kinds that each action supports. */
export const TARGET_KINDS = {
  restart: ['Deployment', 'StatefulSet', 'DaemonSet'],
  scale: ['Deployment', 'StatefulSet'],
  rollback: ['Deployment'],
  delete_pod: ['Pod'],
} as const satisfies Record<RemediationAction, readonly TargetKind[]>

const REVISION = 'deployment.kubernetes.io/revision'
const HASH = 'pod-template-hash'
/** Annotation by which `kubectl rollout restart` does the same, and which others look for. */
const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt'
const MIRROR = 'kubernetes.io/config.mirror'

/** The one permission that the write needs. */
export function accessFor({ action, target: { kind, namespace, name } }: RemediationRequest): V1ResourceAttributes {
  const resource = RESOURCE_OF[kind as TargetKind]
  if (action === 'delete_pod') return { verb: 'create', group: '', resource, subresource: 'eviction', namespace, name }
  if (action === 'scale') return { verb: 'patch', group: 'apps', resource, subresource: 'scale', namespace, name }
  return { verb: 'patch', group: 'apps', resource, namespace, name }
}

/** @throws {ToolError} `refused` where it would be undone, change nothing, or take away what does not come back. */
export async function prepareChange(
  request: RemediationRequest,
  object: TargetObject,
  reader: Pick<ClusterReader, 'list' | 'get'>,
  { now, ...reading }: ReadOptions & { readonly now: number },
): Promise<Prepared> {
  if (object.metadata?.deletionTimestamp) throw refused(`${nameOf(request.target)} is already being deleted.`)
  switch (request.action) {
    case 'restart':
      return restart(request, object as ResourceTypes['deployments'], now)
    case 'scale':
      return scale(request, object as ResourceTypes['deployments'], reader, reading)
    case 'rollback':
      return rollBack(request, object as ResourceTypes['deployments'], reader, reading)
    case 'delete_pod':
      return deletePod(request, object as V1Pod, reader, reading)
  }
}

function restart({ target }: RemediationRequest, object: ResourceTypes['deployments'], now: number): Prepared {
  const { spec } = object
  if (spec?.paused) throw refused(`${nameOf(target)} is paused, so its pods would not be replaced.`)
  const { updateStrategy } = (spec ?? {}) as { updateStrategy?: { type?: string } }
  if (updateStrategy?.type === 'OnDelete') {
    throw refused(`${nameOf(target)} replaces pods only when they are deleted (OnDelete). Delete its pods one by one.`)
  }
  const partition = partitionOf(object)
  const replicas = spec?.replicas ?? 1
  if (partition >= replicas) {
    const kept = partition > 0 ? `its partition keeps the pods below ${partition}, and ` : ''
    throw refused(`No pod of ${nameOf(target)} would be replaced: ${kept}it has ${replicas} replicas.`)
  }
  const annotations = spec?.template?.metadata?.annotations
  const value = new Date(now).toISOString()
  const path = '/spec/template/metadata/annotations'
  const steps =
    annotations === undefined
      ? [{ op: 'add', path, value: { [RESTARTED_AT]: value } } as const]
      : [{ op: 'add', path: `${path}/${RESTARTED_AT.replace('/', '~1')}`, value } as const]
  const resource = RESOURCE_OF[target.kind as 'Deployment']
  return {
    change: { write: 'patch', resource, steps },
    effect: `Replaces ${replacedPods(target, object)} with new pods from the same template${mannerOf(target.kind as 'Deployment', object)}`,
  }
}

function replacedPods(target: RemediationTarget, object: ResourceTypes['deployments']): string {
  const partition = partitionOf(object)
  if (partition === 0) return `all pods of ${nameOf(target)}`
  const { ordinals } = (object as ResourceTypes['statefulsets']).spec ?? {}
  return `the pods of ${nameOf(target)} numbered ${(ordinals?.start ?? 0) + partition} and above (its partition), and no other pods,`
}

async function scale(
  { target, replicas = 0 }: RemediationRequest,
  { spec }: ResourceTypes['deployments'],
  reader: Pick<ClusterReader, 'list'>,
  reading: ReadOptions,
): Promise<Prepared> {
  const before = spec?.replicas ?? 1
  if (replicas === before) throw refused(`${nameOf(target)} has ${before} replicas already.`)
  const autoscalers = await reader.list('HorizontalPodAutoscaler', target.namespace, reading)
  const autoscaler = autoscalers.find(
    ({ spec }) => spec?.scaleTargetRef?.kind === target.kind && spec.scaleTargetRef.name === target.name,
  )
  const name = autoscaler?.metadata?.name ?? ''
  if (autoscaler !== undefined && !(before === 0 && leavesZero(autoscaler))) {
    const instead =
      replicas === 0 && leavesZero(autoscaler) ? 'would not scale it up from 0 again' : 'would revert the change'
    throw refused(`The autoscaler "${name}" sets the replicas of ${nameOf(target)} and ${instead}.`)
  }
  const away = replicas === 0 ? ' No pod is left to serve requests.' : ''
  const then = autoscaler === undefined ? '' : ` From then on, the autoscaler "${name}" sets the number of replicas.`
  return {
    change: { write: 'scale', resource: RESOURCE_OF[target.kind as 'Deployment'], replicas },
    effect: `Scales ${nameOf(target)} from ${before} to ${replicas} replicas.${away}${then}`,
  }
}

/**
 * An autoscaler of one replica at least takes 0 for "switched off", and only a hand on the number of replicas wakes it. What has made the
 * autoscaler (KEDA's ScaledObject) may itself scale to 0, and would again.
 */
function leavesZero(autoscaler: ResourceTypes['horizontalpodautoscalers']): boolean {
  return autoscaler.spec?.minReplicas !== 0 && controllerOf(autoscaler) === undefined
}

async function rollBack(
  { target, revision }: RemediationRequest,
  deployment: ResourceTypes['deployments'],
  reader: Pick<ClusterReader, 'list'>,
  reading: ReadOptions,
): Promise<Prepared> {
  if (deployment.spec?.paused) throw refused(`${nameOf(target)} is paused, so its pods would not be replaced.`)
  const all = await reader.list('ReplicaSet', target.namespace, reading)
  const sets = all.filter(({ metadata }) =>
    metadata?.ownerReferences?.some(({ uid }) => uid === deployment.metadata?.uid),
  )
  const current = revisionOf(deployment)
  const earlier = sets.filter((set) => revisionOf(set) > 0 && revisionOf(set) !== current)
  const chosen =
    revision === undefined
      ? earlier.filter((set) => revisionOf(set) < current).sort((a, b) => revisionOf(b) - revisionOf(a))[0]
      : earlier.find((set) => revisionOf(set) === revision)
  if (chosen === undefined) {
    const there = earlier.map(revisionOf).sort((a, b) => b - a)
    const choice =
      there.length === 0 ? 'there is no revision to roll back to' : `these revisions exist: ${there.join(', ')}`
    throw refused(`${nameOf(target)} is at revision ${current}, and ${choice}.`)
  }
  return {
    change: {
      write: 'patch',
      resource: 'deployments',
      steps: [{ op: 'add', path: '/spec/template', value: templateOf(chosen) }],
    },
    effect: `Rolls ${nameOf(target)} back from revision ${current} to the template of revision ${revisionOf(chosen)}, and replaces its pods${mannerOf('Deployment', deployment)}`,
  }
}

async function deletePod(
  { target }: RemediationRequest,
  pod: V1Pod,
  reader: Pick<ClusterReader, 'get'>,
  reading: ReadOptions,
): Promise<Prepared> {
  const owner = controllerOf(pod)
  if (owner === undefined)
    throw refused(`Nothing would replace ${nameOf(target)}, because it does not belong to a workload.`)
  if (pod.metadata?.annotations?.[MIRROR] !== undefined) {
    throw refused(`${nameOf(target)} is a static pod of its node, so deleting it through the API has no effect.`)
  }
  const maker = `${owner.kind} ${owner.name}`
  if (owner.kind === 'Job') {
    const job = hasEnded(pod) ? undefined : await reader.get('Job', target.namespace, owner.name, reading)
    const eviction = evictionOfJobPod(pod, job?.metadata?.uid === owner.uid ? job : undefined)
    if ('refusal' in eviction) throw refused(`Evicting ${nameOf(target)} would not help. ${eviction.refusal}`)
    return evict(`Evicts ${nameOf(target)}; ${maker} replaces it, and ${eviction.count}.`)
  }
  return hasEnded(pod)
    ? evict(`Removes ${nameOf(target)}, which has ended; ${maker} replaces it if it has not done so yet.`)
    : evict(`Evicts ${nameOf(target)}; ${maker} replaces it.`)
}

function evict(effect: string): Prepared {
  return { change: { write: 'evict' }, effect }
}

function templateOf({ spec }: V1ReplicaSet): V1PodTemplateSpec {
  const { metadata, ...template } = spec?.template ?? {}
  const { [HASH]: _, ...labels } = metadata?.labels ?? {}
  return { ...template, metadata: { labels, ...(metadata?.annotations && { annotations: metadata.annotations }) } }
}

function revisionOf({ metadata }: Pick<V1ReplicaSet, 'metadata'>): number {
  return Number(metadata?.annotations?.[REVISION] ?? 0) || 0
}

export function nameOf({ kind, namespace, name }: RemediationTarget): string {
  return `${kind} ${namespace}/${name}`
}

function refused(message: string): ToolError {
  return new ToolError('refused', message)
}
