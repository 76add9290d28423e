// Pods that get no node.
import type { ClusterView } from '../cluster-view.ts'
import { eventEvidence } from '../event-view.ts'
import { list, text, time } from '../field.ts'
import type { Detection, Evidence, NextStep } from '../finding.ts'
import type { IssueRule } from '../issue-rule.ts'
import { defineIssue } from '../issue-rule.ts'
import { conditionOf } from '../object-view.ts'
import type { PodView } from '../pod-view.ts'
import { eventsOf } from '../pod-view.ts'
import type { SchedulingCause } from './scheduling-reasons.ts'
import { lackingResources, schedulingReasons } from './scheduling-reasons.ts'

const FIELDS = [
  'status.conditions[].reason',
  'status.conditions[].message',
  'events[].message',
  'PersistentVolumeClaim: status.phase',
]
const MISSING_CLAIM = /persistentvolumeclaim "([^"]{1,253})" (not found|is being deleted)/

/** What the scheduler said of a pod that has no node: by its condition, or by the latest event where there is none. */
function refusal(pod: PodView): { readonly message: string; readonly evidence: readonly Evidence[] } | undefined {
  if (pod.node !== '' || (pod.phase !== 'Pending' && pod.phase !== '')) return undefined
  const condition = conditionOf(pod.raw.status, 'PodScheduled')
  if (condition?.status === 'False' && condition.reason !== 'SchedulingGated') {
    const path = 'status.conditions[type=PodScheduled]'
    const message = text(condition.message)
    const reason = text(condition.reason)
    const evidence = [
      ...(reason === '' ? [] : [{ field: `${path}.reason`, value: reason }]),
      ...(message === '' ? [] : [{ field: `${path}.message`, value: message }]),
    ]
    if (evidence.length > 0) return { message, evidence }
  }
  const [event] = eventsOf(pod, 'FailedScheduling')
  return event && { message: event.message, evidence: [eventEvidence(event, { quote: true })] }
}

/** What dynamic resource allocation waits for before it looks at nodes. */
const MISSING_RESOURCE_CLAIM =
  /resourceclaim(template)?(\.resource\.k8s\.io)? "[^"]{1,253}" not found|ResourceClaim not created yet|waiting for dynamic resource controller to create the resourceclaim/i

type Cause = SchedulingCause | 'claim' | 'resource claim'

function mainCause(message: string): Cause {
  if (MISSING_RESOURCE_CLAIM.test(message)) return 'resource claim'
  return MISSING_CLAIM.test(message) ? 'claim' : (schedulingReasons(message)[0]?.cause ?? 'other')
}

function claimEvidence(pod: PodView, cluster: ClusterView): readonly Evidence[] {
  return list(pod.raw.spec?.volumes).flatMap((volume) => {
    const name = text(volume.persistentVolumeClaim?.claimName)
    const phase = text(cluster.claim(pod.namespace, name)?.status?.phase)
    return phase === '' || phase === 'Bound'
      ? []
      : [{ of: `PersistentVolumeClaim/${name}`, field: 'status.phase', value: phase }]
  })
}

function causeText(cause: Cause, text: string, message: string): string {
  const lacking = cause === 'resources' ? lackingResources(message) : []
  return lacking.length === 0
    ? text
    : `The pod requests more than any node that fits has left of: ${lacking.join(', ')}.`
}

function unschedulable(
  cause: Cause,
  issue: Pick<IssueRule, 'id' | 'title' | 'cause'>,
  said: string,
  next: NextStep,
): IssueRule {
  return defineIssue({
    ...issue,
    severity: 'critical',
    of: ['Pod'],
    detection: `A pod has no node, and its condition PodScheduled or the latest event FailedScheduling says ${said}.`,
    fields: FIELDS,
    next,
    detect(pod, cluster): Detection[] {
      const refused = refusal(pod)
      if (refused === undefined || mainCause(refused.message) !== cause) return []
      const claims = cause === 'volume' || cause === 'claim' ? claimEvidence(pod, cluster) : []
      const reasons = cause === 'claim' || cause === 'resource claim' ? [] : schedulingReasons(refused.message).slice(1)
      const also = reasons.filter(({ nodes }) => nodes > 0).map((other) => `${other.cause} (${other.nodes} nodes)`)
      return [
        {
          evidence: [...refused.evidence, ...claims],
          cause: [
            causeText(cause, issue.cause, refused.message),
            ...(also.length > 0 ? [`Other nodes are refused for: ${also.join(', ')}.`] : []),
          ].join(' '),
        },
      ]
    },
  })
}

const nodes = (advice: string): NextStep => ({ tool: 'list_nodes', text: advice })

export const schedulingIssues = [
  unschedulable(
    'resources',
    {
      id: 'unschedulable_resources',
      title: 'No node has enough resources',
      cause: 'The pod requests more CPU, memory or other resources than any suitable node has left.',
    },
    'that something is insufficient on nodes that nothing before excludes',
    {
      ...nodes(
        "Compare the pod's requests with the allocatable resources of the nodes. Lower the requests, scale down another workload, or add a node.",
      ),
      remediation: 'scale',
    },
  ),
  unschedulable(
    'taint',
    {
      id: 'unschedulable_taint',
      title: 'Nodes have taints that the pod does not tolerate',
      cause: 'The nodes with enough resources have taints that the pod does not tolerate.',
    },
    'that nodes have an untolerated taint, and nothing that is filtered later; one that it does not name counts only if there is no other reason',
    nodes(
      'Read the taints. A taint that Kubernetes sets (not ready, pressure) means that the node has a problem. A taint that somebody set keeps the pod away on purpose.',
    ),
  ),
  unschedulable(
    'affinity',
    {
      id: 'unschedulable_affinity',
      title: 'No node matches the selector or affinity',
      cause: 'The node selector, node affinity or pod affinity excludes the nodes with enough resources.',
    },
    'that nodes do not match selector or affinity; a selector counts only if there is no other reason',
    nodes("Compare the labels of the nodes with the pod's selector and affinity."),
  ),
  unschedulable(
    'topology',
    {
      id: 'unschedulable_topology',
      title: 'Spread constraints cannot be met',
      cause:
        'A required topology spread constraint excludes all nodes: a zone has too few resources, or nodes lack the label.',
    },
    'that most nodes do not match topology spread constraints',
    nodes(
      'Check the zones and labels of the nodes. Make the constraint a preference, or free resources in the zone that lacks them.',
    ),
  ),
  unschedulable(
    'ports',
    {
      id: 'unschedulable_ports',
      title: 'Host port is in use',
      cause: 'The pod requests a host port that another pod already uses on every suitable node.',
    },
    'that most nodes have no free ports',
    nodes('Remove the host port, or run at most as many of these pods as there are nodes.'),
  ),
  unschedulable(
    'volume',
    {
      id: 'unschedulable_volume',
      title: 'Volume prevents scheduling',
      cause:
        'A claim of the pod is not bound, its volume is only available on other nodes, or the nodes have reached their volume limit.',
    },
    'that claims are not bound or that volumes are not usable on most nodes',
    {
      tool: 'diagnose_namespace',
      text: 'Diagnose the namespace: the finding of the claim says why it is not bound.',
    },
  ),
  unschedulable(
    'claim',
    {
      id: 'claim_missing',
      title: 'PersistentVolumeClaim is missing',
      cause: 'The pod refers to a claim that does not exist in its namespace or is being deleted.',
    },
    'that a PersistentVolumeClaim was not found',
    { tool: 'get_pod', text: 'Create the claim, or correct its name in the workload.' },
  ),
  unschedulable(
    'resource claim',
    {
      id: 'resource_claim_missing',
      title: 'ResourceClaim is missing',
      cause: 'The pod refers to a ResourceClaim or a template that does not exist, or that no controller has made yet.',
    },
    'that a ResourceClaim or its template was not found or not made yet',
    { tool: 'get_pod', text: 'Create the claim or the template, or correct its name in the workload.' },
  ),
  unschedulable(
    'cordoned',
    {
      id: 'unschedulable_cordoned',
      title: 'Nodes are cordoned',
      cause: 'The suitable nodes are marked as unschedulable, for example during a drain.',
    },
    'that nodes were unschedulable, and nothing that is filtered later',
    nodes('Check which nodes are cordoned. An aborted drain leaves nodes cordoned.'),
  ),
  unschedulable(
    'other',
    {
      id: 'unschedulable',
      title: 'Pod cannot be scheduled',
      cause: 'The scheduler finds no node, for a reason that is not in this list. The evidence contains its message.',
    },
    'none of the known causes',
    nodes('Read the scheduler message and compare it with the nodes.'),
  ),
  defineIssue({
    id: 'awaiting_preemption',
    title: 'Pod waits for preemption',
    severity: 'info',
    of: ['Pod'],
    detection:
      'A pod has no node, and the scheduler has nominated a node on which it is preempting pods with lower priority.',
    fields: ['status.nominatedNodeName', ...FIELDS],
    cause: 'The scheduler is evicting pods with lower priority to make room for this pod.',
    next: nodes(
      'Wait for the grace period of the evicted pods. If it takes longer, one of them is stuck in termination.',
    ),
    explains: [
      'unschedulable_resources',
      'unschedulable_taint',
      'unschedulable_affinity',
      'unschedulable_topology',
      'unschedulable_ports',
      'unschedulable_volume',
      'unschedulable_cordoned',
      'unschedulable',
    ],
    detect(pod) {
      const nominated = text(pod.raw.status?.nominatedNodeName)
      const refused = refusal(pod)
      if (nominated === '' || refused === undefined) return []
      return [{ evidence: [{ field: 'status.nominatedNodeName', value: nominated }, ...refused.evidence] }]
    },
  }),
  defineIssue({
    id: 'scheduling_gated',
    title: 'Scheduling is held back by a gate',
    severity: 'info',
    of: ['Pod'],
    detection: 'The condition PodScheduled is false with the reason SchedulingGated.',
    fields: ['spec.schedulingGates[].name', 'status.conditions[].reason'],
    cause: 'The pod has scheduling gates that their owner has not removed: a queue, a quota or another controller.',
    next: {
      tool: 'get_pod',
      text: 'Find the controller that owns the gate by the name of the gate, and check what it waits for.',
    },
    detect(pod) {
      if (conditionOf(pod.raw.status, 'PodScheduled')?.reason !== 'SchedulingGated') return []
      const gates = list(pod.raw.spec?.schedulingGates).map(({ name }) => text(name))
      return [
        {
          evidence: [
            { field: 'status.conditions[type=PodScheduled].reason', value: 'SchedulingGated' },
            ...gates.map((name) => ({ field: `spec.schedulingGates[name=${name}].name`, value: name })),
          ],
        },
      ]
    },
  }),
  defineIssue({
    id: 'scheduler_silent',
    title: 'No scheduler has processed the pod',
    severity: 'warning',
    of: ['Pod'],
    detection:
      'A pod has been pending for more than five minutes without a node, and neither a condition nor an event says why.',
    fields: ['spec.schedulerName', 'status.phase'],
    cause: 'The scheduler that the pod names does not run, or has not processed the pod yet.',
    next: { tool: 'get_pod', text: 'Check which scheduler the pod names, and whether that scheduler runs.' },
    detect(pod, cluster) {
      const created = time(pod.raw.metadata?.creationTimestamp)
      const scheduled = conditionOf(pod.raw.status, 'PodScheduled')
      if (pod.node !== '' || pod.phase !== 'Pending' || scheduled !== undefined || refusal(pod) !== undefined) return []
      if (created === undefined || cluster.now - created < 5 * 60_000) return []
      const name = text(pod.raw.spec?.schedulerName) || 'default-scheduler'
      return [
        {
          evidence: [
            { field: 'status.phase', value: 'Pending' },
            { field: 'spec.schedulerName', value: name },
          ],
        },
      ]
    },
  }),
]
