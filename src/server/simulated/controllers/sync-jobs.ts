// Simulates the Job and CronJob controllers.
import { isDeepStrictEqual } from 'node:util'
import type { V1CronJob, V1Job, V1PodTemplateSpec } from '@kubernetes/client-node'
import type { Stored } from '../served-resources.ts'
import type { Wire } from '../wire.ts'
import { wireTime } from '../wire.ts'
import type { ControlledCluster } from './controlled-cluster.ts'
import {
  childrenOf,
  createdAt,
  isActive,
  isReady,
  metadataOf,
  ownerReferenceTo,
  tellEvent,
} from './controlled-cluster.ts'
import { makePod } from './make-pods.ts'

export function syncJobs(view: ControlledCluster): void {
  for (const cronJob of view.store.list('cronjobs')) startFirstRun(view, cronJob)
  for (const job of view.store.list('jobs')) syncJob(view, job)
}

/** One run, when the CronJob is new: no schedule is kept. */
function startFirstRun(view: ControlledCluster, cronJob: Stored<'cronjobs'>): void {
  if (cronJob.spec?.suspend || cronJob.status?.lastScheduleTime !== undefined) return
  const { name, namespace } = metadataOf(cronJob)
  const at = view.now()
  view.store.create('jobs', {
    metadata: {
      name: `${name}-${Math.floor(at / 60_000)}`,
      namespace,
      creationTimestamp: wireTime(at),
      ownerReferences: ownerReferenceTo('cronjobs', cronJob),
    },
    spec: { backoffLimit: 6, ...cronJob.spec?.jobTemplate.spec },
    status: {},
  } as Wire<V1Job>)
  const status = { lastScheduleTime: wireTime(at), lastSuccessfulTime: wireTime(at + 30_000) }
  view.store.update('cronjobs', { ...cronJob, status } as Wire<V1CronJob>)
}

function syncJob(view: ControlledCluster, job: Stored<'jobs'>): void {
  if (job.spec?.suspend || finished(job)) return
  const { name, namespace } = metadataOf(job)
  const pods = childrenOf(view, 'pods', job)
  const active = pods.filter(isActive).length
  const failed = pods.filter(({ status }) => status?.phase === 'Failed')
  const succeeded = pods.filter(({ status }) => status?.phase === 'Succeeded')
  const limit = job.spec?.backoffLimit ?? 6
  const complete = succeeded.length >= (job.spec?.completions ?? 1)
  const exhausted = failed.length > limit
  if (!complete && !exhausted && active === 0) {
    makePod(view, {
      resource: 'jobs',
      owner: job,
      template: job.spec?.template as Wire<V1PodTemplateSpec>,
      labels: { 'batch.kubernetes.io/job-name': name, 'job-name': name },
    })
    return
  }
  const at = wireTime(view.now())
  const end = complete
    ? [
        {
          type: 'Complete',
          status: 'True',
          reason: 'CompletionsReached',
          message: 'Reached expected number of succeeded pods',
        },
      ]
    : exhausted
      ? [
          {
            type: 'Failed',
            status: 'True',
            reason: 'BackoffLimitExceeded',
            message: 'Job has reached the specified backoff limit',
          },
        ]
      : []
  const status = {
    startTime: job.metadata.creationTimestamp,
    ...(active > 0 && { active }),
    ready: pods.filter((pod) => isActive(pod) && isReady(pod)).length,
    ...(failed.length > 0 && { failed: failed.length }),
    ...(succeeded.length > 0 && { succeeded: succeeded.length }),
    ...(complete && { completionTime: at }),
    conditions: end.map((condition) => ({ ...condition, lastProbeTime: at, lastTransitionTime: at })),
  }
  if (isDeepStrictEqual(status, job.status)) return
  view.store.update('jobs', { ...view.store.get('jobs', namespace, name), status } as Wire<V1Job>)
  for (const { reason, message, type } of end) {
    tellEvent(view, 'jobs', job, {
      type: type === 'Failed' ? 'Warning' : 'Normal',
      reason: type === 'Failed' ? reason : 'Completed',
      message: type === 'Failed' ? message : 'Job completed',
      component: 'job-controller',
      firstAt: Math.max(createdAt(job), view.now()),
    })
  }
}

function finished({ status }: Stored<'jobs'>): boolean {
  return (
    status?.conditions?.some(
      ({ type, status: holds }) => (type === 'Complete' || type === 'Failed') && holds === 'True',
    ) ?? false
  )
}
