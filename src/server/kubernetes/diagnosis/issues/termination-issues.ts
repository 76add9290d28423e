// Finds pods and namespaces whose deletion is stuck.

import { list, text, texts, time } from '../field.ts'
import type { Evidence } from '../finding.ts'
import { defineIssue } from '../issue-rule.ts'
import { conditionOf } from '../object-view.ts'
import type { PodView } from '../pod-view.ts'

/** After the time that the pod was given, which `deletionTimestamp` already includes. */
const PATIENCE = 60_000
const NAMESPACE_PATIENCE = 5 * 60_000

function isOverdue({ deletedAt }: PodView, now: number): boolean {
  return deletedAt !== undefined && now - deletedAt > PATIENCE
}

/** Done on its node, or never there: what is left of it is what the API holds. */
function isDone({ phase, node, containers }: PodView): boolean {
  return (
    node === '' ||
    phase === 'Succeeded' ||
    phase === 'Failed' ||
    (containers.length > 0 && containers.every(({ state }) => state.phase === 'terminated'))
  )
}

function deletion({ deletedAt }: PodView): Evidence {
  return { field: 'metadata.deletionTimestamp', value: new Date(deletedAt ?? 0).toISOString() }
}

export const terminationIssues = [
  defineIssue({
    id: 'stuck_on_finalizer',
    title: 'Pod deletion waits for a finalizer',
    severity: 'warning',
    of: ['Pod'],
    detection: 'A pod is overdue for deletion by more than a minute, has ended on its node, and has finalizers.',
    fields: ['metadata.deletionTimestamp', 'metadata.finalizers[]'],
    cause: 'The controller that owns the finalizer has not finished its work, or no longer runs.',
    next: {
      tool: 'get_pod',
      text: 'Find the controller by the name of the finalizer. Remove a finalizer only when you know that its controller is permanently gone.',
    },
    explains: ['stuck_terminating', 'node_lost'],
    whileTerminating: true,
    detect(pod, cluster) {
      const finalizers = texts(pod.raw.metadata?.finalizers)
      if (!isOverdue(pod, cluster.now) || !isDone(pod) || finalizers.length === 0) return []
      const held = finalizers.slice(0, 4).map((name) => ({ field: `metadata.finalizers[${name}]`, value: name }))
      return [{ evidence: [deletion(pod), ...held] }]
    },
  }),
  defineIssue({
    id: 'stuck_terminating',
    title: 'Pod does not terminate',
    severity: 'warning',
    of: ['Pod'],
    detection: 'A pod is overdue for deletion by more than a minute and is still on its node.',
    fields: ['metadata.deletionTimestamp', 'spec.nodeName', 'status.containerStatuses[].state'],
    cause:
      'The kubelet has not reported the end of the pod: a process cannot be killed, a volume cannot be unmounted, or the node does not answer.',
    next: {
      tool: 'list_nodes',
      text: 'Check the node of the pod. A forced deletion only removes the pod from the API; its processes may continue to run on the node.',
    },
    whileTerminating: true,
    detect(pod, cluster) {
      if (!isOverdue(pod, cluster.now) || isDone(pod)) return []
      const running = pod.containers.filter(({ state }) => state.phase === 'running').slice(0, 4)
      return [
        {
          evidence: [
            deletion(pod),
            { field: 'spec.nodeName', value: pod.node },
            ...running.map(({ path }) => ({ field: `${path}.state`, value: 'running' })),
          ],
        },
      ]
    },
  }),
  defineIssue({
    id: 'namespace_stuck_terminating',
    title: 'Namespace deletion is stuck',
    severity: 'warning',
    of: ['Namespace'],
    detection: 'A namespace has been terminating for more than five minutes, by its conditions.',
    fields: ['status.phase', 'status.conditions[].reason', 'status.conditions[].message'],
    cause:
      'An object in the namespace has a finalizer that no controller removes, or an aggregated API is down and cannot list its objects.',
    next: { tool: 'diagnose_namespace', text: 'Read the conditions: they name the remaining objects and finalizers.' },
    detect(namespace, cluster) {
      const { status } = namespace.raw
      if (status?.phase !== 'Terminating') return []
      const conditions = list(status.conditions)
        .filter(({ status: holds }) => holds === 'True')
        .filter(({ lastTransitionTime }) => {
          const since = time(lastTransitionTime)
          return since !== undefined && cluster.now - since > NAMESPACE_PATIENCE
        })
      if (conditions.length === 0) return []
      return [
        {
          evidence: [
            { field: 'status.phase', value: 'Terminating' },
            ...conditions.slice(0, 3).flatMap(({ type }) => {
              const { reason, message } = conditionOf(status, type) ?? {}
              const path = `status.conditions[type=${text(type)}]`
              return [
                { field: `${path}.reason`, value: text(reason) },
                { field: `${path}.message`, value: text(message) },
              ]
            }),
          ],
        },
      ]
    },
  }),
]
