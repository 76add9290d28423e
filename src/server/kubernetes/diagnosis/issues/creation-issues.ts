// Pods that are never made: refusals stand on what owns them, as events FailedCreate.
import type { V1ReplicaSetStatus } from '@kubernetes/client-node'
import type { Controller, ControllerKind } from '../controllers.ts'
import { CONTROLLERS } from '../controllers.ts'
import type { EventView } from '../event-view.ts'
import { eventEvidence } from '../event-view.ts'
import { text } from '../field.ts'
import type { Evidence, IssueId } from '../finding.ts'
import type { IssueRule } from '../issue-rule.ts'
import { defineIssue } from '../issue-rule.ts'
import type { ObjectView } from '../object-view.ts'
import { conditionOf } from '../object-view.ts'
import { lacksPods } from './lacks-pods.ts'

/** A controller tries again less and less often, at most every 16 minutes or so. */
const RECENT = 20 * 60_000

/** The first that fits: Pod Security and webhooks answer "forbidden" as quota does, in words of their own. */
const REFUSALS = [
  [
    'pod_security_denied',
    /violates PodSecurity|unable to validate against any (security context constraint|pod security policy)/i,
  ],
  ['webhook_unavailable', /failed calling webhook|failed to call webhook/],
  ['admission_denied', /admission webhook "[^"]*" denied the request|ValidatingAdmissionPolicy|denied request/],
  ['quota_exceeded', /exceeded quota|failed quota|must specify (limits|requests)|insufficient quota/],
  [
    'limit_range_violation',
    /(maximum|minimum) (cpu|memory|ephemeral-storage|storage|[\w./-]+) (usage|limit to request ratio)|max limit to request ratio|must be less than or equal to/,
  ],
  ['service_account_missing', /error looking up service account|serviceaccount "[^"]{1,253}" not found/],
] as const satisfies readonly (readonly [IssueId, RegExp])[]

type CreationIssue = (typeof REFUSALS)[number][0] | 'pod_create_failed'

function refusalOf(message: string): CreationIssue {
  return REFUSALS.find(([, pattern]) => pattern.test(message))?.[0] ?? 'pod_create_failed'
}

/** Still refused: pods are missing, and the owner says why, or the latest event is fresh and no pod has been made since. */
function refusals(
  owner: ObjectView<ControllerKind>,
  now: number,
): readonly { readonly id: CreationIssue; readonly evidence: Evidence }[] {
  if (!lacksPods(owner as Controller)) return []
  const failed = owner.events.filter(({ reason }) => reason === 'FailedCreate')
  const made = owner.events.find(({ reason }) => reason === 'SuccessfulCreate')?.last ?? 0
  const current = failed.filter(({ last }) => now - last < RECENT && last >= made)
  const condition =
    owner.kind === 'ReplicaSet' ? conditionOf(owner.raw.status as V1ReplicaSetStatus, 'ReplicaFailure') : undefined
  const said = current.map((event: EventView) => ({
    id: refusalOf(event.message),
    evidence: eventEvidence(event, { quote: true }),
  }))
  if (condition?.status !== 'True') return said
  const message = text(condition.message)
  return [
    { id: refusalOf(message), evidence: { field: 'status.conditions[type=ReplicaFailure].message', value: message } },
    ...said,
  ]
}

function creationIssue(id: CreationIssue, said: string, issue: Pick<IssueRule, 'title' | 'cause' | 'next'>): IssueRule {
  return defineIssue({
    id,
    ...issue,
    severity: 'critical',
    of: CONTROLLERS,
    detection: `The controller has fewer pods than desired, and an event FailedCreate of the last 20 minutes or the condition ReplicaFailure says ${said}.`,
    fields: ['events[].message', 'status.conditions[].message'],
    detect(owner, cluster) {
      const fitting = refusals(owner as ObjectView<ControllerKind>, cluster.now).filter((refusal) => refusal.id === id)
      return fitting.length === 0 ? [] : [{ evidence: fitting.slice(0, 2).map(({ evidence }) => evidence) }]
    },
  })
}

export const creationIssues = [
  creationIssue(
    'quota_exceeded',
    'that a quota is exceeded, or that it requires requests or limits that the pod lacks',
    {
      title: 'Quota rejects new pods',
      cause: 'The namespace has used up a quota, or the quota requires requests and limits that the pods do not set.',
      next: {
        tool: 'get_workload',
        text: 'Compare the requests of the pods with the remaining quota. Scale down another workload, or raise the quota.',
        remediation: 'scale',
      },
    },
  ),
  creationIssue('limit_range_violation', 'that a limit is above the maximum, or below the minimum, of the namespace', {
    title: 'LimitRange rejects new pods',
    cause: 'The requests or limits of a container are outside the range that the namespace allows.',
    next: {
      tool: 'get_workload',
      text: 'Set requests and limits within the range that the message names.',
      remediation: 'rollback',
    },
  }),
  creationIssue(
    'pod_security_denied',
    'that they violate Pod Security, or that no security context constraint allows them',
    {
      title: 'Pod Security rejects new pods',
      cause:
        'The pods ask for more than the Pod Security level of the namespace, or the security context constraints of their service account, allow.',
      next: {
        tool: 'get_workload',
        text: 'Set the fields that the message names in the security context of the workload.',
        remediation: 'rollback',
      },
    },
  ),
  creationIssue('admission_denied', 'that an admission webhook or policy denied the pods', {
    title: 'Admission policy rejects new pods',
    cause: 'A policy of the cluster denies the pods. The evidence contains the message of the policy.',
    next: {
      tool: 'get_workload',
      text: 'Change the workload to comply with the policy, or ask the owner of the policy.',
      remediation: 'rollback',
    },
  }),
  creationIssue('webhook_unavailable', 'that an admission webhook could not be called', {
    title: 'Admission webhook does not answer',
    cause: 'A required admission webhook is down, unreachable, or has an invalid certificate.',
    next: {
      tool: 'list_events',
      text: 'Find the service behind the webhook that the message names, and diagnose its namespace.',
    },
  }),
  creationIssue('service_account_missing', 'that the service account is not found', {
    title: 'Service account is missing',
    cause: 'The pods name a service account that does not exist in their namespace.',
    next: { tool: 'get_workload', text: 'Create the service account, or correct its name in the workload.' },
  }),
  creationIssue('pod_create_failed', 'none of the known reasons', {
    title: 'Pods cannot be created',
    cause: 'The API rejects the pods for a reason that is not in this list. The evidence contains its message.',
    next: { tool: 'get_workload', text: 'Read the API message and correct the workload.' },
  }),
]
