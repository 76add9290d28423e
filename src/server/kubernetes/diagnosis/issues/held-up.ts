// Decides whether the start of a pod on its node is held up, and which events may explain it.
import type { ContainerView } from '../container-view.ts'
import type { EventView } from '../event-view.ts'
import { time } from '../field.ts'
import { conditionOf } from '../object-view.ts'
import type { PodView } from '../pod-view.ts'
import { eventsOf } from '../pod-view.ts'

/**
 * On a node, and no container has come as far as running or ending, but for those before it: the only time at which
 * volumes, network and pulls hold it up.
 */
export function isHeldUp(pod: PodView): boolean {
  return (
    pod.node !== '' &&
    pod.phase === 'Pending' &&
    pod.containers.every((container) => {
      const { state, last } = container
      if (servedAt(container) !== undefined) return true
      return (
        last.phase === 'unknown' &&
        (state.phase === 'unknown' ||
          (state.phase === 'waiting' && /^(ContainerCreating|PodInitializing|)$/.test(state.reason)))
      )
    })
  )
}

/** When a container that comes before others let them go on; undefined if it has not, or none waits for it. */
export function servedAt({ role, started, state }: ContainerView): number | undefined {
  if (role === 'init' && state.phase === 'terminated' && state.exitCode === 0) return state.finishedAt
  if (role === 'sidecar' && state.phase === 'running' && started === true) return state.startedAt
  return undefined
}

/**
 * When a pod was last seen to be past volumes and sandbox: a kubelet mounts all volumes, then makes the sandbox, and only
 * then pulls an image or makes a container.
 */
export function pastSandboxAt(pod: PodView): number | undefined {
  const [progress] = eventsOf(pod, /^(Pulling|Pulled|Created|Started)$/)
  // The condition may be of a sandbox that is gone, so only what was before it is over.
  const ready = conditionOf(pod.raw.status, 'PodReadyToStartContainers')
  const sandbox = ready?.status === 'True' ? time(ready.lastTransitionTime) : undefined
  if (progress === undefined || sandbox === undefined) return progress?.last ?? sandbox
  return Math.max(progress.last, sandbox)
}

/** What may still hold a pod up: its events of a reason, latest first, without those that it has got past since. */
export function holdUps(pod: PodView, reason: string | RegExp, message?: RegExp): readonly EventView[] {
  if (!isHeldUp(pod)) return []
  const past = pastSandboxAt(pod)
  return eventsOf(pod, reason, message).filter(({ last }) => past === undefined || last > past)
}
