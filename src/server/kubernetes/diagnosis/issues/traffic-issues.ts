// Services, autoscalers and disruption budgets: what stands between pods and what asks for them.
import { eventEvidence } from '../event-view.ts'
import { entries, list, number, text, time } from '../field.ts'
import type { Detection, Evidence } from '../finding.ts'
import { defineIssue } from '../issue-rule.ts'
import type { ObjectView } from '../object-view.ts'
import { conditionOf } from '../object-view.ts'
import { MINUTE } from './crashing.ts'
import { isYoung } from './patience.ts'

/** How long a cloud may take to make a load balancer. */
const FIRST_ADDRESS = 5 * MINUTE

function conditionEvidence({ raw }: ObjectView<'HorizontalPodAutoscaler'>, type: string): readonly Evidence[] {
  const { reason, message } = conditionOf(raw.status, type) ?? {}
  const path = `status.conditions[type=${type}]`
  return [
    { field: `${path}.reason`, value: text(reason) },
    ...(text(message) === '' ? [] : [{ field: `${path}.message`, value: text(message) }]),
  ]
}

function replicas({ raw: { spec, status } }: ObjectView<'HorizontalPodAutoscaler'>): readonly Evidence[] {
  const numbers: readonly (readonly [string, number | undefined])[] = [
    ['spec.maxReplicas', number(spec?.maxReplicas)],
    ['status.currentReplicas', number(status?.currentReplicas)],
    ['status.desiredReplicas', number(status?.desiredReplicas)],
  ]
  return numbers.flatMap(([field, value]) => (value === undefined ? [] : [{ field, value }]))
}

const AUTOSCALER_FIELDS = [
  'status.conditions[].reason',
  'status.conditions[].message',
  'spec.maxReplicas',
  'status.currentReplicas',
  'status.desiredReplicas',
]

export const trafficIssues = [
  defineIssue({
    id: 'service_without_endpoints',
    needs: 'EndpointSlice',
    title: 'Service has no ready endpoint',
    severity: 'warning',
    of: ['Service'],
    detection:
      'A Service with a selector, older than three minutes, has no endpoint that is ready, by its endpoint slices.',
    fields: ['spec.selector', 'EndpointSlice: endpoints (not ready)'],
    cause: 'The Service has no ready pod to send traffic to.',
    next: {
      tool: 'list_pods',
      text: 'Compare the selector of the Service with the labels of the pods, and diagnose the pods that are not ready.',
    },
    detect({ raw, namespace, name }, cluster): Detection[] {
      const selector = entries(raw.spec?.selector)
      if (selector.length === 0 || raw.spec?.type === 'ExternalName' || isYoung(raw, cluster.now)) return []
      const endpoints = cluster.slices(namespace, name).flatMap((slice) => list(slice.endpoints))
      // Absent means ready: `conditions.ready` is to be taken for true where it is not known.
      if (endpoints.some(({ conditions }) => conditions?.ready !== false)) return []
      const labels = selector.map(([key, value]) => `${key}=${value}`).join(', ')
      const any = endpoints.length > 0 || cluster.hasPods(namespace, selector)
      return [
        {
          cause: any
            ? 'The Service selects pods, but none of them is ready.'
            : 'No pod matches the selector of the Service: the selector is wrong, or the workload has no pods.',
          evidence: [
            { field: 'spec.selector', value: labels },
            ...(endpoints.length > 0
              ? [{ of: `EndpointSlice/${name}`, field: 'endpoints (not ready)', value: endpoints.length }]
              : []),
          ],
        },
      ]
    },
  }),
  defineIssue({
    id: 'load_balancer_pending',
    title: 'Service gets no load balancer',
    severity: 'warning',
    of: ['Service'],
    detection: 'A Service of type LoadBalancer, older than five minutes, has no address.',
    fields: ['spec.type', 'spec.loadBalancerClass', 'events[].message'],
    cause: 'No load balancer was made for the Service: nothing in the cluster makes them, or it has no address left.',
    next: {
      tool: 'list_events',
      text: 'Read the events of the Service, and check whether a cloud controller or a load balancer such as MetalLB runs.',
    },
    detect({ raw, events }, { now }) {
      const created = time(raw.metadata?.creationTimestamp) ?? 0
      if (raw.spec?.type !== 'LoadBalancer' || now - created <= FIRST_ADDRESS) return []
      if (list(raw.status?.loadBalancer?.ingress).length > 0) return []
      const failure = events.find(({ reason }) => /^(SyncLoadBalancerFailed|AllocationFailed)$|^Failed/.test(reason))
      const its = text(raw.spec.loadBalancerClass)
      return [
        {
          ...(failure && {
            cause: 'The load balancer could not be made. The evidence contains the message of its controller.',
          }),
          evidence: [
            { field: 'spec.type', value: 'LoadBalancer' },
            ...(its === '' ? [] : [{ field: 'spec.loadBalancerClass', value: its }]),
            ...(failure ? [eventEvidence(failure, { quote: true })] : []),
          ],
        },
      ]
    },
  }),
  defineIssue({
    id: 'autoscaler_metrics_missing',
    title: 'Autoscaler gets no metrics',
    severity: 'warning',
    of: ['HorizontalPodAutoscaler'],
    detection:
      'The condition ScalingActive has been false for more than three minutes, and not because the workload is scaled to zero.',
    fields: AUTOSCALER_FIELDS,
    cause: 'The autoscaler cannot read its metric: the metrics API or the metric is missing, or pods have no requests.',
    next: {
      tool: 'get_workload',
      text: 'Check whether the metrics API answers, and whether the containers set requests.',
    },
    detect(autoscaler, { now }) {
      const active = conditionOf(autoscaler.raw.status, 'ScalingActive')
      if (active?.status !== 'False' || active.reason === 'ScalingDisabled') return []
      if (isYoung(autoscaler.raw, now, active)) return []
      return [{ evidence: [...conditionEvidence(autoscaler, 'ScalingActive'), ...replicas(autoscaler)] }]
    },
  }),
  defineIssue({
    id: 'autoscaler_at_max',
    title: 'Autoscaler is at its maximum',
    severity: 'warning',
    of: ['HorizontalPodAutoscaler'],
    detection:
      'The condition ScalingLimited has been true with the reason TooManyReplicas for more than three minutes.',
    fields: AUTOSCALER_FIELDS,
    cause: 'The metric calls for more pods than the maximum of the autoscaler.',
    next: {
      tool: 'get_workload',
      text: 'Check whether the load is expected. Then raise the maximum, or increase the capacity of each pod.',
      remediation: 'scale',
    },
    detect(autoscaler, { now }) {
      const limited = conditionOf(autoscaler.raw.status, 'ScalingLimited')
      if (limited?.status !== 'True' || limited.reason !== 'TooManyReplicas') return []
      if (isYoung(autoscaler.raw, now, limited)) return []
      return [{ evidence: [...conditionEvidence(autoscaler, 'ScalingLimited'), ...replicas(autoscaler)] }]
    },
  }),
  defineIssue({
    id: 'autoscaler_unable',
    title: 'Autoscaler cannot scale its target',
    severity: 'warning',
    of: ['HorizontalPodAutoscaler'],
    detection: 'The condition AbleToScale has been false for more than three minutes.',
    fields: [...AUTOSCALER_FIELDS, 'spec.scaleTargetRef'],
    cause: 'The target of the autoscaler does not exist, cannot be scaled, or has two autoscalers.',
    next: {
      tool: 'list_workloads',
      text: 'Compare the target of the autoscaler with the existing workloads.',
    },
    detect(autoscaler, { now }) {
      const able = conditionOf(autoscaler.raw.status, 'AbleToScale')
      if (able?.status !== 'False' || isYoung(autoscaler.raw, now, able)) return []
      const { kind, name } = autoscaler.raw.spec?.scaleTargetRef ?? {}
      const target = { field: 'spec.scaleTargetRef', value: `${text(kind)}/${text(name)}` }
      return [{ evidence: [...conditionEvidence(autoscaler, 'AbleToScale'), target] }]
    },
  }),
  defineIssue({
    id: 'budget_blocks_eviction',
    title: 'Disruption budget allows no eviction',
    severity: 'warning',
    of: ['PodDisruptionBudget'],
    detection: 'A PodDisruptionBudget that covers pods, and is older than three minutes, allows no disruption.',
    fields: ['status.disruptionsAllowed', 'status.expectedPods', 'status.currentHealthy', 'status.desiredHealthy'],
    cause: 'No pod of the budget can be evicted, so its nodes cannot be drained.',
    next: {
      tool: 'list_pods',
      text: 'Diagnose the pods of the budget that are not ready. If all are ready, the budget requires as many pods as exist.',
      remediation: 'scale',
    },
    detect({ raw }, { now }) {
      const { status } = raw
      const expected = number(status?.expectedPods) ?? 0
      if (number(status?.disruptionsAllowed) !== 0 || expected === 0 || isYoung(raw, now)) return []
      const healthy = number(status?.currentHealthy) ?? 0
      const desired = number(status?.desiredHealthy) ?? 0
      return [
        {
          cause:
            desired >= expected
              ? 'The budget requires as many healthy pods as exist, so it never allows an eviction.'
              : 'Too few pods of the budget are healthy, so none can be evicted.',
          evidence: [
            { field: 'status.disruptionsAllowed', value: 0 },
            { field: 'status.expectedPods', value: expected },
            { field: 'status.currentHealthy', value: healthy },
            { field: 'status.desiredHealthy', value: desired },
          ],
        },
      ]
    },
  }),
]
