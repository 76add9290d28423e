// Finds nodes with problems.
import { eventEvidence } from '../event-view.ts'
import { list, text, time } from '../field.ts'
import type { IssueRule } from '../issue-rule.ts'
import { defineIssue } from '../issue-rule.ts'
import { conditionOf } from '../object-view.ts'
import { isYoung } from './patience.ts'

const FIELDS = [
  'status.conditions[].status',
  'status.conditions[].reason',
  'status.conditions[].message',
  'status.conditions[].lastTransitionTime',
  'events[].message',
]

function conditionIssue(
  issue: Pick<IssueRule, 'id' | 'title' | 'severity' | 'cause' | 'next'>,
  type: string,
  bad: 'True' | 'False' | 'Unknown',
  events: RegExp = /^$/,
): IssueRule {
  return defineIssue({
    ...issue,
    of: ['Node'],
    detection: `The condition ${type} of a node that is older than three minutes is ${bad.toLowerCase()}.`,
    fields: FIELDS,
    detect(node, { now }) {
      const condition = conditionOf(node.raw.status, type)
      if (condition?.status !== bad || isYoung(node.raw, now)) return []
      const path = `status.conditions[type=${type}]`
      const since = time(condition.lastTransitionTime)
      return [
        {
          evidence: [
            { field: `${path}.status`, value: bad },
            { field: `${path}.reason`, value: text(condition.reason) },
            ...(text(condition.message) === '' ? [] : [{ field: `${path}.message`, value: text(condition.message) }]),
            ...(since === undefined
              ? []
              : [{ field: `${path}.lastTransitionTime`, value: new Date(since).toISOString() }]),
            ...node.events
              .filter(({ reason }) => events.test(reason))
              .slice(0, 1)
              .map((event) => eventEvidence(event, { quote: true })),
          ],
        },
      ]
    },
  })
}

/** Conditions of the node problem detector, and of others in its manner. */
const REPORTED_PROBLEM =
  /^(\w{0,60}(Deadlock|Problem|Error|Hung|Unhealthy)|ReadonlyFilesystem|Frequent\w{1,60}|Corrupt\w{1,60}|XfsShutdown|CperHardwareErrorFatal)$/
const REPORTED_HEALTH = /^(Kernel|Networking|Storage|ContainerRuntime|AcceleratedHardware)Ready$/
const MOST_PROBLEMS = 3

const lookAtPods = (advice: string) => ({ tool: 'list_pods', text: advice })

export const nodeIssues = [
  conditionIssue(
    {
      id: 'node_not_ready',
      title: 'Node is not ready',
      severity: 'critical',
      cause:
        'The kubelet reports that it cannot run pods, because its container runtime or network plugin has a problem.',
      next: {
        tool: 'list_events',
        text: 'Read the message of the condition, and check the runtime and network plugin on the node.',
      },
    },
    'Ready',
    'False',
    /^(NodeNotReady|KubeletSetupFailed|ContainerGCFailed)$/,
  ),
  conditionIssue(
    {
      id: 'node_unreachable',
      title: 'Node does not report',
      severity: 'critical',
      cause: 'The kubelet has stopped reporting: the machine is down or disconnected, or the kubelet has crashed.',
      next: lookAtPods('Check which pods were on the node, and whether the machine is up.'),
    },
    'Ready',
    'Unknown',
    /^NodeNotReady$/,
  ),
  conditionIssue(
    {
      id: 'node_memory_pressure',
      title: 'Node is low on memory',
      severity: 'critical',
      cause: 'Pods on the node use more memory than it has. The kubelet evicts pods that use more than they requested.',
      next: lookAtPods('Look for pods on the node without memory requests or limits.'),
    },
    'MemoryPressure',
    'True',
    /^(SystemOOM|EvictionThresholdMet)$/,
  ),
  conditionIssue(
    {
      id: 'node_disk_pressure',
      title: 'Node is low on disk',
      severity: 'critical',
      cause:
        'Images, logs or emptyDir volumes have filled the disk of the node. The kubelet evicts pods and deletes images.',
      next: lookAtPods(
        'Look for pods on the node that write a lot to their file system, and check the size of its images.',
      ),
    },
    'DiskPressure',
    'True',
    /^(FreeDiskSpaceFailed|ImageGCFailed|EvictionThresholdMet)$/,
  ),
  conditionIssue(
    {
      id: 'node_pid_pressure',
      title: 'Node is low on process IDs',
      severity: 'warning',
      cause: 'Pods on the node have started too many processes or threads.',
      next: lookAtPods(
        'Look for a pod on the node that keeps creating processes, and set a process ID limit for each pod.',
      ),
    },
    'PIDPressure',
    'True',
  ),
  conditionIssue(
    {
      id: 'node_network_unavailable',
      title: 'Network of the node is not set up',
      severity: 'critical',
      cause: 'The network plugin or the cloud routes are not set up for the node.',
      next: lookAtPods('Check whether the pod of the network plugin runs on the node.'),
    },
    'NetworkUnavailable',
    'True',
  ),
  defineIssue({
    id: 'node_problem',
    title: 'Node has a reported problem',
    severity: 'warning',
    of: ['Node'],
    detection:
      'A condition that a problem detector sets on a node, such as KernelDeadlock, ReadonlyFilesystem or FrequentKubeletRestart, is true; or one that such an agent sets for health, such as StorageReady, is false.',
    fields: FIELDS,
    cause: 'A problem detector on the node reports a fault of its kernel, disk, container runtime or hardware.',
    next: lookAtPods('Read the message of the condition. Drain the node, and replace or repair it.'),
    detect({ raw }, { now }) {
      if (isYoung(raw, now)) return []
      const bad = list(raw.status?.conditions).filter(({ type, status }) =>
        status === 'True' ? REPORTED_PROBLEM.test(text(type)) : status === 'False' && REPORTED_HEALTH.test(text(type)),
      )
      return bad.slice(0, MOST_PROBLEMS).map(({ type, status, reason, message }) => ({
        evidence: [
          { field: `status.conditions[type=${type}].status`, value: status },
          { field: `status.conditions[type=${type}].reason`, value: text(reason) },
          ...(text(message) === '' ? [] : [{ field: `status.conditions[type=${type}].message`, value: text(message) }]),
        ],
      }))
    },
  }),
]
