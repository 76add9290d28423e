// Decides whether the work of a failed pod or Job has succeeded since. Kubernetes keeps failed pods and Jobs for a long
// time.
import type { ClusterView, ViewOf } from './cluster-view.ts'
import type { Controller } from './controllers.ts'
import { list, number, time } from './field.ts'
import { conditionOf, isTrue } from './object-view.ts'
import type { PodView } from './pod-view.ts'

const DAY = 24 * 60 * 60_000

/**
 * A failed pod is never started again: another takes its place, or none does. What nobody controls nobody makes again, so that it
 * stays as it is, whatever its age, until a person has looked at it and deletes it.
 */
export function isPodMadeGood(pod: PodView, cluster: ClusterView): boolean {
  // A pod that is being deleted is reported only for what delays its deletion.
  if (pod.phase !== 'Failed' || pod.deletedAt !== undefined || list(pod.raw.metadata?.ownerReferences).length === 0) {
    return false
  }
  const controller = cluster.controllerOf(pod.raw)
  if (controller?.kind === 'Job' && isTrue(controller.raw.status, 'Failed')) {
    // As long as the Job is failed, its pods are why.
    return isJobMadeGood(controller.raw, cluster)
  }
  if (controller !== undefined && isWhole(controller)) return true
  // Its controller still lacks pods, or is not known: after a day that is for other reasons than this one.
  const failed = failedAt(pod)
  return failed !== undefined && cluster.now - failed >= DAY
}

/** A failed Job is never run again: the next one of its CronJob may do what it did not. */
export function isJobMadeGood(job: ViewOf<'Job'>['raw'], cluster: ClusterView): boolean {
  const controller = cluster.controllerOf(job)
  const failed = time(conditionOf(job.status, 'Failed')?.lastTransitionTime)
  if (controller?.kind !== 'CronJob' || failed === undefined) return false
  return (time(controller.raw.status?.lastSuccessfulTime) ?? 0) > failed
}

function isWhole({ kind, raw }: Controller): boolean {
  switch (kind) {
    case 'ReplicaSet':
    case 'StatefulSet':
      return (number(raw.status?.readyReplicas) ?? 0) >= (number(raw.spec?.replicas) ?? 1)
    case 'DaemonSet': {
      const wanted = number(raw.status?.desiredNumberScheduled)
      return wanted !== undefined && (number(raw.status?.numberReady) ?? 0) >= wanted
    }
    case 'Job':
      return isTrue(raw.status, 'Complete')
    case 'CronJob':
      return false
  }
}

/** The latest time in its status: nothing changes there any more. */
function failedAt({ raw: { status }, containers }: PodView): number | undefined {
  const times = [
    time(status?.startTime),
    ...list(status?.conditions).map(({ lastTransitionTime }) => time(lastTransitionTime)),
    ...containers.map(({ state }) => state.finishedAt),
  ].filter((at) => at !== undefined)
  return times.length === 0 ? undefined : Math.max(...times)
}
