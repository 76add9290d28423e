// Finds pods that were ended from outside: evicted, preempted or lost with their node.
import type { ClusterView } from '../cluster-view.ts'
import { number, text } from '../field.ts'
import type { Evidence } from '../finding.ts'
import type { IssueRule } from '../issue-rule.ts'
import { defineIssue } from '../issue-rule.ts'
import { conditionOf, isTrue } from '../object-view.ts'
import type { PodView } from '../pod-view.ts'

const FIELDS = [
  'status.reason',
  'status.message',
  'status.conditions[].reason',
  'spec.nodeName',
  'Node: status.conditions[].status',
]

function failureEvidence(pod: PodView): readonly Evidence[] {
  return [
    ...(pod.reason === '' ? [] : [{ field: 'status.reason', value: pod.reason }]),
    ...(pod.message === '' ? [] : [{ field: 'status.message', value: pod.message }]),
    ...(pod.node === '' ? [] : [{ field: 'spec.nodeName', value: pod.node }]),
  ]
}

/** Ended by a disruption: its condition says by which, also once a controller has taken the pod's other marks away. */
function disruption(pod: PodView): string {
  const condition = conditionOf(pod.raw.status, 'DisruptionTarget')
  return condition?.status === 'True' ? text(condition.reason) : ''
}

const DISRUPTION = 'status.conditions[type=DisruptionTarget].reason'
const DISRUPTION_MESSAGE = 'status.conditions[type=DisruptionTarget].message'

type EvictionCause = 'memory' | 'storage' | 'pressure'

/** Before 1.31 or so the condition was all that a kubelet left of some evictions. */
const LOW_ON_RESOURCE = /low on resource|exceeded (its|the total) local|exceeds the (total )?limit|exceeded quantity/i

/** What was said of an eviction; undefined if the pod was not evicted. */
function evictionMessage(pod: PodView): string | undefined {
  if (pod.phase !== 'Failed') return undefined
  if (pod.reason === 'Evicted') return pod.message
  if (pod.reason !== '' || disruption(pod) !== 'TerminationByKubelet') return undefined
  const message = [pod.message, text(conditionOf(pod.raw.status, 'DisruptionTarget')?.message)].join(' ')
  return LOW_ON_RESOURCE.test(message) ? message : undefined
}

function evictionCause(message: string): EvictionCause {
  if (/ephemeral|disk|imagefs|nodefs|inodes|emptydir/i.test(message)) return 'storage'
  return /memory/i.test(message) ? 'memory' : 'pressure'
}

function evicted(
  cause: EvictionCause,
  issue: Pick<IssueRule, 'id' | 'title' | 'cause' | 'next'>,
  said: string,
): IssueRule {
  return defineIssue({
    ...issue,
    severity: 'critical',
    of: ['Pod'],
    detection: `A pod has failed with the reason Evicted, or its condition DisruptionTarget has the reason TerminationByKubelet and the node was low on a resource, and the message says ${said}.`,
    fields: [...FIELDS, 'status.conditions[].message'],
    explains: ['container_exit_error'],
    detect(pod) {
      const message = evictionMessage(pod)
      if (message === undefined || evictionCause(message) !== cause) return []
      if (pod.reason !== '') return [{ evidence: failureEvidence(pod) }]
      const said = text(conditionOf(pod.raw.status, 'DisruptionTarget')?.message)
      return disrupted(pod, 'TerminationByKubelet').map(({ evidence }) => ({
        evidence: [...evidence, ...(said === '' ? [] : [{ field: DISRUPTION_MESSAGE, value: said }])],
      }))
    },
  })
}

export const evictionIssues = [
  evicted(
    'memory',
    {
      id: 'evicted_memory',
      title: 'Evicted because the node was low on memory',
      cause: 'The node ran out of memory, and the kubelet evicted pods that used more than they had requested.',
      next: {
        tool: 'list_nodes',
        text: "Compare the pod's memory request with its usage. If requests are too low, the scheduler places too many pods on the node.",
        remediation: 'delete_pod',
      },
    },
    'that the node was low on memory',
  ),
  evicted(
    'storage',
    {
      id: 'evicted_storage',
      title: 'Evicted for using too much local storage',
      cause:
        'The pod used more ephemeral storage than its limit, or logs, emptyDir volumes or images filled the disk of the node.',
      next: {
        tool: 'get_pod',
        text: 'Check what the pod writes to its file system and to emptyDir volumes, and whether the node has disk pressure.',
        remediation: 'delete_pod',
      },
    },
    'that an ephemeral storage limit was exceeded or that the disk of the node was full',
  ),
  evicted(
    'pressure',
    {
      id: 'evicted_node_pressure',
      title: 'Evicted because the node was under pressure',
      cause: 'The node ran low on a resource other than memory or disk, such as process IDs.',
      next: {
        tool: 'list_nodes',
        text: 'Check the conditions of the node and the other pods on it.',
        remediation: 'delete_pod',
      },
    },
    'anything else',
  ),
  defineIssue({
    id: 'evicted_taint',
    title: 'Evicted by a taint of its node',
    severity: 'warning',
    of: ['Pod'],
    detection: 'The condition DisruptionTarget is true with the reason DeletionByTaintManager.',
    fields: [...FIELDS],
    cause: 'The node got a NoExecute taint that the pod does not tolerate, or no longer tolerates.',
    next: {
      tool: 'list_nodes',
      text: 'Read the taints of the node. "not-ready" and "unreachable" mean that the node has a problem.',
    },
    whileTerminating: true,
    explains: ['container_exit_error'],
    detect: (pod) => disrupted(pod, 'DeletionByTaintManager'),
  }),
  defineIssue({
    id: 'preempted',
    title: 'Preempted by a pod with higher priority',
    severity: 'warning',
    of: ['Pod'],
    detection:
      'The condition DisruptionTarget is true with the reason PreemptionByScheduler; or the pod has failed with the reason Preempting.',
    fields: [...FIELDS],
    cause: 'The scheduler or the kubelet evicted the pod because a pod with higher priority needed its resources.',
    next: { tool: 'list_nodes', text: 'Give the pod a priority that matches its importance, or add capacity.' },
    whileTerminating: true,
    explains: ['container_exit_error'],
    detect: (pod) =>
      pod.reason === 'Preempting' && pod.phase === 'Failed'
        ? [{ evidence: failureEvidence(pod) }]
        : disrupted(pod, 'PreemptionByScheduler'),
  }),
  defineIssue({
    id: 'node_lost',
    title: 'Node of the pod is lost',
    severity: 'critical',
    of: ['Pod'],
    whileWell: true,
    detection:
      'The reason of the pod is NodeLost; or its node does not report (condition Ready unknown); or the pod was deleted because its node no longer exists (DisruptionTarget with DeletionByPodGC).',
    fields: [...FIELDS, 'Node: status.conditions[].status'],
    cause: 'The node stopped reporting: it is down, disconnected or deleted. The state of the pod is unknown.',
    next: {
      tool: 'list_nodes',
      text: 'Check whether the node comes back. Start a stateful pod on another node only when you know that this node is off.',
    },
    explains: ['readiness_failing', 'stuck_terminating', 'container_exit_error', 'stuck_creating'],
    whileTerminating: true,
    detect(pod, cluster) {
      const evidence = [
        ...(pod.reason === 'NodeLost' && !isServing(pod) ? failureEvidence(pod) : []),
        ...disrupted(pod, 'DeletionByPodGC').flatMap((detection) => detection.evidence),
        ...lostNode(pod, cluster),
      ]
      return evidence.length > 0 ? [{ evidence }] : []
    },
  }),
  defineIssue({
    id: 'node_shutdown',
    title: 'Stopped by a node shutdown',
    severity: 'warning',
    of: ['Pod'],
    detection:
      'A pod has failed with the reason Terminated or NodeShutdown, or with DisruptionTarget true, the reason TerminationByKubelet and no eviction.',
    fields: [...FIELDS],
    cause: 'The node was shut down gracefully, and the kubelet stopped its pods first.',
    next: {
      tool: 'list_nodes',
      text: 'Check whether the node is back. A pod without a controller does not start again.',
      remediation: 'delete_pod',
    },
    explains: ['container_exit_error'],
    detect(pod) {
      // Of a pod that was started again after the shutdown the reason may stay.
      if (pod.phase !== 'Failed') return []
      if (/^(Terminated|NodeShutdown)$/.test(pod.reason)) return [{ evidence: failureEvidence(pod) }]
      return pod.reason === '' && evictionMessage(pod) === undefined ? disrupted(pod, 'TerminationByKubelet') : []
    },
  }),
  defineIssue({
    id: 'kubelet_refused',
    title: 'Node rejected the pod',
    severity: 'critical',
    of: ['Pod'],
    detection:
      'A pod has failed with a reason of kubelet admission, such as UnexpectedAdmissionError, NodeAffinity, NodeName, NodePorts, Outof…, TopologyAffinityError or PodOSNotSupported.',
    fields: FIELDS,
    cause:
      'The kubelet did not admit the pod: the node no longer had the resources, devices or labels when the pod arrived.',
    next: {
      tool: 'list_nodes',
      text: 'Check what the node lacks. A controller creates a new pod; without a controller, create it again yourself.',
      remediation: 'delete_pod',
    },
    detect: (pod) =>
      pod.phase === 'Failed' &&
      /^(UnexpectedAdmissionError|NodeAffinity|NodeName|NodePorts|NodeUnschedulable|TopologyAffinityError|PodOSNotSupported|PodOSSelectorNodeLabelDoesNotMatch|InvalidNodeInfo|AppArmor|SysctlForbidden|O[uU]tOf\w+|Outof\w+)$/.test(
        pod.reason,
      )
        ? [{ evidence: failureEvidence(pod) }]
        : [],
  }),
  defineIssue({
    id: 'deadline_exceeded',
    title: 'Pod exceeded its deadline',
    severity: 'warning',
    of: ['Pod'],
    detection: 'A pod has failed with the reason DeadlineExceeded.',
    fields: [...FIELDS, 'spec.activeDeadlineSeconds'],
    cause: 'The pod ran longer than its activeDeadlineSeconds and was stopped.',
    next: {
      tool: 'get_logs',
      text: 'Read the end of the log to see whether the pod hung or needs more time than the deadline allows.',
    },
    detect(pod) {
      if (pod.phase !== 'Failed' || pod.reason !== 'DeadlineExceeded') return []
      const deadline = number(pod.raw.spec?.activeDeadlineSeconds)
      const limit = deadline !== undefined ? [{ field: 'spec.activeDeadlineSeconds', value: deadline }] : []
      return [{ evidence: [...failureEvidence(pod), ...limit] }]
    },
  }),
]

function disrupted(pod: PodView, reason: string) {
  return disruption(pod) === reason
    ? [{ evidence: [{ field: DISRUPTION, value: reason }, ...failureEvidence(pod)] }]
    : []
}

function isServing(pod: PodView): boolean {
  return pod.phase === 'Running' && isTrue(pod.raw.status, 'Ready')
}

function lostNode(pod: PodView, cluster: ClusterView): readonly Evidence[] {
  if (pod.node === '' || pod.phase === 'Failed') return []
  const node = cluster.node(pod.node)
  return conditionOf(node?.status, 'Ready')?.status === 'Unknown'
    ? [{ of: `Node/${pod.node}`, field: 'status.conditions[type=Ready].status', value: 'Unknown' }]
    : []
}
