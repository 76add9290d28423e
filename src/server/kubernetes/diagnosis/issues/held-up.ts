// Tells whether a pod is on its node and its containers do not start, and which events still hold it up.
import type { ContainerView } from '../container-view.ts'
import type { EventView } from '../event-view.ts'
import { text, time } from '../field.ts'
import { conditionOf } from '../object-view.ts'
import type { PodView } from '../pod-view.ts'
import { eventsOf } from '../pod-view.ts'

/**
 * On a node, and no container runs except those that come before others: the only time at which volumes, network and
 * pulls hold a pod up. After a reboot of its node a pod is in this state again, with containers that have ended.
 */
export function isHeldUp(pod: PodView): boolean {
  return (
    pod.node !== '' &&
    (pod.phase === 'Pending' || (pod.phase === 'Running' && isRestarted(pod))) &&
    pod.containers.every((container) => {
      const { state } = container
      if (servedAt(container) !== undefined || state.phase === 'unknown') return true
      if (state.phase === 'waiting') return /^(ContainerCreating|PodInitializing|)$/.test(state.reason)
      return state.phase === 'terminated' && isRestarted(pod)
    })
  )
}

/** Whether the kubelet starts containers again that ended. */
function isRestarted({ raw }: PodView): boolean {
  return text(raw.spec?.restartPolicy) !== 'Never'
}

/** Whether the kubelet found the container gone, as after a reboot: its exit code then says nothing about it. */
export function isLost({ state, last }: ContainerView): boolean {
  const { reason } = state.phase === 'terminated' ? state : last
  return reason === 'ContainerStatusUnknown' || reason === 'Unknown'
}

/** When the latest run of a container ended that is to be started again. */
function endedAt(pod: PodView): number | undefined {
  const ended = pod.containers.filter((container) => servedAt(container) === undefined)
  const times = ended.flatMap(({ state, last }) => [state.finishedAt, last.finishedAt])
  const known = times.filter((at) => at !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
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
  const known = [progress?.last, sandbox, endedAt(pod)].filter((at) => at !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}

const MANY_SANDBOXES = 3

/** Sandboxes that are made again and again, and no container starts in any of them. */
export function sandboxLoop(pod: PodView): readonly EventView[] {
  if (!isHeldUp(pod)) return []
  const started = eventsOf(pod, 'Started')[0]?.last ?? 0
  const ended = endedAt(pod) ?? 0
  return eventsOf(pod, 'SandboxChanged').filter(
    ({ count, first, last }) => count >= MANY_SANDBOXES && first > started && last > ended,
  )
}

/** What may still hold a pod up: its events of a reason, latest first, without those that it has got past since. */
export function holdUps(pod: PodView, reason: string | RegExp, message?: RegExp): readonly EventView[] {
  if (!isHeldUp(pod)) return []
  const past = pastSandboxAt(pod)
  return eventsOf(pod, reason, message).filter(({ last }) => past === undefined || last > past)
}
