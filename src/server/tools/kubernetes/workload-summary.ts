// Summarizes a workload of any kind for lists.
import type {
  V1CronJob,
  V1DaemonSet,
  V1Deployment,
  V1Job,
  V1PodTemplateSpec,
  V1StatefulSet,
} from '@kubernetes/client-node'
import { z } from 'zod'
import { cleanLine } from './clean-text.ts'
import { ageOf } from './pod-summary.ts'

export const WORKLOADS = {
  Deployment: 'deployments',
  StatefulSet: 'statefulsets',
  DaemonSet: 'daemonsets',
  Job: 'jobs',
  CronJob: 'cronjobs',
} as const

export type ListedKind = keyof typeof WORKLOADS
export const LISTED_KINDS = Object.keys(WORKLOADS) as ListedKind[]

export type Workload = V1Deployment | V1StatefulSet | V1DaemonSet | V1Job | V1CronJob

export const workloadOutput = z.object({
  kind: z.enum(LISTED_KINDS),
  namespace: z.string(),
  name: z.string(),
  ready: z.number().describe('The number of ready pods; for a Job, of succeeded pods.'),
  desired: z.number(),
  status: z.string(),
  healthy: z.boolean(),
  images: z.array(z.string()),
  age_seconds: z.number(),
})

type WorkloadSummary = z.output<typeof workloadOutput>

interface State {
  readonly ready: number
  readonly desired: number
  readonly status: string
  readonly healthy: boolean
}

export function summarizeWorkload(kind: ListedKind, workload: Workload, now: number): WorkloadSummary {
  return {
    kind,
    namespace: workload.metadata?.namespace ?? '',
    name: workload.metadata?.name ?? '',
    ...STATES[kind](workload as never),
    images: (templateOf(kind, workload)?.spec?.containers ?? []).map(({ image = '' }) => cleanLine(image, 300)),
    age_seconds: ageOf(workload, now),
  }
}

export function templateOf(kind: ListedKind, workload: Workload): V1PodTemplateSpec | undefined {
  if (kind === 'CronJob') return (workload as V1CronJob).spec?.jobTemplate?.spec?.template
  return (workload as Exclude<Workload, V1CronJob>).spec?.template
}

/** By kind, from the status that its controller reports. */
const STATES: { readonly [K in ListedKind]: (workload: never) => State } = {
  Deployment({ spec, status }: V1Deployment) {
    const desired = spec?.replicas ?? 1
    const ready = status?.readyReplicas ?? 0
    const failed = (status?.conditions ?? []).find(
      ({ type, status: holds }) =>
        (type === 'Progressing' && holds === 'False') || (type === 'ReplicaFailure' && holds === 'True'),
    )
    const current = (status?.updatedReplicas ?? 0) >= desired && (status?.replicas ?? 0) <= Math.max(desired, 0)
    const healthy = failed === undefined && ready >= desired && current
    return {
      ready,
      desired,
      healthy,
      status: cleanLine(failed?.reason ?? (healthy ? 'Available' : current ? 'Unavailable' : 'Progressing'), 100),
    }
  },
  StatefulSet: ({ spec, status }: V1StatefulSet) => replicated(spec?.replicas ?? 1, status?.readyReplicas ?? 0),
  DaemonSet: ({ status }: V1DaemonSet) => replicated(status?.desiredNumberScheduled ?? 0, status?.numberReady ?? 0),
  Job({ spec, status }: V1Job) {
    const desired = spec?.completions ?? 1
    const ready = status?.succeeded ?? 0
    const failed = (status?.conditions ?? []).find(({ type, status: holds }) => type === 'Failed' && holds === 'True')
    const state = failed?.reason ?? (ready >= desired ? 'Complete' : spec?.suspend ? 'Suspended' : 'Running')
    return { ready, desired, healthy: failed === undefined, status: cleanLine(state, 100) }
  },
  CronJob({ spec, status }: V1CronJob) {
    const active = status?.active?.length ?? 0
    return {
      ready: active,
      desired: active,
      healthy: !spec?.suspend,
      status: spec?.suspend ? 'Suspended' : cleanLine(spec?.schedule ?? '', 100),
    }
  },
}

function replicated(desired: number, ready: number): State {
  const healthy = ready >= desired
  return { ready, desired, healthy, status: healthy ? 'Available' : 'Unavailable' }
}
