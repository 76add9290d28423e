// Deployments, ReplicaSets, StatefulSets and DaemonSets that are not what they should be.
import { number, text } from '../field.ts'
import type { Evidence } from '../finding.ts'
import { defineIssue } from '../issue-rule.ts'
import { conditionOf, controllerOf } from '../object-view.ts'
import { isYoung } from './patience.ts'

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
      'The condition Available of a Deployment that is to have pods, and is older than three minutes, has been false for more than three minutes. A warning while a rollout is in progress, within its deadline.',
    fields: ['status.conditions[].reason', 'status.availableReplicas', 'status.unavailableReplicas', 'spec.replicas'],
    cause: 'The Deployment has fewer available pods than its required minimum.',
    next: {
      tool: 'diagnose_workload',
      text: 'Diagnose the workload: the findings of its pods give the reason.',
      remediation: 'rollback',
    },
    detect({ raw }, { now }) {
      const { spec, status } = raw
      const available = conditionOf(status, 'Available')
      if (available?.status !== 'False' || spec?.replicas === 0 || isYoung(raw, now, available)) return []
      const progressing = conditionOf(status, 'Progressing')
      // The condition stays true after a finished rollout.
      const inProgress = progressing?.status === 'True' && progressing.reason !== 'NewReplicaSetAvailable'
      return [
        {
          ...(inProgress && { severity: 'warning' as const }),
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
    id: 'deployment_paused',
    title: 'Deployment is paused',
    severity: 'info',
    of: ['Deployment'],
    detection: 'A Deployment has paused set.',
    fields: ['spec.paused', 'status.updatedReplicas', 'spec.replicas'],
    cause:
      'A user or a rollout controller has paused the Deployment. Changes of its template reach no pod until it is resumed.',
    next: { tool: 'get_workload', text: 'Find out who paused it, and resume it with `kubectl rollout resume`.' },
    detect({ raw: { spec, status } }) {
      if (spec?.paused !== true) return []
      return [
        {
          evidence: [
            { field: 'spec.paused', value: true },
            ...counts(spec, 'spec', ['replicas']),
            ...counts(status, 'status', ['updatedReplicas']),
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
    detection:
      'A ReplicaSet that no Deployment owns, and that is older than three minutes, has fewer ready pods than it is to have.',
    fields: ['spec.replicas', 'status.replicas', 'status.readyReplicas'],
    cause: 'Pods of the ReplicaSet are not ready or were not created.',
    next: { tool: 'list_pods', text: 'Diagnose the pods that are not ready.' },
    detect({ raw }, { now }) {
      const wanted = number(raw.spec?.replicas) ?? 1
      const ready = number(raw.status?.readyReplicas) ?? 0
      if (controllerOf(raw) !== undefined || ready >= wanted || raw.status === undefined || isYoung(raw, now)) return []
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
    detection: 'A StatefulSet that is older than three minutes has fewer ready pods than it is to have.',
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
    detect({ raw }, { now }) {
      const { spec, status } = raw
      const wanted = number(spec?.replicas) ?? 1
      const ready = number(status?.readyReplicas) ?? 0
      if (status === undefined || status === null || ready >= wanted || isYoung(raw, now)) return []
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
    detection: 'A DaemonSet that is older than three minutes has fewer available pods than nodes that it is to run on.',
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
    detect({ raw }, { now }) {
      const { status } = raw
      const wanted = number(status?.desiredNumberScheduled) ?? 0
      const available = number(status?.numberAvailable) ?? 0
      if (available >= wanted || isYoung(raw, now)) return []
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
