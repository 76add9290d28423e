// Jobs that failed, and CronJobs that start none.
import type { ClusterView } from '../cluster-view.ts'
import { containerEvidence } from '../container-view.ts'
import { eventEvidence } from '../event-view.ts'
import { list, number, text, time } from '../field.ts'
import type { Detection, Evidence } from '../finding.ts'
import type { IssueRule } from '../issue-rule.ts'
import { defineIssue } from '../issue-rule.ts'
import { isJobMadeGood } from '../made-good.ts'
import type { ObjectView } from '../object-view.ts'
import { conditionOf, controllerOf } from '../object-view.ts'
import { MINUTE } from './crashing.ts'
import { PATIENCE } from './patience.ts'

const FIELDS = [
  'status.conditions[].reason',
  'status.failed',
  'status.succeeded',
  'spec.backoffLimit',
  'spec.activeDeadlineSeconds',
]
const DAY = 24 * 60 * 60_000
/** One start that is skipped since the Job before still runs is what the concurrency policy asks for. */
const MANY_SKIPPED = 3
/** How long a sidecar may take to end after the work. */
const SIDECAR_END = 5 * MINUTE
/** The CronJob controller looks about every ten seconds. */
const SHORTEST_DEADLINE = 10

/** A failed Job without a CronJob stays a current finding until it is deleted, because nothing shows that it is no longer needed. */
function jobFailure({ raw }: ObjectView<'Job'>, cluster: ClusterView, is: (reason: string) => boolean): Detection[] {
  const { spec, status } = raw
  const failed = conditionOf(status, 'Failed')
  const reason = text(failed?.reason)
  if (failed?.status !== 'True' || !is(reason)) return []
  const numbers: readonly (readonly [string, number | undefined])[] = [
    ['status.failed', number(status?.failed)],
    ['status.succeeded', number(status?.succeeded)],
    ['spec.backoffLimit', number(spec?.backoffLimit)],
    ['spec.activeDeadlineSeconds', number(spec?.activeDeadlineSeconds)],
  ]
  const counts = numbers.flatMap(([field, value]): Evidence[] => (value === undefined ? [] : [{ field, value }]))
  return [
    {
      ...(isJobMadeGood(raw, cluster) && { state: 'recovered' as const }),
      evidence: [{ field: 'status.conditions[type=Failed].reason', value: reason }, ...counts],
    },
  ]
}

function jobIssue(
  issue: Pick<IssueRule, 'id' | 'title' | 'cause'>,
  said: string,
  is: (reason: string) => boolean,
): IssueRule {
  return defineIssue({
    ...issue,
    severity: 'critical',
    of: ['Job'],
    detection: `The condition Failed of a Job is true, ${said}. Recovered: a Job of the same CronJob has succeeded since.`,
    fields: FIELDS,
    next: {
      tool: 'diagnose_workload',
      text: 'Diagnose the Job: the findings and logs of its failed pods give the reason. Then create the Job again.',
    },
    detect: (job, cluster) => jobFailure(job, cluster, is),
  })
}

export const jobIssues = [
  jobIssue(
    {
      id: 'job_backoff_limit',
      title: 'Job failed too often',
      cause: 'The pods of the Job failed more often than its backoff limit allows.',
    },
    'with the reason BackoffLimitExceeded or a reason of the per-index backoff limit',
    (reason) => /^(BackoffLimitExceeded|FailedIndexes|MaxFailedIndexesExceeded)$/.test(reason),
  ),
  jobIssue(
    {
      id: 'job_deadline_exceeded',
      title: 'Job exceeded its deadline',
      cause: 'The Job was active for longer than its activeDeadlineSeconds.',
    },
    'with the reason DeadlineExceeded',
    (reason) => reason === 'DeadlineExceeded',
  ),
  jobIssue(
    {
      id: 'job_failed',
      title: 'Job failed',
      cause:
        'The Job failed because of its own rules, such as a pod failure policy, or for the reason in the evidence.',
    },
    'with another reason',
    (reason) => !/^(BackoffLimitExceeded|FailedIndexes|MaxFailedIndexesExceeded|DeadlineExceeded)$/.test(reason),
  ),
  defineIssue({
    id: 'job_held_by_sidecar',
    title: 'Only a sidecar keeps the pod of a Job running',
    severity: 'warning',
    of: ['Pod'],
    detection:
      'All containers of the pod of a Job have succeeded more than five minutes ago, but for one with the name of a known mesh, log or secret agent, which runs.',
    fields: [
      'status.containerStatuses[].state.terminated.reason',
      'status.containerStatuses[].state.running.startedAt',
    ],
    cause: 'The work is done, but a sidecar that is an ordinary container does not end, so the Job never completes.',
    next: {
      tool: 'get_pod',
      text: 'Make the sidecar an init container with restartPolicy Always, or let the main container tell it to end.',
    },
    detect(pod, { now }) {
      if (controllerOf(pod.raw)?.kind !== 'Job' || pod.phase !== 'Running') return []
      const others = pod.containers.filter(({ role }) => role === 'main')
      const held = pod.containers.filter(
        ({ role, state, path }) =>
          role === 'sidecar' && state.phase === 'running' && path.startsWith('status.container'),
      )
      const done = others.every(
        ({ state }) =>
          state.phase === 'terminated' && state.exitCode === 0 && now - (state.finishedAt ?? now) > SIDECAR_END,
      )
      if (others.length === 0 || held.length === 0 || !done) return []
      return held.map((container) => ({
        container: container.name,
        evidence: [
          containerEvidence(
            container,
            'state.running.startedAt',
            new Date(container.state.startedAt ?? 0).toISOString(),
          ),
          ...others.map((other) => containerEvidence(other, 'state.terminated.reason', other.state.reason)),
        ],
      }))
    },
  }),
  defineIssue({
    id: 'job_suspended',
    title: 'Job is suspended',
    severity: 'info',
    of: ['Job'],
    detection: 'The condition Suspended of a Job is true.',
    fields: ['spec.suspend', 'status.conditions[].reason'],
    cause: 'A user or a queue has suspended the Job. It creates no pods until it is resumed.',
    next: { tool: 'get_workload', text: 'Find out who suspended it. A queueing controller resumes it on its own.' },
    detect({ raw: { spec, status } }) {
      const suspended = conditionOf(status, 'Suspended')
      if (suspended?.status !== 'True' || spec?.suspend !== true) return []
      return [
        {
          evidence: [
            { field: 'spec.suspend', value: true },
            { field: 'status.conditions[type=Suspended].reason', value: text(suspended.reason) },
          ],
        },
      ]
    },
  }),
  defineIssue({
    id: 'cron_job_suspended',
    title: 'CronJob is suspended',
    severity: 'info',
    of: ['CronJob'],
    detection: 'A CronJob has suspend set.',
    fields: ['spec.suspend', 'status.lastScheduleTime'],
    cause: 'A user has suspended the CronJob. It starts no Jobs until it is resumed.',
    next: { tool: 'get_workload', text: 'Find out why it was suspended, and whether the reason still applies.' },
    detect({ raw: { spec, status } }) {
      if (spec?.suspend !== true) return []
      return [{ evidence: [{ field: 'spec.suspend', value: true }, ...lastSchedule(status?.lastScheduleTime)] }]
    },
  }),
  defineIssue({
    id: 'cron_job_not_scheduled',
    title: 'CronJob misses scheduled runs',
    severity: 'warning',
    of: ['CronJob'],
    detection:
      'Within the last day an event says that a start was missed, that too many were, that the schedule cannot be parsed, or three times or more that the Job before still runs; or startingDeadlineSeconds is below ten.',
    fields: ['events[].message', 'spec.startingDeadlineSeconds', 'status.lastScheduleTime'],
    cause:
      'The controller did not start a Job on time: it was down, the starting deadline is too short, or the previous Job was still running.',
    next: {
      tool: 'get_workload',
      text: 'Check the schedule, time zone, concurrency policy and startingDeadlineSeconds, and whether the last Job still runs.',
    },
    detect({ raw: { spec, status }, events }, { now }) {
      if (spec?.suspend === true) return []
      const missed = events
        .filter(
          ({ reason, count }) =>
            /^(MissSchedule|TooManyMissedTimes|FailedNeedsStart|UnparseableSchedule|InvalidSchedule|UnknownTimeZone)$/.test(
              reason,
            ) ||
            (reason === 'JobAlreadyActive' && count >= MANY_SKIPPED),
        )
        .filter(({ last }) => now - last < DAY && last >= (time(status?.lastScheduleTime) ?? 0))
      const deadline = number(spec?.startingDeadlineSeconds)
      const short = deadline !== undefined && deadline < SHORTEST_DEADLINE
      if (missed.length === 0 && !short) return []
      return [
        {
          evidence: [
            ...missed.slice(0, 1).map((event) => eventEvidence(event, { quote: true })),
            ...(short ? [{ field: 'spec.startingDeadlineSeconds', value: deadline }] : []),
            ...lastSchedule(status?.lastScheduleTime),
          ],
          ...(short &&
            missed.length === 0 && {
              cause:
                'The starting deadline is shorter than the ten seconds between two checks of the controller, so it misses runs.',
            }),
        },
      ]
    },
  }),
  defineIssue({
    id: 'cron_job_failing',
    title: 'Last run of the CronJob did not succeed',
    severity: 'warning',
    of: ['CronJob'],
    detection:
      'A CronJob that has succeeded before started a Job more than three minutes ago, after its last success, and no Job of it is active.',
    fields: ['status.lastScheduleTime', 'status.lastSuccessfulTime'],
    cause: 'The last Job of the CronJob failed or was deleted before it ended.',
    next: {
      tool: 'diagnose_workload',
      text: 'Diagnose the CronJob: the findings of its last Job give the reason, as long as that Job is kept.',
    },
    detect({ raw: { spec, status } }, { now }) {
      const [started, succeeded] = [time(status?.lastScheduleTime), time(status?.lastSuccessfulTime)]
      if (spec?.suspend === true || started === undefined || succeeded === undefined) return []
      if (succeeded >= started || list(status?.active).length > 0 || now - started <= PATIENCE) return []
      return [
        {
          evidence: [
            ...lastSchedule(status?.lastScheduleTime),
            { field: 'status.lastSuccessfulTime', value: new Date(succeeded).toISOString() },
          ],
        },
      ]
    },
  }),
]

function lastSchedule(at: Date | undefined): readonly Evidence[] {
  const last = time(at)
  return last === undefined ? [] : [{ field: 'status.lastScheduleTime', value: new Date(last).toISOString() }]
}
