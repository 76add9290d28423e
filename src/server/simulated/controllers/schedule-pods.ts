// Simulates the scheduler, with its messages for pods that do not fit.
import type { V1Pod } from '@kubernetes/client-node'
import { quantity } from '../programs.ts'
import type { Stored } from '../served-resources.ts'
import type { Wire } from '../wire.ts'
import { wireTime } from '../wire.ts'
import type { ControlledCluster } from './controlled-cluster.ts'
import { createdAt, isActive, metadataOf, tellEvent } from './controlled-cluster.ts'

export function schedulePods(view: ControlledCluster): void {
  const { store } = view
  for (const pod of store.list('pods')) {
    if (pod.spec?.nodeName !== undefined || !isActive(pod)) continue
    const place = placeFor(view, pod)
    if ('node' in place) bind(view, pod, place.node)
    else refuse(view, pod, place.why)
  }
}

function bind(view: ControlledCluster, pod: Stored<'pods'>, node: string): void {
  const { name, namespace } = metadataOf(pod)
  const spec = { ...pod.spec, nodeName: node } as Wire<V1Pod>['spec']
  const conditions = [{ type: 'PodScheduled', status: 'True', lastTransitionTime: wireTime(view.now()) }]
  view.store.update('pods', { ...pod, spec, status: { ...pod.status, phase: 'Pending', conditions } } as Wire<V1Pod>)
  tellEvent(view, 'pods', pod, {
    reason: 'Scheduled',
    message: `Successfully assigned ${namespace}/${name} to ${node}`,
    component: 'default-scheduler',
  })
}

function refuse(view: ControlledCluster, pod: Stored<'pods'>, why: string): void {
  const { total } = { total: view.store.list('nodes').length }
  const message = `0/${total} nodes are available: ${why}. preemption: 0/${total} nodes are available: ${total} Preemption is not helpful for scheduling.`
  const age = (view.now() - createdAt(pod)) / 1_000
  tellEvent(view, 'pods', pod, {
    type: 'Warning',
    reason: 'FailedScheduling',
    message,
    component: 'default-scheduler',
    // It tries again every five minutes.
    count: 1 + Math.floor(age / 300),
    firstAt: createdAt(pod),
    lastAt: createdAt(pod) + Math.floor(age / 300) * 300_000,
  })
  if (pod.status?.conditions?.some((condition) => condition.message === message)) return
  const condition = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message,
    lastTransitionTime: wireTime(createdAt(pod)),
  }
  view.store.update('pods', {
    ...pod,
    status: { ...pod.status, phase: 'Pending', conditions: [condition] },
  } as Wire<V1Pod>)
}

function placeFor(view: ControlledCluster, pod: Stored<'pods'>): { node: string } | { why: string } {
  const { store } = view
  const { namespace } = metadataOf(pod)
  const claims = (pod.spec?.volumes ?? []).flatMap(
    ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [],
  )
  for (const name of claims) {
    const claim = store.get('persistentvolumeclaims', namespace, name)
    if (claim === undefined) return { why: `persistentvolumeclaim "${name}" not found` }
    if (claim.status?.phase !== 'Bound') return { why: 'pod has unbound immediate PersistentVolumeClaims' }
  }
  const reasons = new Map<string, number>()
  const running = store.list('pods').filter((other) => other.spec?.nodeName !== undefined && isActive(other))
  const fitting = store.list('nodes').flatMap((node) => {
    const used = running.filter((other) => other.spec?.nodeName === node.metadata.name)
    const why = refusalOf(node, pod, used)
    if (why === undefined) return [{ node: node.metadata.name, pods: used.length }]
    reasons.set(why, (reasons.get(why) ?? 0) + 1)
    return []
  })
  // A daemon's pod names its node.
  const named = pod.spec?.nodeSelector?.['kubernetes.io/hostname']
  const [best] = fitting.sort((a, b) => a.pods - b.pods || a.node.localeCompare(b.node))
  if (best !== undefined) return { node: named ?? best.node }
  return {
    why: [...reasons].map(([why, count]) => `${count} ${why}`).join(', ') || 'no nodes available to schedule pods',
  }
}

function refusalOf(node: Stored<'nodes'>, pod: Stored<'pods'>, used: readonly Stored<'pods'>[]): string | undefined {
  const labels = (node.metadata as { labels?: Record<string, string> }).labels ?? {}
  const selector = Object.entries(pod.spec?.nodeSelector ?? {})
  if (!selector.every(([key, value]) => labels[key] === value))
    return "node(s) didn't match Pod's node affinity/selector"
  if (node.spec?.unschedulable) return 'node(s) were unschedulable'
  const taint = (node.spec?.taints ?? []).find(
    ({ key, value, effect }) =>
      effect !== 'PreferNoSchedule' &&
      !(pod.spec?.tolerations ?? []).some(
        (toleration) =>
          (toleration.key === undefined || toleration.key === key) &&
          (toleration.operator === 'Exists' || toleration.value === value),
      ),
  )
  if (taint !== undefined) return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`
  for (const resource of ['cpu', 'memory']) {
    const free = quantity(node.status?.allocatable?.[resource]) - requested(used, resource)
    if (requested([pod], resource) > free) return `Insufficient ${resource}`
  }
  return undefined
}

function requested(pods: readonly Stored<'pods'>[], resource: string): number {
  return pods
    .flatMap(({ spec }) => spec?.containers ?? [])
    .reduce((sum, { resources }) => sum + quantity(resources?.requests?.[resource]), 0)
}
