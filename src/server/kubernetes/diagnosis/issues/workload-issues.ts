// Finds Deployments, ReplicaSets, StatefulSets and DaemonSets with too few pods.
import { number, text, time } from '../field.ts'
import type { Evidence } from '../finding.ts'
import { defineIssue } from '../issue-rule.ts'
import { conditionOf, controllerOf } from '../object-view.ts'

/** A Deployment that has just been made has no available pod yet. */
const PATIENCE = 60_000

function counts(object: object | undefined, base: string, fields: readonly string[]): readonly Evidence[] {
  const members = object as Readonly<Record<string, number | undefined>> | undefined
  return fields.flatMap((field) => {
    const value = number(members?.[field])
    return value === undefined ? [] : [{ field: `${base}.${field}`, value }]
  })
}

export const workloadIssues = [
  defineIssue({
    id: 'rollout_stuck',
    title: 'Rollout makes no progress',
    severity: 'critical',
    of: ['Deployment'],
    detection: 'The condition Progressing of a Deployment is false with the reason ProgressDeadlineExceeded.',
    fields: [
      'status.conditions[].reason',
      'status.updatedReplicas',
      'status.availableReplicas',
      'status.unavailableReplicas',
      'spec.replicas',
    ],
    cause: 'The pods of the new revision do not become available within the progress deadline.',
    next: {
      tool: 'diagnose_workload',
      text: 'Diagnose the workload: the findings of its newest pods give the reason. If the previous revision worked, roll back to it.',
      remediation: 'rollback',
    },
    explains: ['deployment_unavailable'],
    detect({ raw: { spec, status } }) {
      if (conditionOf(status, 'Progressing')?.reason !== 'ProgressDeadlineExceeded') return []
      return [
        {
          evidence: [
            { field: 'status.conditions[type=Progressing].reason', value: 'ProgressDeadlineExceeded' },
            ...counts(spec, 'spec', ['replicas']),
            ...counts(status, 'status', ['updatedReplicas', 'availableReplicas', 'unavailableReplicas']),
          ],
        },
      ]
    },
  }),
  defineIssue({
    id: 'deployment_unavailable',
    title: 'Deployment has too few available pods',
    severity: 'critical',
    of: ['Deployment'],
    detection:
      'The condition Available of a Deployment with more than 0 replicas has been false for more than a minute.',
    fields: ['status.conditions[].reason', 'status.availableReplicas', 'status.unavailableReplicas', 'spec.replicas'],
    cause: 'The Deployment has fewer available pods than its required minimum.',
    next: {
      tool: 'diagnose_workload',
      text: 'Diagnose the workload: the findings of its pods give the reason.',
      remediation: 'rollback',
    },
    detect({ raw: { spec, status } }, { now }) {
      const available = conditionOf(status, 'Available')
      const since = now - (time(available?.lastTransitionTime) ?? 0)
      if (available?.status !== 'False' || spec?.replicas === 0 || since <= PATIENCE) return []
      return [
        {
          evidence: [
            { field: 'status.conditions[type=Available].reason', value: text(available.reason) },
            ...counts(spec, 'spec', ['replicas']),
            ...counts(status, 'status', ['availableReplicas', 'unavailableReplicas']),
          ],
        },
      ]
    },
  }),
  defineIssue({
    id: 'replicaset_unavailable',
    title: 'ReplicaSet has too few ready pods',
    severity: 'warning',
    of: ['ReplicaSet'],
    detection: 'A ReplicaSet without a Deployment has fewer ready pods than desired.',
    fields: ['spec.replicas', 'status.replicas', 'status.readyReplicas'],
    cause: 'Pods of the ReplicaSet are not ready or were not created.',
    next: { tool: 'list_pods', text: 'Diagnose the pods that are not ready.' },
    detect({ raw }) {
      const wanted = number(raw.spec?.replicas) ?? 1
      const ready = number(raw.status?.readyReplicas) ?? 0
      if (controllerOf(raw) !== undefined || ready >= wanted || raw.status === undefined) return []
      return [
        {
          evidence: [
            ...counts(raw.spec, 'spec', ['replicas']),
            ...counts(raw.status, 'status', ['replicas']),
            { field: 'status.readyReplicas', value: ready },
          ],
        },
      ]
    },
  }),
  defineIssue({
    id: 'statefulset_unavailable',
    title: 'StatefulSet has too few ready pods',
    severity: 'warning',
    of: ['StatefulSet'],
    detection: 'A StatefulSet has fewer ready pods than desired.',
    fields: [
      'spec.replicas',
      'status.readyReplicas',
      'status.updatedReplicas',
      'status.currentRevision',
      'status.updateRevision',
    ],
    cause: 'A pod of the StatefulSet is not ready. The pods after it, and any update, wait for it.',
    next: {
      tool: 'diagnose_workload',
      text: 'Diagnose the workload, starting with the lowest-numbered pod that is not ready. To recover from a broken update, also delete the broken pod.',
      remediation: 'rollback',
    },
    detect({ raw: { spec, status } }) {
      const wanted = number(spec?.replicas) ?? 1
      const ready = number(status?.readyReplicas) ?? 0
      if (status === undefined || status === null || ready >= wanted) return []
      const updating = text(status.updateRevision) !== '' && status.updateRevision !== status.currentRevision
      return [
        {
          evidence: [
            { field: 'spec.replicas', value: wanted },
            { field: 'status.readyReplicas', value: ready },
            ...counts(status, 'status', ['updatedReplicas']),
            ...(updating ? [{ field: 'status.updateRevision', value: text(status.updateRevision) }] : []),
          ],
        },
      ]
    },
  }),
  defineIssue({
    id: 'daemonset_unavailable',
    title: 'DaemonSet is missing on nodes',
    severity: 'warning',
    of: ['DaemonSet'],
    detection: 'A DaemonSet has fewer available pods than desired.',
    fields: [
      'status.desiredNumberScheduled',
      'status.currentNumberScheduled',
      'status.numberAvailable',
      'status.numberUnavailable',
      'status.numberMisscheduled',
    ],
    cause: 'On some nodes, the pod of the DaemonSet is not ready or does not fit.',
    next: {
      tool: 'diagnose_workload',
      text: 'Diagnose the workload: the findings of its pods give the nodes and the reason.',
    },
    detect({ raw: { status } }) {
      const wanted = number(status?.desiredNumberScheduled) ?? 0
      const available = number(status?.numberAvailable) ?? 0
      if (available >= wanted) return []
      const shown = ['currentNumberScheduled', 'numberUnavailable', 'numberMisscheduled']
      return [
        {
          evidence: [
            { field: 'status.desiredNumberScheduled', value: wanted },
            { field: 'status.numberAvailable', value: available },
            ...counts(status, 'status', shown),
          ],
        },
      ]
    },
  }),
]
