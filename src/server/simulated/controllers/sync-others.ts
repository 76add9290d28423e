// Simulates the controllers of claims, Services and disruption budgets, and the garbage collector.
import { isDeepStrictEqual } from 'node:util'
import type {
  V1EndpointSlice,
  V1Endpoints,
  V1PersistentVolumeClaim,
  V1PodDisruptionBudget,
} from '@kubernetes/client-node'
import { matchesSelector } from '../label-selector.ts'
import type { ServedName, Stored } from '../served-resources.ts'
import type { Wire } from '../wire.ts'
import type { ControlledCluster } from './controlled-cluster.ts'
import { createdAt, EVENT_LIFE_MS, isActive, isReady, metadataOf, tellEvent } from './controlled-cluster.ts'

export function bindClaims(view: ControlledCluster): void {
  for (const claim of view.store.list('persistentvolumeclaims')) {
    if (claim.status?.phase === 'Bound') continue
    const { storageClassName = '', resources } = claim.spec ?? {}
    if (!view.storageClasses.includes(storageClassName)) {
      const age = (view.now() - createdAt(claim)) / 1_000
      tellEvent(view, 'persistentvolumeclaims', claim, {
        type: 'Warning',
        reason: 'ProvisioningFailed',
        message: `storageclass.storage.k8s.io "${storageClassName}" not found`,
        component: 'persistentvolume-controller',
        count: 1 + Math.floor(age / 15),
        firstAt: createdAt(claim),
        lastAt: view.now(),
      })
      continue
    }
    const spec = { ...claim.spec, volumeName: `pvc-${claim.metadata.uid}` }
    const capacity = { storage: resources?.requests?.['storage'] ?? '1Gi' }
    const status = { phase: 'Bound', accessModes: claim.spec?.accessModes ?? [], capacity }
    view.store.update('persistentvolumeclaims', { ...claim, spec, status } as Wire<V1PersistentVolumeClaim>)
  }
}

export function fillEndpoints(view: ControlledCluster): void {
  for (const service of view.store.list('services')) {
    const { selector } = service.spec ?? {}
    if (selector === undefined || Object.keys(selector).length === 0) continue
    const { name, namespace } = metadataOf(service)
    const pods = view.store
      .list('pods', namespace)
      .filter((pod) => pod.status?.podIP !== undefined && isActive(pod))
      .filter((pod) => matchesSelector({ matchLabels: selector }, metadataOf(pod).labels))
    const ports = (service.spec?.ports ?? []).map(({ name: port, port: number, protocol = 'TCP' }) => ({
      ...(port !== undefined && { name: port }),
      port: number,
      protocol,
    }))
    const target = (pod: Stored<'pods'>) => ({ kind: 'Pod', name: pod.metadata.name, namespace, uid: pod.metadata.uid })
    const address = (pod: Stored<'pods'>) => ({ ip: pod.status?.podIP ?? '', targetRef: target(pod) })
    const [ready, unready] = [pods.filter(isReady), pods.filter((pod) => !isReady(pod))]
    const subset = {
      ...(ready.length > 0 && { addresses: ready.map(address) }),
      ...(unready.length > 0 && { notReadyAddresses: unready.map(address) }),
      ports,
    }
    put(view, 'endpoints', {
      metadata: { name, namespace },
      ...(pods.length > 0 && { subsets: [subset] }),
    } as Wire<V1Endpoints>)
    put(view, 'endpointslices', {
      metadata: {
        name: `${name}-${service.metadata.uid.slice(0, 5)}`,
        namespace,
        labels: { 'kubernetes.io/service-name': name },
      },
      addressType: 'IPv4',
      endpoints: pods.map((pod) => ({
        addresses: [pod.status?.podIP ?? ''],
        conditions: { ready: isReady(pod), serving: isReady(pod), terminating: false },
        nodeName: pod.spec?.nodeName ?? '',
        targetRef: target(pod),
      })),
      ports,
    } as Wire<V1EndpointSlice>)
  }
}

export function reckonBudgets(view: ControlledCluster): void {
  for (const budget of view.store.list('poddisruptionbudgets')) {
    const { minAvailable, maxUnavailable, selector } = budget.spec ?? {}
    const pods = view.store
      .list('pods', budget.metadata.namespace)
      .filter((pod) => isActive(pod) && matchesSelector(selector, metadataOf(pod).labels))
    const healthy = pods.filter(isReady).length
    const share = (bound: string | number) =>
      typeof bound === 'number' ? bound : Math.ceil((Number.parseInt(bound, 10) / 100) * pods.length)
    const desired = minAvailable !== undefined ? share(minAvailable) : pods.length - share(maxUnavailable ?? 1)
    const status = {
      currentHealthy: healthy,
      desiredHealthy: Math.max(0, desired),
      disruptionsAllowed: Math.max(0, healthy - Math.max(0, desired)),
      expectedPods: pods.length,
      observedGeneration: metadataOf(budget).generation ?? 1,
    }
    if (isDeepStrictEqual(status, budget.status)) continue
    view.store.update('poddisruptionbudgets', { ...budget, status } as Wire<V1PodDisruptionBudget>)
  }
}

/** Of either kind. */
type EndpointsDraft = Pick<Wire<V1Endpoints>, 'metadata' | 'subsets'> & Partial<Wire<V1EndpointSlice>>

const DEPENDENTS = ['replicasets', 'jobs', 'pods'] as const

export function expireEvents(view: ControlledCluster): void {
  for (const { metadata, lastTimestamp = '' } of view.store.list('events')) {
    if (Date.parse(lastTimestamp) < view.now() - EVENT_LIFE_MS) {
      view.store.remove('events', metadata.namespace, metadata.name)
    }
  }
}

/** What was made by something that is gone goes too. */
export function collectGarbage(view: ControlledCluster): void {
  const owners = new Set(
    (['deployments', 'replicasets', 'statefulsets', 'daemonsets', 'jobs', 'cronjobs'] as const).flatMap((resource) =>
      view.store.list(resource).map(({ metadata }) => metadata.uid),
    ),
  )
  for (const resource of DEPENDENTS) {
    for (const object of view.store.list(resource)) {
      const { ownerReferences = [], namespace, name } = metadataOf(object)
      if (ownerReferences.length === 0 || ownerReferences.some(({ uid }) => owners.has(uid))) continue
      view.store.remove(resource, namespace, name)
    }
  }
}

function put(view: ControlledCluster, resource: 'endpoints' | 'endpointslices', draft: EndpointsDraft): void {
  const { name = '', namespace } = draft.metadata ?? {}
  const known = view.store.get(resource, namespace, name) as Stored<ServedName> | undefined
  if (known === undefined) return void view.store.create(resource, draft as never)
  const was = known as unknown as EndpointsDraft
  const same = isDeepStrictEqual([was.subsets, was.endpoints, was.ports], [draft.subsets, draft.endpoints, draft.ports])
  if (!same) view.store.update(resource, draft as never)
}
