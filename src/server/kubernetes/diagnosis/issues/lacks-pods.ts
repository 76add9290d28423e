// Decides whether a controller still has to create pods, because its events outlive the problem.
import type { ViewOf } from '../cluster-view.ts'
import type { Controller } from '../controllers.ts'
import { number } from '../field.ts'
import { podsOfJob } from '../job-state.ts'

/** A status that is not there yet counts as no pods. */
export function lacksPods({ kind, raw }: Controller): boolean {
  switch (kind) {
    case 'ReplicaSet':
    case 'StatefulSet':
      return (number(raw.status?.replicas) ?? 0) < (number(raw.spec?.replicas) ?? 1)
    case 'DaemonSet':
      return daemonSetLacksPods(raw.status)
    case 'Job':
      return (number(raw.status?.active) ?? 0) < podsOfJob(raw)
    case 'CronJob':
      // It has no number of Jobs to reach: a refusal is over when it has made one, as an event says.
      return raw.spec?.suspend !== true
  }
}

/** An update that surges is refused while every node still has its old pod. */
function daemonSetLacksPods(status: ViewOf<'DaemonSet'>['raw']['status']): boolean {
  const wanted = number(status?.desiredNumberScheduled)
  const updated = number(status?.updatedNumberScheduled) ?? 0
  return wanted === undefined || Math.min(number(status?.currentNumberScheduled) ?? 0, updated) < wanted
}
