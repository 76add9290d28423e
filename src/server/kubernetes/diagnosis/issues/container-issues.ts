// Containers that end, or are ended, when they should run.

import { containerEvidence } from '../container-view.ts'
import { eventEvidence } from '../event-view.ts'
import { defineIssue } from '../issue-rule.ts'
import type { PodView } from '../pod-view.ts'
import { eventsOf } from '../pod-view.ts'
import {
  exitMeaning,
  failedExit,
  HOUR,
  isCrashing,
  MINUTE,
  STATE_FIELDS,
  sinceExit,
  stateEvidence,
} from './crashing.ts'

const MANY_RESTARTS = 5
const LONG_INIT = 10 * MINUTE

/** Init containers of a pod that runs may be run again, as after a restart of its sandbox. */
function isServed({ containers }: PodView): boolean {
  const mains = containers.filter(({ role }) => role === 'main')
  return mains.length > 0 && mains.every(({ state }) => state.phase === 'running')
}

export const containerIssues = [
  defineIssue({
    id: 'crash_loop',
    title: 'Container keeps crashing',
    severity: 'critical',
    of: ['Pod'],
    detection:
      'A container waits with the reason CrashLoopBackOff; or it was restarted at least three times, ended within the last ten minutes, and an event reports a restart back-off.',
    fields: [...STATE_FIELDS, 'events[].count'],
    cause: 'The process ends soon after each start.',
    next: {
      tool: 'get_logs',
      text: "Read the log of the container's previous run. If the last rollout caused the crashes, roll it back.",
      remediation: 'rollback',
    },
    explains: ['container_exit_error', 'restart_storm', 'readiness_failing'],
    detect: (pod, cluster) =>
      pod.containers
        .filter((container) => isCrashing(container, pod, cluster.now))
        .map((container) => ({
          container: container.name,
          cause: exitMeaning(container),
          evidence: [
            ...stateEvidence(container, pod, cluster),
            ...eventsOf(pod, 'BackOff', /restarting failed container/, container.name)
              .slice(0, 1)
              .map((event) => eventEvidence(event, { quote: false })),
          ],
        })),
  }),
  defineIssue({
    id: 'init_container_failing',
    title: 'Init container fails',
    severity: 'critical',
    of: ['Pod'],
    detection:
      'An init container that is no sidecar crashes, or is terminated with an exit code other than 0. A warning if the main containers run all the same.',
    fields: STATE_FIELDS,
    cause: 'An init container does not finish, so the containers of the pod do not start.',
    next: {
      tool: 'get_logs',
      text: 'Read the log of the init container. Often, it waits for a dependency that is not available, or a migration fails.',
      remediation: 'rollback',
    },
    explains: ['crash_loop', 'container_exit_error', 'restart_storm'],
    detect: (pod, cluster) =>
      pod.containers
        .filter(({ role }) => role === 'init')
        .filter(
          (container) =>
            isCrashing(container, pod, cluster.now) ||
            (container.state.phase === 'terminated' && failedExit(container)),
        )
        .map((container) => ({
          ...(isServed(pod) && { severity: 'warning' as const }),
          container: container.name,
          cause: `${isServed(pod) ? 'An init container was run again and fails, while the containers of the pod run.' : 'An init container does not finish, so the containers of the pod do not start.'} ${exitMeaning(container)}`,
          evidence: stateEvidence(container, pod, cluster),
        })),
  }),
  defineIssue({
    id: 'init_container_waiting',
    title: 'Init container does not finish',
    severity: 'warning',
    of: ['Pod'],
    detection: 'An init container that is not a sidecar has run for more than ten minutes.',
    fields: [...STATE_FIELDS, 'status.containerStatuses[].state.running.startedAt'],
    cause:
      'An init container is still running, so the containers of the pod do not start. It waits for a dependency, or has a lot of work to do.',
    next: {
      tool: 'get_logs',
      text: 'Read the log of the init container to see what it waits for, or how far it has progressed.',
    },
    detect: (pod, cluster) =>
      pod.containers.flatMap((container) => {
        const { role, state } = container
        if (role !== 'init' || state.phase !== 'running' || state.startedAt === undefined) return []
        if (cluster.now - state.startedAt <= LONG_INIT) return []
        const since = new Date(state.startedAt).toISOString()
        const evidence = [
          containerEvidence(container, 'state.running.startedAt', since),
          ...stateEvidence(container, pod, cluster),
        ]
        return [{ container: container.name, evidence }]
      }),
  }),
  defineIssue({
    id: 'sidecar_failing',
    title: 'Only a sidecar fails',
    severity: 'warning',
    of: ['Pod'],
    detection:
      'A sidecar (an init container that is always restarted, or a container with the name of a known mesh, log or secret agent) crashes or has ended with an error, while all other containers run and are ready.',
    fields: STATE_FIELDS,
    cause: 'The application works, but its sidecar does not.',
    next: {
      tool: 'get_logs',
      text: "Read the log of the sidecar's previous run. Check the component that injects or configures the sidecar, not the application.",
    },
    explains: ['crash_loop', 'container_exit_error', 'restart_storm', 'readiness_failing'],
    detect: (pod, cluster) => {
      const others = pod.containers.filter(({ role }) => role === 'main')
      const well = others.length > 0 && others.every(({ ready, state }) => ready && state.phase === 'running')
      if (!well) return []
      return pod.containers
        .filter(({ role }) => role === 'sidecar')
        .filter(
          (container) =>
            isCrashing(container, pod, cluster.now) ||
            (container.state.phase === 'terminated' && failedExit(container)),
        )
        .map((container) => ({
          container: container.name,
          cause: `The application works, but its sidecar does not. ${exitMeaning(container)}`,
          evidence: stateEvidence(container, pod, cluster),
        }))
    },
  }),
  defineIssue({
    id: 'restart_storm',
    title: 'Container restarts repeatedly',
    severity: 'warning',
    of: ['Pod'],
    detection:
      'A running container was restarted five times or more, and at least once within the last hour. Recovered: the last restart is one to 24 hours ago.',
    fields: STATE_FIELDS,
    cause: 'The container runs for a while and then exits, so Kubernetes does not report it as crashing.',
    next: {
      tool: 'get_logs',
      text: "Read the end of the log of the container's previous run. Look for growing memory or timeouts.",
      remediation: 'restart',
    },
    explains: ['container_exit_error'],
    detect: (pod, cluster) =>
      pod.containers.flatMap((container) => {
        const since = sinceExit(container, cluster.now)
        if (container.state.phase !== 'running' || container.restarts < MANY_RESTARTS) return []
        if (since === undefined || since >= 24 * HOUR) return []
        return [
          {
            ...(since >= HOUR && { state: 'recovered' as const }),
            container: container.name,
            cause: `The container runs for a while and then exits. ${exitMeaning(container)}`,
            evidence: stateEvidence(container, pod, cluster),
          },
        ]
      }),
  }),
  defineIssue({
    id: 'container_exit_error',
    title: 'Container ended with an error',
    severity: 'warning',
    of: ['Pod'],
    detection:
      'A container is terminated with an exit code other than 0, but not for memory. Recovered: it runs again, and that exit was within the last hour.',
    fields: STATE_FIELDS,
    cause: 'The application ended with an error.',
    next: {
      tool: 'get_logs',
      text: "Read the end of the container's log. If the container runs again, read the log of the previous run.",
    },
    detect: (pod, cluster) =>
      pod.containers.flatMap((container) => {
        const { state, last } = container
        const since = sinceExit(container, cluster.now)
        const ended = state.phase === 'terminated' || (state.phase === 'waiting' && last.phase === 'terminated')
        const recovered = state.phase === 'running' && since !== undefined && since < HOUR
        if (!failedExit(container) || !(ended || recovered)) return []
        // Containers of an evicted or lost pod were ended from outside, which is a separate issue type.
        if (pod.reason !== '' || /^(OOMKilled|StartError|ContainerCannotRun)$/.test(ended ? state.reason : last.reason))
          return []
        return [
          {
            ...(recovered && { state: 'recovered' as const }),
            container: container.name,
            cause: exitMeaning(container),
            evidence: stateEvidence(container, pod, cluster),
          },
        ]
      }),
  }),
]
