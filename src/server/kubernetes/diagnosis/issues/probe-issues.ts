// Probes that fail, and what comes of it. Messages of probes hold output of the container, so only what kind of failure
// they tell of is taken from them.
import type { ClusterView } from '../cluster-view.ts'
import type { ContainerView } from '../container-view.ts'
import { containerEvidence } from '../container-view.ts'
import type { EventView } from '../event-view.ts'
import { eventEvidence } from '../event-view.ts'
import { time } from '../field.ts'
import type { Detection, Evidence } from '../finding.ts'
import { defineIssue } from '../issue-rule.ts'
import { conditionOf, isTrue } from '../object-view.ts'
import type { PodView } from '../pod-view.ts'
import { eventsOf } from '../pod-view.ts'
import { BACKOFF_RESET, HOUR, isOfLatestRun, MINUTE, STATE_FIELDS, sinceExit, stateEvidence } from './crashing.ts'

/** A probe's events are as recent as its period, and the kubelet's rate limit, let them be. */
const RECENT = 10 * MINUTE
/** How long a container may take to become ready where no event says that its probe fails. */
const PATIENCE = 2 * MINUTE

const FAILED = {
  liveness: /^Liveness probe (failed|errored)/,
  readiness: /^Readiness probe (failed|errored)/,
  startup: /^Startup probe (failed|errored)/,
}
const KILLED = {
  liveness: /failed liveness probe, will be restarted/,
  startup: /failed startup probe, will be restarted/,
}

function failures(pod: PodView, { name }: ContainerView, probe: keyof typeof FAILED): readonly EventView[] {
  return eventsOf(pod, 'Unhealthy', FAILED[probe], name)
}

function kills(pod: PodView, { name }: ContainerView, probe: keyof typeof KILLED): readonly EventView[] {
  return eventsOf(pod, 'Killing', KILLED[probe], name).filter(
    ({ container, message }) => container === name || message.includes(name),
  )
}

/** Kinds of failure; what a probe's command wrote is not shown. */
const FAILURES: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
  [/statuscode: (\d{3})/, (match) => `HTTP status ${match[1]}`],
  [/connection refused/, () => 'connection refused'],
  [/context deadline exceeded|timed out|timeout/i, () => 'no answer in time'],
  [/connection reset|EOF/, () => 'connection closed'],
  [/no such file|not found/, () => 'command not found'],
]

function failureText({ message }: EventView): string {
  for (const [pattern, text] of FAILURES) {
    const match = pattern.exec(message)
    if (match !== null) return text(match)
  }
  return 'the command failed'
}

const PROBE_FIELDS = ['events[].count', 'events[].message (kind of failure)']

function probeEvidence(events: readonly EventView[]): readonly Evidence[] {
  return events
    .slice(0, 1)
    .flatMap((event) => [
      eventEvidence(event, { quote: false }),
      { field: `events[reason=${event.reason}].message (kind of failure)`, value: failureText(event) },
    ])
}

const isRecent = (now: number) => (event: EventView) => now - event.last < RECENT

/** How long before the end of a killed container its last failed probe may be: the grace period, and some seconds. */
const BEFORE_KILL = 2 * MINUTE

/** A kill whose event was never sent or is gone: the probe failed just before the container ended as a kill ends it. */
function silentKill(pod: PodView, container: ContainerView, cluster: ClusterView): readonly Detection[] {
  const { state, last, restarts } = container
  const { exitCode, finishedAt, startedAt, reason } = state.phase === 'terminated' ? state : last
  if (restarts === 0 || reason === 'OOMKilled' || finishedAt === undefined) return []
  if (exitCode !== 137 && exitCode !== 143) return []
  const before = failures(pod, container, 'liveness').filter(
    (event) => event.last <= finishedAt && finishedAt - event.last <= BEFORE_KILL && event.last >= (startedAt ?? 0),
  )
  const since = cluster.now - finishedAt
  const over = state.phase === 'running' && since >= BACKOFF_RESET
  if (before.length === 0 || (over && since >= HOUR)) return []
  const evidence = [...stateEvidence(container, pod, cluster), ...probeEvidence(before)]
  return [{ ...(over && { state: 'recovered' as const }), container: container.name, evidence }]
}

export const probeIssues = [
  defineIssue({
    id: 'liveness_kill',
    title: 'Container is killed by its liveness probe',
    severity: 'critical',
    of: ['Pod'],
    detection:
      'An event says that the kubelet killed a container because its liveness probe failed, its latest run ended then or as if killed, and the container does not run or was killed within the last ten minutes; or it ended with exit code 137 or 143 within two minutes after a failed liveness probe. Recovered: it runs and was killed within the last hour.',
    fields: [...STATE_FIELDS, ...PROBE_FIELDS],
    cause: 'The container did not crash. The kubelet killed it because it did not answer its liveness probe in time.',
    next: {
      tool: 'get_logs',
      text: "Read the log of the container's previous run to see whether it was busy, stuck or still starting. Then check the probe's timeout, period and initial delay.",
      remediation: 'rollback',
    },
    explains: ['crash_loop', 'restart_storm', 'container_exit_error', 'liveness_failing', 'readiness_failing'],
    detect: (pod, cluster) =>
      pod.containers.flatMap((container) => {
        const [kill] = kills(pod, container, 'liveness').filter((event) => isOfLatestRun(container, event, pod))
        if (kill === undefined) return silentKill(pod, container, cluster)
        if (container.restarts === 0) return []
        const since = Math.min(cluster.now - kill.last, sinceExit(container, cluster.now) ?? Number.POSITIVE_INFINITY)
        const over = container.state.phase === 'running' && since >= BACKOFF_RESET
        if (over && since >= HOUR) return []
        const evidence = [
          ...stateEvidence(container, pod, cluster),
          eventEvidence(kill, { quote: false }),
          ...probeEvidence(failures(pod, container, 'liveness')),
        ]
        return [{ ...(over && { state: 'recovered' as const }), container: container.name, evidence }]
      }),
  }),
  defineIssue({
    id: 'liveness_failing',
    title: 'Liveness probe fails',
    severity: 'warning',
    of: ['Pod'],
    detection: 'A container runs, and within the last ten minutes an event says that its liveness probe failed.',
    fields: [...PROBE_FIELDS, 'status.containerStatuses[].restartCount'],
    cause:
      'The container does not always answer its liveness probe. After several failures in a row, the kubelet kills it.',
    next: {
      tool: 'get_logs',
      text: 'Read the log of the container, and compare its response time with the timeout of the probe.',
    },
    detect: (pod, cluster) =>
      pod.containers.flatMap((container) => {
        const events = failures(pod, container, 'liveness').filter(isRecent(cluster.now))
        if (events.length === 0 || container.state.phase !== 'running') return []
        // Those before its last start were about the run before.
        if (!events.some(({ last }) => last >= (container.state.startedAt ?? 0))) return []
        return [{ container: container.name, evidence: probeEvidence(events) }]
      }),
  }),
  defineIssue({
    id: 'startup_probe_failing',
    title: 'Startup probe fails',
    severity: 'critical',
    of: ['Pod'],
    detection:
      'A container has not started, and an event within the last ten minutes says that its startup probe failed, or that it was killed for that. Events of earlier runs do not count, unless the latest run ended as if killed.',
    fields: [...STATE_FIELDS, ...PROBE_FIELDS, 'status.containerStatuses[].started'],
    cause: 'The container takes longer to start than its startup probe allows, or never starts.',
    next: {
      tool: 'get_logs',
      text: 'Read the log of the container to see what it waits for. Then compare failureThreshold × periodSeconds of the probe with the time that a start takes.',
      remediation: 'rollback',
    },
    explains: ['crash_loop', 'restart_storm', 'container_exit_error', 'readiness_failing'],
    detect: (pod, cluster) =>
      pod.containers.flatMap((container) => {
        if (container.started === true) return []
        const events = [...kills(pod, container, 'startup'), ...failures(pod, container, 'startup')]
        const recent = events.filter(isRecent(cluster.now)).filter((event) => isOfLatestRun(container, event, pod))
        if (recent.length === 0) return []
        const started = container.started === undefined ? [] : [containerEvidence(container, 'started', false)]
        const evidence = [
          ...stateEvidence(container, pod, cluster),
          ...started,
          ...recent
            .filter(({ reason }) => reason === 'Killing')
            .slice(0, 1)
            .map((event) => eventEvidence(event, { quote: false })),
          ...probeEvidence(recent.filter(({ reason }) => reason === 'Unhealthy')),
        ]
        return [{ container: container.name, evidence }]
      }),
  }),
  defineIssue({
    id: 'readiness_failing',
    title: 'Container is not ready',
    severity: 'warning',
    of: ['Pod'],
    detection:
      'A container runs but is not ready, and an event within the last ten minutes says that its readiness probe failed, or it has a readiness probe and has run for more than two minutes.',
    fields: [...PROBE_FIELDS, 'status.containerStatuses[].ready', 'status.containerStatuses[].state.running.startedAt'],
    cause:
      'The container does not pass its readiness probe, so the pod gets no traffic. Often, a dependency is not available.',
    next: { tool: 'get_logs', text: 'Read the log of the container to see what it waits for.' },
    detect: (pod, cluster) =>
      pod.containers.flatMap((container) => {
        const { state, ready, started, spec, role } = container
        if (state.phase !== 'running' || ready || started === false || role === 'init') return []
        const events = failures(pod, container, 'readiness').filter(isRecent(cluster.now))
        const running = cluster.now - (state.startedAt ?? cluster.now)
        if (events.length === 0 && !(spec?.readinessProbe && running > PATIENCE)) return []
        const since = state.startedAt === undefined ? [] : [new Date(state.startedAt).toISOString()]
        const evidence = [
          containerEvidence(container, 'ready', false),
          ...since.map((at) => containerEvidence(container, 'state.running.startedAt', at)),
          ...probeEvidence(events),
        ]
        return [{ container: container.name, evidence }]
      }),
  }),
  defineIssue({
    id: 'readiness_gate_waiting',
    title: 'Readiness gate is not met',
    severity: 'warning',
    of: ['Pod'],
    whileWell: true,
    detection:
      'All containers have been ready for more than two minutes, but a condition that the pod names as a readiness gate is not true.',
    fields: ['status.conditions[].status', 'spec.readinessGates[].conditionType'],
    cause:
      'Something outside the pod, such as a load balancer or a rollout controller, has not yet reported it as ready.',
    next: { tool: 'get_pod', text: 'Check the log and the events of the controller that sets the condition.' },
    detect: (pod, cluster) => {
      const ready = conditionOf(pod.raw.status, 'ContainersReady')
      const since = cluster.now - (time(ready?.lastTransitionTime) ?? cluster.now)
      if (ready?.status !== 'True' || since <= PATIENCE) return []
      const gates = Array.isArray(pod.raw.spec?.readinessGates) ? pod.raw.spec.readinessGates : []
      return gates.flatMap((gate) => {
        const type = gate?.conditionType
        if (typeof type !== 'string' || isTrue(pod.raw.status, type)) return []
        return [
          {
            evidence: [
              { field: `spec.readinessGates[conditionType=${type}].conditionType`, value: type },
              { field: 'status.conditions[type=ContainersReady].status', value: 'True' },
            ],
          },
        ]
      })
    },
  }),
]
