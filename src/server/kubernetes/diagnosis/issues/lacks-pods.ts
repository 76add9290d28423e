// What makes pods in, whether it still has to make some out: events outlive what they tell of.
import { number } from '../field.ts'
import type { ObjectView, ViewOf } from '../object-view.ts'
import { conditionOf } from '../object-view.ts'

export const CREATORS = ['ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'] as const
export type Creator = (typeof CREATORS)[number]
type CreatorView = { [K in Creator]: ViewOf<K> }[Creator]

/** A status that is not there yet counts as no pods. */
export function lacksPods(owner: ObjectView<Creator>): boolean {
  const { kind, raw } = owner as CreatorView
  switch (kind) {
    case 'ReplicaSet':
    case 'StatefulSet':
      return (number(raw.status?.replicas) ?? 0) < (number(raw.spec?.replicas) ?? 1)
    case 'DaemonSet':
      return daemonSetLacksPods(raw.status)
    case 'Job':
      return jobLacksPods(raw)
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

function jobLacksPods({ spec, status }: ViewOf<'Job'>['raw']): boolean {
  const ended = ['Complete', 'Failed', 'SuccessCriteriaMet', 'FailureTarget']
  if (spec?.suspend === true || ended.some((type) => conditionOf(status, type)?.status === 'True')) return false
  const active = number(status?.active) ?? 0
  const succeeded = number(status?.succeeded) ?? 0
  const completions = number(spec?.completions)
  // Without a number of completions one success says that the work is done, and no further pods are made.
  const missing = completions === undefined ? (succeeded > 0 ? 0 : Number.POSITIVE_INFINITY) : completions - succeeded
  return active < Math.min(number(spec?.parallelism) ?? 1, missing)
}
