// Decides whether a container is crashing, for several rules.
import type { ClusterView } from '../cluster-view.ts'
import type { ContainerView } from '../container-view.ts'
import { containerEvidence, exitEvidence } from '../container-view.ts'
import type { EventView } from '../event-view.ts'
import type { Evidence } from '../finding.ts'
import type { PodView } from '../pod-view.ts'
import { eventsOf } from '../pod-view.ts'
import { exitCodeMeaning } from './exit-code.ts'
import { isLost } from './held-up.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
/** After this time without a crash, the kubelet resets its back-off, so earlier crashes are over. */
export const BACKOFF_RESET = 10 * MINUTE

/** The fields that `stateEvidence` takes; those of init containers are called alike. */
export const STATE_FIELDS = [
  'status.containerStatuses[].state.waiting.reason',
  'status.containerStatuses[].state.terminated.reason',
  'status.containerStatuses[].state.terminated.exitCode',
  'status.containerStatuses[].lastState.terminated.reason',
  'status.containerStatuses[].lastState.terminated.exitCode',
  'status.containerStatuses[].restartCount',
  'container log (signatures)',
]

/** Milliseconds since its latest run ended; undefined if it never ended. */
export function sinceExit({ last, state }: ContainerView, now: number): number | undefined {
  const at = state.phase === 'terminated' ? state.finishedAt : last.finishedAt
  return at === undefined ? undefined : now - at
}

/** Held back after crashes, or between two of them. */
export function isCrashing(container: ContainerView, pod: PodView, now: number): boolean {
  const { state, last, restarts, name } = container
  if (state.phase === 'waiting') return state.reason === 'CrashLoopBackOff'
  if (last.phase !== 'terminated' && state.phase !== 'terminated') return false
  const since = sinceExit(container, now)
  return (
    restarts >= 3 &&
    since !== undefined &&
    since < BACKOFF_RESET &&
    eventsOf(pod, 'BackOff', /restarting failed container/, name).some((event) => now - event.last < BACKOFF_RESET)
  )
}

/** How a container ends that was told to: in good order, or by the signal. */
const TOLD_TO_END = [0, 137, 143]

/**
 * Whether an event about a kill by the kubelet is of the container's latest run that ended, or of one since. Of an object
 * with many events a kubelet sends only one in five minutes (client-go's spam filter), so a kill may have none: one that
 * ended as a kill does is taken for another of those before.
 */
export function isOfLatestRun({ state, last }: ContainerView, event: EventView, { phase }: PodView): boolean {
  const { startedAt, exitCode, reason } = state.phase === 'terminated' ? state : last
  if (startedAt === undefined || event.last >= startedAt) return true
  return phase !== 'Failed' && reason !== 'OOMKilled' && exitCode !== undefined && TOLD_TO_END.includes(exitCode)
}

/** An exit that is a failure: with a code, or in a container that was to go on. */
export function failedExit({ state, last }: ContainerView): boolean {
  const exit = state.phase === 'terminated' ? state : last
  return exit.phase === 'terminated' && (exit.exitCode ?? 0) !== 0
}

export function stateEvidence(container: ContainerView, pod: PodView, cluster: ClusterView): readonly Evidence[] {
  const { state, restarts, name } = container
  return [
    ...(state.phase === 'waiting' && state.reason !== ''
      ? [containerEvidence(container, 'state.waiting.reason', state.reason)]
      : []),
    ...exitEvidence(container),
    ...(restarts > 0 ? [containerEvidence(container, 'restartCount', restarts)] : []),
    ...cluster
      .logHints(pod.namespace, pod.name, name)
      .map((hint): Evidence => ({ field: 'container log (signatures)', value: hint })),
  ]
}

const LOST =
  'The kubelet found the container gone, as after a reboot of its node or a restart of the runtime; the exit code says nothing about the application.'

/** What its latest exit code says. */
export function exitMeaning(container: ContainerView): string {
  if (isLost(container)) return LOST
  const { state, last } = container
  return exitCodeMeaning(state.phase === 'terminated' ? state.exitCode : last.exitCode)
}
