// Tells whether an object is too young to be judged: most things take a moment to come up.
import type { V1ObjectMeta } from '@kubernetes/client-node'
import { time } from '../field.ts'
import type { Condition } from '../object-view.ts'
import { MINUTE } from './crashing.ts'

/** How long a workload, an autoscaler or a node may take to come up. */
export const PATIENCE = 3 * MINUTE

/** Made, or the condition changed, within the time that coming up may take. What has no time is old. */
export function isYoung(raw: { readonly metadata?: V1ObjectMeta }, now: number, condition?: Condition): boolean {
  const times = [time(raw.metadata?.creationTimestamp), time(condition?.lastTransitionTime)]
  return times.some((at) => at !== undefined && now - at <= PATIENCE)
}
