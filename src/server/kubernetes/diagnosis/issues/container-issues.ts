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
      'A container waits with the reason CrashLoopBackOff; or it was restarted three times or more, ended within the last ten minutes, and an event says that restarts are held back.',
    fields: [...STATE_FIELDS, 'events[].count'],
    cause: 'The process ends soon after each start.',
    next: {
      tool: 'get_logs',
      text: "Read the log of the container's previous run; if the last rollout brought this, go back to the one before.",
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
    cause: 'An init container does not finish, so the containers of the pod are not started.',
    next: {
      tool: 'get_logs',
      text: 'Read the log of the init container; it often waits for, or migrates, something that is not there.',
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
          cause: `${isServed(pod) ? 'An init container was run again and fails, while the containers of the pod run.' : 'An init container does not finish, so the containers of the pod are not started.'} ${exitMeaning(container)}`,
          evidence: stateEvidence(container, pod, cluster),
        })),
  }),
  defineIssue({
    id: 'init_container_waiting',
    title: 'Init container does not end',
    severity: 'warning',
    of: ['Pod'],
    detection: 'An init container that is no sidecar has run for more than ten minutes.',
    fields: [...STATE_FIELDS, 'status.containerStatuses[].state.running.startedAt'],
    cause:
      'An init container runs on, so the containers of the pod are not started: it waits for something that is not there, or has much to do.',
    next: {
      tool: 'get_logs',
      text: 'Read the log of the init container for what it waits for, or how far it is.',
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
    cause: 'The application is well; what was added beside it is not.',
    next: {
      tool: 'get_logs',
      text: "Read the log of the sidecar's previous run, and look at what injects or configures it rather than at the application.",
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
          cause: `The application is well; what was added beside it is not. ${exitMeaning(container)}`,
          evidence: stateEvidence(container, pod, cluster),
        }))
    },
  }),
  defineIssue({
    id: 'restart_storm',
    title: 'Container is restarted again and again',
    severity: 'warning',
    of: ['Pod'],
    detection:
      'A running container was restarted five times or more, and at least once within the last hour. Recovered: the last restart is one to 24 hours ago.',
    fields: STATE_FIELDS,
    cause: 'The container runs for a while and then ends, so that it never counts as crashing.',
    next: {
      tool: 'get_logs',
      text: "Read the log of the container's previous run from its end; look for what grows or times out.",
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
            cause: `The container runs for a while and then ends. ${exitMeaning(container)}`,
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
      'A container is terminated with an exit code other than 0, and not for memory. Recovered: it runs again, and ended so within the last hour.',
    fields: STATE_FIELDS,
    cause: 'The application ended with an error.',
    next: { tool: 'get_logs', text: "Read the end of the container's log, of the previous run if it runs again." },
    detect: (pod, cluster) =>
      pod.containers.flatMap((container) => {
        const { state, last } = container
        const since = sinceExit(container, cluster.now)
        const ended = state.phase === 'terminated' || (state.phase === 'waiting' && last.phase === 'terminated')
        const recovered = state.phase === 'running' && since !== undefined && since < HOUR
        if (!failedExit(container) || !(ended || recovered)) return []
        // A container of an evicted or lost pod was ended from outside; what did that has an issue type of its own.
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
