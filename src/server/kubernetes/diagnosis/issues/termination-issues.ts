// Pods and namespaces that do not go away.

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
    title: 'Pod is kept by a finalizer',
    severity: 'warning',
    of: ['Pod'],
    detection:
      'A pod should have been gone for more than a minute, does nothing on a node any more, and has finalizers.',
    fields: ['metadata.deletionTimestamp', 'metadata.finalizers[]'],
    cause: 'A controller has asked to be waited for, and has not finished, or does not run any more.',
    next: {
      tool: 'get_pod',
      text: 'Find the controller by the name of the finalizer. Take a finalizer away only when that one is known to be gone for good.',
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
    title: 'Pod does not end',
    severity: 'warning',
    of: ['Pod'],
    detection: 'A pod should have been gone for more than a minute, and is still on its node.',
    fields: ['metadata.deletionTimestamp', 'spec.nodeName', 'status.containerStatuses[].state'],
    cause:
      'The kubelet of its node has not reported that the pod has ended: a process that cannot be killed, a volume that cannot be unmounted, or a node that does not answer.',
    next: {
      tool: 'list_nodes',
      text: 'Look at the node of the pod. Forced deletion only takes the pod out of the API: what runs on the node may go on.',
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
    title: 'Namespace does not go away',
    severity: 'warning',
    of: ['Namespace'],
    detection: 'A namespace has been terminating for more than five minutes, by its conditions.',
    fields: ['status.phase', 'status.conditions[].reason', 'status.conditions[].message'],
    cause:
      'Something in the namespace has a finalizer that nobody clears, or an aggregated API that is down cannot be asked what it holds.',
    next: { tool: 'diagnose_namespace', text: 'Read the conditions: they name what remains, and which finalizers.' },
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
