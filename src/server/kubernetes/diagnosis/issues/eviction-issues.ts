// Pods that were ended from outside: by the kubelet for its node, by the scheduler for another pod, by a taint.
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
      cause: 'The node ran out of memory, and the kubelet ended pods that used more than they had requested.',
      next: {
        tool: 'list_nodes',
        text: "Compare the pod's request with what it uses: a request that is too low lets too many pods onto the node.",
        remediation: 'delete_pod',
      },
    },
    'that the node was low on memory',
  ),
  evicted(
    'storage',
    {
      id: 'evicted_storage',
      title: 'Evicted for local storage',
      cause:
        'The pod used more ephemeral storage than its limit, or the disk of the node was full: logs, emptyDir volumes, images.',
      next: {
        tool: 'get_pod',
        text: 'See what the pod writes to its own file system and to emptyDir volumes, and whether the node has disk pressure.',
        remediation: 'delete_pod',
      },
    },
    'that a limit on ephemeral storage was passed, or that the disk of the node was full',
  ),
  evicted(
    'pressure',
    {
      id: 'evicted_node_pressure',
      title: 'Evicted because the node was under pressure',
      cause: 'The node was short of something other than memory and disk, such as process ids.',
      next: {
        tool: 'list_nodes',
        text: 'Look at the conditions of the node, and at what else runs there.',
        remediation: 'delete_pod',
      },
    },
    'something else',
  ),
  defineIssue({
    id: 'evicted_taint',
    title: 'Ended by a taint of its node',
    severity: 'warning',
    of: ['Pod'],
    detection: 'The condition DisruptionTarget is true with the reason DeletionByTaintManager.',
    fields: [...FIELDS],
    cause: 'The node got a taint that evicts, and the pod does not tolerate it, or not for longer.',
    next: {
      tool: 'list_nodes',
      text: 'Read the taints of the node; "not-ready" and "unreachable" are the trouble of the node.',
    },
    whileTerminating: true,
    detect: (pod) => disrupted(pod, 'DeletionByTaintManager'),
  }),
  defineIssue({
    id: 'preempted',
    title: 'Ended to make room for a pod of higher priority',
    severity: 'warning',
    of: ['Pod'],
    detection:
      'The condition DisruptionTarget is true with the reason PreemptionByScheduler; or the pod has failed with the reason Preempting.',
    fields: [...FIELDS],
    cause: 'The scheduler or the kubelet ended the pod because one of higher priority needed its place.',
    next: { tool: 'list_nodes', text: 'Give the pod a priority that says how much it matters, or make more room.' },
    whileTerminating: true,
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
    detection:
      'The reason of the pod is NodeLost; or its node reports nothing (condition Ready unknown); or the pod was taken away because its node is gone (DisruptionTarget with DeletionByPodGC).',
    fields: [...FIELDS, 'Node: status.conditions[].status'],
    cause: 'The node stopped reporting: it is down, cut off, or deleted. What the pod does there is unknown.',
    next: {
      tool: 'list_nodes',
      text: 'See whether the node comes back. Only when it is known to be off is it safe to start a pod with state elsewhere.',
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
    title: 'Ended because its node was shut down',
    severity: 'warning',
    of: ['Pod'],
    detection:
      'A pod has failed with the reason Terminated or NodeShutdown, or with DisruptionTarget true, the reason TerminationByKubelet and no eviction.',
    fields: [...FIELDS],
    cause: 'The node was shut down in order, and the kubelet ended its pods first.',
    next: {
      tool: 'list_nodes',
      text: 'See whether the node is back; a pod without a controller is not started again.',
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
    title: 'Node refused the pod',
    severity: 'critical',
    of: ['Pod'],
    detection:
      'A pod has failed with a reason of the admission by its kubelet: UnexpectedAdmissionError, NodeAffinity, NodeName, NodePorts, Outof…, TopologyAffinityError, PodOSNotSupported or the like.',
    fields: FIELDS,
    cause:
      'The kubelet of the node did not take the pod: it had no room, devices or labels any more when the pod came.',
    next: {
      tool: 'list_nodes',
      text: 'See what the node lacks; a controller makes a new pod, one without a controller has to be made again.',
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
    title: 'Pod ran for longer than it may',
    severity: 'warning',
    of: ['Pod'],
    detection: 'A pod has failed with the reason DeadlineExceeded.',
    fields: [...FIELDS, 'spec.activeDeadlineSeconds'],
    cause: 'The pod ran for longer than its activeDeadlineSeconds, and was ended.',
    next: {
      tool: 'get_logs',
      text: 'Read the end of the log: did it hang, or does the work take longer than the deadline allows?',
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
