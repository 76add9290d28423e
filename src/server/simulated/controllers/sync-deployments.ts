// Simulates the Deployment controller: one ReplicaSet per template, scaled as in a rolling update.
import { isDeepStrictEqual } from 'node:util'
import type { V1Deployment, V1PodTemplateSpec, V1ReplicaSet } from '@kubernetes/client-node'
import type { Stored } from '../served-resources.ts'
import type { Wire } from '../wire.ts'
import { wireTime } from '../wire.ts'
import type { ControlledCluster } from './controlled-cluster.ts'
import { childrenOf, createdAt, metadataOf, ownerReferenceTo, tellEvent, templateHash } from './controlled-cluster.ts'

const REVISION = 'deployment.kubernetes.io/revision'
const HASH = 'pod-template-hash'

export function syncDeployments(view: ControlledCluster): void {
  for (const deployment of view.store.list('deployments')) syncDeployment(view, deployment)
}

function syncDeployment(view: ControlledCluster, deployment: Stored<'deployments'>): void {
  if (deployment.spec?.paused) return
  const template = deployment.spec?.template as Wire<V1PodTemplateSpec>
  const hash = templateHash(template)
  const all = childrenOf(view, 'replicasets', deployment)
  const current = all.find((set) => metadataOf(set).labels?.[HASH] === hash) ?? newReplicaSet(view, deployment, hash)
  const old = all.filter(({ metadata }) => metadata.uid !== current.metadata.uid)
  numberRevision(view, deployment, current, old)
  roll(view, deployment, current, old)
  reportStatus(view, deployment, current.metadata.name)
}

function newReplicaSet(
  view: ControlledCluster,
  deployment: Stored<'deployments'>,
  hash: string,
): Stored<'replicasets'> {
  const { name, namespace } = metadataOf(deployment)
  const template = deployment.spec?.template as Wire<V1PodTemplateSpec>
  const labels = { ...template.metadata?.labels, [HASH]: hash }
  return view.store.create('replicasets', {
    metadata: {
      name: `${name}-${hash}`,
      namespace,
      creationTimestamp: wireTime(view.now()),
      labels,
      ownerReferences: ownerReferenceTo('deployments', deployment),
      annotations: {},
      generation: 1,
    },
    spec: {
      replicas: 0,
      selector: { matchLabels: { ...deployment.spec?.selector.matchLabels, [HASH]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
    status: { replicas: 0 },
  } as Wire<V1ReplicaSet>)
}

/** A rollback takes up an old ReplicaSet, which then is the newest revision. */
function numberRevision(
  view: ControlledCluster,
  deployment: Stored<'deployments'>,
  current: Stored<'replicasets'>,
  old: readonly Stored<'replicasets'>[],
): void {
  const highest = Math.max(0, ...old.map(revisionOf))
  if (revisionOf(current) > highest) return
  const revision = String(highest + 1)
  annotate(view, 'replicasets', current, revision)
  annotate(view, 'deployments', deployment, revision)
}

function annotate(
  view: ControlledCluster,
  resource: 'replicasets' | 'deployments',
  object: Stored<typeof resource>,
  revision: string,
) {
  const { name, namespace, annotations } = metadataOf(object)
  const now = view.store.get(resource, namespace, name)
  if (now === undefined) return
  const metadata = { ...now.metadata, annotations: { ...annotations, [REVISION]: revision } }
  view.store.update(resource, { ...now, metadata } as never)
}

function revisionOf(object: Stored<'replicasets'>): number {
  return Number(metadataOf(object).annotations?.[REVISION] ?? 0)
}

/** The rolling update of the API's own controller, at its default of 25 % more and 25 % less. */
function roll(
  view: ControlledCluster,
  deployment: Stored<'deployments'>,
  current: Stored<'replicasets'>,
  old: readonly Stored<'replicasets'>[],
): void {
  const wanted = deployment.spec?.replicas ?? 1
  const surge = Math.ceil(wanted / 4)
  const unavailable = Math.floor(wanted / 4)
  const size = ({ spec }: Stored<'replicasets'>) => spec?.replicas ?? 0
  const available = ({ status }: Stored<'replicasets'>) => status?.availableReplicas ?? 0
  const total = [current, ...old].reduce((sum, set) => sum + size(set), 0)
  const room = wanted + surge - total
  const grown = size(current) > wanted ? wanted : size(current) + Math.max(0, Math.min(wanted - size(current), room))
  scale(view, deployment, current, grown)
  if (grown !== size(current)) return
  const spare = total - (wanted - unavailable) - (size(current) - available(current))
  let left = Math.max(0, spare)
  // What does not work anyway goes first.
  for (const set of old) {
    const broken = Math.min(left, size(set) - available(set))
    if (broken <= 0) continue
    left -= broken
    scale(view, deployment, set, size(set) - broken)
    return
  }
  let surplus = Math.min(left, [current, ...old].reduce((sum, set) => sum + available(set), 0) - (wanted - unavailable))
  for (const set of old) {
    const fewer = Math.min(Math.max(0, surplus), size(set))
    surplus -= fewer
    if (fewer > 0) scale(view, deployment, set, size(set) - fewer)
  }
}

function scale(
  view: ControlledCluster,
  deployment: Stored<'deployments'>,
  set: Stored<'replicasets'>,
  replicas: number,
): void {
  const { name, namespace } = metadataOf(set)
  const now = view.store.get('replicasets', namespace, name)
  const before = now?.spec?.replicas ?? 0
  if (now?.spec === undefined || before === replicas) return
  view.store.update('replicasets', { ...now, spec: { ...now.spec, replicas } })
  tellEvent(view, 'deployments', deployment, {
    reason: 'ScalingReplicaSet',
    message: `Scaled ${replicas > before ? 'up' : 'down'} replica set ${name} from ${before} to ${replicas}`,
    component: 'deployment-controller',
  })
}

function reportStatus(view: ControlledCluster, given: Stored<'deployments'>, currentName: string): void {
  const { name, namespace, generation = 1 } = metadataOf(given)
  const deployment = view.store.get('deployments', namespace, name)
  const current = view.store.get('replicasets', namespace, currentName)
  if (deployment === undefined || current === undefined) return
  const sets = childrenOf(view, 'replicasets', deployment)
  const sum = (field: 'replicas' | 'readyReplicas' | 'availableReplicas') =>
    sets.reduce((total, { status }) => total + (status?.[field] ?? 0), 0)
  const wanted = deployment.spec?.replicas ?? 1
  const updated = current.status?.replicas ?? 0
  const available = sum('availableReplicas')
  const complete = updated === wanted && sum('replicas') === wanted && available >= wanted
  const seconds = (view.now() - createdAt(current)) / 1_000
  const late = !complete && seconds > (deployment.spec?.progressDeadlineSeconds ?? 600)
  const enough = available >= wanted - Math.floor(wanted / 4)
  const status = {
    observedGeneration: generation,
    replicas: sum('replicas'),
    updatedReplicas: updated,
    readyReplicas: sum('readyReplicas'),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, sum('replicas') - available),
    conditions: [
      condition('Available', enough, enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable', {
        message: enough ? 'Deployment has minimum availability.' : 'Deployment does not have minimum availability.',
        at: current.metadata.creationTimestamp,
      }),
      condition(
        'Progressing',
        !late,
        late ? 'ProgressDeadlineExceeded' : complete ? 'NewReplicaSetAvailable' : 'ReplicaSetUpdated',
        {
          message: `ReplicaSet "${currentName}" ${late ? 'has timed out progressing.' : complete ? 'has successfully progressed.' : 'is progressing.'}`,
          at: current.metadata.creationTimestamp,
        },
      ),
    ],
  }
  if (isDeepStrictEqual(status, deployment.status)) return
  view.store.update('deployments', { ...deployment, status } as Wire<V1Deployment>)
}

function condition(type: string, holds: boolean, reason: string, { message, at }: { message: string; at: string }) {
  return { type, status: holds ? 'True' : 'False', reason, message, lastTransitionTime: at, lastUpdateTime: at }
}
