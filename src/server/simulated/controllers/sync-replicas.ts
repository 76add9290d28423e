// Simulates the ReplicaSet, StatefulSet and DaemonSet controllers.
import { isDeepStrictEqual } from 'node:util'
import type { V1PersistentVolumeClaim, V1PodTemplateSpec } from '@kubernetes/client-node'
import type { Stored } from '../served-resources.ts'
import type { Wire } from '../wire.ts'
import type { ControlledCluster } from './controlled-cluster.ts'
import { childrenOf, createdAt, isActive, isReady, metadataOf, templateHash } from './controlled-cluster.ts'
import { makePod, removePod } from './make-pods.ts'

const REVISION_HASH = 'controller-revision-hash'

export function syncReplicas(view: ControlledCluster): void {
  for (const set of view.store.list('replicasets')) syncReplicaSet(view, set)
  for (const set of view.store.list('statefulsets')) syncStatefulSet(view, set)
  for (const set of view.store.list('daemonsets')) syncDaemonSet(view, set)
}

function syncReplicaSet(view: ControlledCluster, set: Stored<'replicasets'>): void {
  const wanted = set.spec?.replicas ?? 0
  const template = set.spec?.template as Wire<V1PodTemplateSpec>
  const pods = childrenOf(view, 'pods', set).filter(isActive)
  for (let missing = wanted - pods.length; missing > 0; missing--) {
    makePod(view, { resource: 'replicasets', owner: set, template })
  }
  // Those that do not work go first, then the youngest.
  const leaving = pods.toSorted((a, b) => Number(isReady(a)) - Number(isReady(b)) || createdAt(b) - createdAt(a))
  for (const pod of leaving.slice(0, Math.max(0, pods.length - wanted))) removePod(view, 'replicasets', set, pod)
  report(view, 'replicasets', set, (all, ready) => ({
    replicas: all,
    fullyLabeledReplicas: all,
    readyReplicas: ready,
    availableReplicas: ready,
    observedGeneration: metadataOf(set).generation ?? 1,
  }))
}

function syncStatefulSet(view: ControlledCluster, set: Stored<'statefulsets'>): void {
  const wanted = set.spec?.replicas ?? 1
  const template = set.spec?.template as Wire<V1PodTemplateSpec>
  const hash = templateHash(template)
  const { name, namespace } = metadataOf(set)
  for (const pod of childrenOf(view, 'pods', set)) {
    const ordinal = Number(pod.metadata.name.slice(name.length + 1))
    // A pod that failed is made anew under its name, as one of an old template is.
    const stale = metadataOf(pod).labels?.[REVISION_HASH] !== hash || !isActive(pod)
    if (stale || ordinal >= wanted) removePod(view, 'statefulsets', set, pod)
  }
  for (let ordinal = 0; ordinal < wanted; ordinal++) {
    const podName = `${name}-${ordinal}`
    const existing = view.store.get('pods', namespace, podName)
    if (existing !== undefined) {
      if (isReady(existing)) continue
      break // In order: the next one waits until this one is ready.
    }
    const claims = (set.spec?.volumeClaimTemplates ?? []).map((claim) => claimFor(view, claim, podName, namespace))
    const volumes = claims.map(({ volume, claimName }) => ({ name: volume, persistentVolumeClaim: { claimName } }))
    makePod(view, {
      resource: 'statefulsets',
      owner: set,
      template,
      name: podName,
      labels: { [REVISION_HASH]: hash, 'apps.kubernetes.io/pod-index': String(ordinal) },
      spec: { hostname: podName, volumes: [...(template.spec?.volumes ?? []), ...volumes] },
    })
    break
  }
  report(view, 'statefulsets', set, (all, ready) => ({
    replicas: all,
    readyReplicas: ready,
    availableReplicas: ready,
    currentReplicas: all,
    updatedReplicas: all,
    currentRevision: `${name}-${hash}`,
    updateRevision: `${name}-${hash}`,
    observedGeneration: metadataOf(set).generation ?? 1,
  }))
}

function claimFor(
  view: ControlledCluster,
  template: Wire<V1PersistentVolumeClaim>,
  podName: string,
  namespace: string,
) {
  const volume = template.metadata?.name ?? 'data'
  const claimName = `${volume}-${podName}`
  if (view.store.get('persistentvolumeclaims', namespace, claimName) === undefined) {
    const metadata = { name: claimName, namespace, labels: { ...template.metadata?.labels } }
    view.store.create('persistentvolumeclaims', { ...template, metadata, status: { phase: 'Pending' } })
  }
  return { volume, claimName }
}

function syncDaemonSet(view: ControlledCluster, set: Stored<'daemonsets'>): void {
  const template = set.spec?.template as Wire<V1PodTemplateSpec>
  const hash = templateHash(template)
  const nodes = view.store.list('nodes').map(({ metadata }) => metadata.name)
  const nodeOf = (pod: Stored<'pods'>) => pod.spec?.nodeSelector?.['kubernetes.io/hostname'] ?? ''
  const kept = childrenOf(view, 'pods', set).filter((pod) => {
    const stale = metadataOf(pod).labels?.[REVISION_HASH] !== hash || !isActive(pod) || !nodes.includes(nodeOf(pod))
    if (stale) removePod(view, 'daemonsets', set, pod)
    return !stale
  })
  for (const node of nodes) {
    if (kept.some((pod) => nodeOf(pod) === node)) continue
    makePod(view, {
      resource: 'daemonsets',
      owner: set,
      template,
      labels: { [REVISION_HASH]: hash },
      spec: { nodeSelector: { 'kubernetes.io/hostname': node } },
    })
  }
  report(view, 'daemonsets', set, (all, ready) => ({
    currentNumberScheduled: all,
    desiredNumberScheduled: nodes.length,
    numberAvailable: ready,
    numberMisscheduled: 0,
    numberReady: ready,
    numberUnavailable: nodes.length - ready,
    updatedNumberScheduled: all,
    observedGeneration: metadataOf(set).generation ?? 1,
  }))
}

function report(
  view: ControlledCluster,
  resource: 'replicasets' | 'statefulsets' | 'daemonsets',
  set: Stored<typeof resource>,
  statusOf: (all: number, ready: number) => object,
): void {
  const { name, namespace } = metadataOf(set)
  const pods = childrenOf(view, 'pods', set).filter(isActive)
  const status = statusOf(pods.length, pods.filter(isReady).length)
  const now = view.store.get(resource, namespace, name)
  if (now === undefined || isDeepStrictEqual(now.status, status)) return
  view.store.update(resource, { ...now, status } as never)
}
