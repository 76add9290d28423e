// Tells whether a pod plainly has no problem of its own, so that most rules need not look at it.
import type { V1ContainerStatus } from '@kubernetes/client-node'
import { list } from './field.ts'
import type { PodView } from './pod-view.ts'

/** Runs, nothing is said of it, and each container runs and is ready and has never ended, but for init containers that succeeded. */
export function isPlainlyWell({ phase, reason, deletedAt, events, raw: { status } }: PodView): boolean {
  if (phase !== 'Running' || reason !== '' || deletedAt !== undefined || events.length > 0) return false
  const mains = list(status?.containerStatuses)
  return (
    mains.length > 0 &&
    mains.every(isRunning) &&
    list(status?.initContainerStatuses).every((one) => isRunning(one) || hasSucceeded(one)) &&
    list(status?.conditions).every(({ type }) => type !== 'DisruptionTarget')
  )
}

function isRunning(one: V1ContainerStatus): boolean {
  const { state, ready, started } = one
  return isFirst(one) && ready === true && started !== false && isSet(state?.running) && !isSet(state?.waiting)
}

function hasSucceeded(one: V1ContainerStatus): boolean {
  return isFirst(one) && one.state?.terminated?.exitCode === 0
}

/** Its first run. */
function isFirst({ restartCount, lastState }: V1ContainerStatus): boolean {
  return restartCount === 0 && !isSet(lastState?.terminated) && !isSet(lastState?.waiting)
}

function isSet(member: object | undefined): boolean {
  return typeof member === 'object' && member !== null
}
