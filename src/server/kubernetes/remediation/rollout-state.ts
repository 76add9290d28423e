// Checks whether a rollout is complete, and describes what is missing.
import type { V1DaemonSet, V1Deployment, V1Job, V1StatefulSet } from '@kubernetes/client-node'
import { jobEnd, podsOfJob } from '../diagnosis/job-state.ts'
import type { Kinds } from '../diagnosis/snapshot.ts'
import type { WorkloadKind } from '../owners.ts'
import { partitionOf } from './replaced-pods.ts'

/** Describes what is missing in a few words; undefined if nothing is. */
export function missingOf(kind: WorkloadKind, object: Kinds[WorkloadKind]): string | undefined {
  const { metadata, status } = object as V1Deployment
  // Jobs and CronJobs have a generation but no observed generation.
  const isObserved = kind !== 'Job' && kind !== 'CronJob'
  if (isObserved && (status?.observedGeneration ?? 0) < (metadata?.generation ?? 0))
    return 'its controller has not processed the change yet'
  switch (kind) {
    case 'Deployment':
      return ofDeployment(object as V1Deployment)
    case 'StatefulSet':
      return ofStatefulSet(object as V1StatefulSet)
    case 'DaemonSet':
      return ofDaemonSet(object as V1DaemonSet)
    case 'ReplicaSet': {
      const { spec, status: own } = object as Kinds['ReplicaSet']
      return lacking('ready', own?.readyReplicas, spec?.replicas ?? 1)
    }
    case 'Job':
      return ofJob(object as V1Job)
    default:
      return undefined
  }
}

function ofDeployment({ spec, status }: V1Deployment): string | undefined {
  const wanted = spec?.replicas ?? 1
  const left = (status?.replicas ?? 0) - (status?.updatedReplicas ?? 0)
  return (
    lacking('of the new template', status?.updatedReplicas, wanted) ??
    (left > 0 ? `${left} pods of the old template still exist` : undefined) ??
    (status?.replicas === wanted || (wanted === 0 && !status?.replicas) ? undefined : 'pods are still terminating') ??
    lacking('available', status?.availableReplicas, wanted)
  )
}

function ofStatefulSet(set: V1StatefulSet): string | undefined {
  const { spec, status } = set
  const wanted = spec?.replicas ?? 1
  const partition = partitionOf(set)
  const rolls = spec?.updateStrategy?.type !== 'OnDelete' && partition === 0
  return (
    // Below the partition pods stay as they are, so the set as a whole never comes to the new revision.
    (partition > 0 ? lacking('of the new template', status?.updatedReplicas, wanted - partition) : undefined) ??
    (rolls && status?.currentRevision !== status?.updateRevision
      ? 'pods of the old template still exist'
      : undefined) ??
    ((status?.replicas ?? 0) === wanted ? undefined : `${status?.replicas ?? 0} of ${wanted} pods exist`) ??
    lacking('ready', status?.readyReplicas, wanted)
  )
}

function ofDaemonSet({ status }: V1DaemonSet): string | undefined {
  const wanted = status?.desiredNumberScheduled ?? 0
  return (
    lacking('of the new template', status?.updatedNumberScheduled ?? (wanted === 0 ? 0 : undefined), wanted) ??
    lacking('available', status?.numberAvailable, wanted)
  )
}

function ofJob(job: V1Job): string | undefined {
  return jobEnd(job) === 'failed' ? 'the Job has failed' : lacking('ready', job.status?.ready, podsOfJob(job))
}

function lacking(what: string, there: number | undefined, wanted: number): string | undefined {
  return (there ?? 0) >= wanted ? undefined : `${there ?? 0} of ${wanted} pods are ${what}`
}
