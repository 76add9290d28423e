// Tells since when a finding holds, from the fields that its evidence was read from.
import type { ClusterView, ViewOf } from './cluster-view.ts'
import { time } from './field.ts'
import type { Detection } from './finding.ts'
import type { Condition } from './object-view.ts'
import { conditionOf } from './object-view.ts'
import type { PodView } from './pod-view.ts'
import type { Kind } from './snapshot.ts'

/** Milliseconds since 1970; undefined where nothing says. */
export function sinceWhen(object: ViewOf<Kind>, detection: Detection, cluster: ClusterView): number | undefined {
  const times = detection.evidence.flatMap(({ of, field }) => (of === undefined ? timesOf(object, field) : []))
  const status = object.raw.status as { readonly conditions?: readonly Condition[] } | undefined
  const own = times.length > 0 ? times : containerTimes(object, detection.container)
  const fallback = own.length > 0 ? own : [time(conditionOf(status, 'Ready')?.lastTransitionTime)]
  const known = fallback.filter((at) => at !== undefined && at > 0 && at <= cluster.now)
  return known.length === 0 ? undefined : Math.min(...(known as number[]))
}

function timesOf(object: ViewOf<Kind>, field: string): readonly (number | undefined)[] {
  const [, reason] = /^events\[reason=([^\]]+)\]/.exec(field) ?? []
  if (reason !== undefined) return object.events.filter((event) => event.reason === reason).map(({ first }) => first)
  const [, type] = /^status\.conditions\[type=([^\]]+)\]/.exec(field) ?? []
  if (type === undefined) return []
  const status = object.raw.status as { readonly conditions?: readonly Condition[] } | undefined
  return [time(conditionOf(status, type)?.lastTransitionTime)]
}

/** The run that shows it: the current one, or the end of the last. */
function containerTimes(object: ViewOf<Kind>, name: string | undefined): readonly number[] {
  if (object.kind !== 'Pod' || name === undefined) return []
  const its = (object as PodView).containers.find((container) => container.name === name)
  const at = its?.state.finishedAt ?? its?.state.startedAt ?? its?.last.finishedAt
  return at === undefined ? [] : [at]
}
