// Finds containers that cannot be created or started.

import type { ContainerView } from '../container-view.ts'
import { containerEvidence, exitEvidence } from '../container-view.ts'
import { eventEvidence } from '../event-view.ts'
import type { Detection, Evidence } from '../finding.ts'
import type { IssueRule } from '../issue-rule.ts'
import { defineIssue } from '../issue-rule.ts'
import type { PodView } from '../pod-view.ts'
import { eventsOf } from '../pod-view.ts'
import type { ConfigReference } from './config-reference.ts'
import { configReference } from './config-reference.ts'
import { BACKOFF_RESET, isOfLatestRun, sinceExit } from './crashing.ts'
import { holdUps } from './held-up.ts'

const FIELDS = [
  'status.containerStatuses[].state.waiting.reason',
  'status.containerStatuses[].state.waiting.message',
  'status.containerStatuses[].state.terminated.reason',
  'status.containerStatuses[].state.terminated.exitCode',
  'status.containerStatuses[].lastState.terminated.reason',
  'status.containerStatuses[].lastState.terminated.exitCode',
]

function waitingEvidence(container: ContainerView): readonly Evidence[] {
  const { reason, message } = container.state
  return [
    containerEvidence(container, 'state.waiting.reason', reason),
    ...(message === '' ? [] : [containerEvidence(container, 'state.waiting.message', message)]),
  ]
}

/** Where the kubelet says that something is missing: a container's configuration, or a mount of it. */
function missing(pod: PodView, what: 'ConfigMap' | 'Secret' | 'key'): readonly Detection[] {
  const found: {
    readonly reference: ConfigReference
    readonly detection: Detection
  }[] = []
  for (const container of pod.containers) {
    if (container.state.reason !== 'CreateContainerConfigError') continue
    const reference = configReference(container.state.message)
    if (reference !== undefined) {
      found.push({ reference, detection: { container: container.name, evidence: waitingEvidence(container) } })
    }
  }
  for (const event of holdUps(pod, 'FailedMount')) {
    const reference = configReference(event.message)
    if (reference !== undefined) {
      found.push({ reference, detection: { evidence: [eventEvidence(event, { quote: true })] } })
    }
  }
  const fitting = found.filter(({ reference }) => (reference.key === undefined ? reference.kind : 'key') === what)
  // One missing thing may be said of many events, in many wordings.
  return fitting
    .filter(
      ({ reference, detection }, index) =>
        fitting.findIndex(
          (other) =>
            other.reference.name === reference.name &&
            other.reference.key === reference.key &&
            other.detection.container === detection.container,
        ) === index,
    )
    .map(({ detection }) => detection)
}

function missingObject(kind: 'ConfigMap' | 'Secret', id: IssueRule['id']): IssueRule {
  return defineIssue({
    id,
    title: `${kind} is missing`,
    severity: 'critical',
    of: ['Pod'],
    detection: `A container waits with CreateContainerConfigError, or a volume mount holds up the start of the pod, because a ${kind} is not found.`,
    fields: [...FIELDS, 'events[].message'],
    cause: `The pod refers to a ${kind} that does not exist in its namespace.`,
    next: {
      tool: 'get_pod',
      text: `Create the ${kind}, correct its name in the workload, or mark the reference as optional.`,
    },
    explains: [
      'volume_mount_failed',
      'volume_mount_timeout',
      'stuck_creating',
      'container_exit_error',
      'init_container_failing',
    ],
    detect: (pod) => missing(pod, kind),
  })
}

export const startIssues = [
  missingObject('ConfigMap', 'config_map_missing'),
  missingObject('Secret', 'secret_missing'),
  defineIssue({
    id: 'config_key_missing',
    title: 'ConfigMap or Secret lacks a key',
    severity: 'critical',
    of: ['Pod'],
    detection:
      'A container waits with CreateContainerConfigError, or a volume mount holds up the start of the pod, because an existing ConfigMap or Secret lacks a key.',
    fields: [...FIELDS, 'events[].message'],
    cause:
      'The pod refers to a key that the ConfigMap or Secret does not have. The key is misspelled or not created yet.',
    next: {
      tool: 'get_pod',
      text: 'Add the key, correct its name in the workload, or mark the reference as optional.',
    },
    explains: [
      'volume_mount_failed',
      'volume_mount_timeout',
      'stuck_creating',
      'container_exit_error',
      'init_container_failing',
    ],
    detect: (pod) => missing(pod, 'key'),
  }),
  defineIssue({
    id: 'container_config_error',
    title: 'Container configuration is invalid',
    severity: 'critical',
    of: ['Pod'],
    detection:
      'A container waits with CreateContainerConfigError for a reason other than a missing ConfigMap, Secret or key.',
    fields: FIELDS,
    cause:
      'The kubelet cannot apply the container configuration, for example because of a root user that is not allowed, a sub-path, or a field that it cannot resolve.',
    next: {
      tool: 'get_pod',
      text: 'Read the kubelet message and correct the workload.',
      remediation: 'rollback',
    },
    detect: (pod) =>
      pod.containers
        .filter(({ state }) => state.reason === 'CreateContainerConfigError')
        .filter(({ state }) => configReference(state.message) === undefined)
        .map((container) => ({ container: container.name, evidence: waitingEvidence(container) })),
  }),
  defineIssue({
    id: 'container_create_error',
    title: 'Container cannot be created',
    severity: 'critical',
    of: ['Pod'],
    detection: 'A container waits with CreateContainerError.',
    fields: FIELDS,
    cause:
      'The container runtime cannot create the container, for example because image and pod have no command, a name is in use, or a device or mount fails.',
    next: {
      tool: 'list_events',
      text: 'Read the events of the pod. If other pods on its node fail in the same way, check the node.',
    },
    detect: (pod) =>
      pod.containers
        .filter(({ state }) => state.reason === 'CreateContainerError')
        .map((container) => ({ container: container.name, evidence: waitingEvidence(container) })),
  }),
  defineIssue({
    id: 'container_run_error',
    title: 'Container cannot be started',
    severity: 'critical',
    of: ['Pod'],
    detection:
      'A container waits with RunContainerError, or its last run is terminated with StartError or ContainerCannotRun.',
    fields: FIELDS,
    cause:
      'The container was created, but its command cannot run: the path does not exist in the image, a permission is missing, or the working directory does not exist.',
    next: {
      tool: 'get_pod',
      text: 'Compare the command of the container with the files in the image.',
      remediation: 'rollback',
    },
    explains: ['crash_loop', 'container_exit_error', 'restart_storm', 'init_container_failing'],
    detect: (pod) =>
      pod.containers.flatMap((container) => {
        const { state, last, name } = container
        if (state.phase === 'running') return []
        const starts = /^(StartError|ContainerCannotRun)$/
        if (state.reason === 'RunContainerError') {
          return [{ container: name, evidence: [...waitingEvidence(container), ...exitEvidence(container)] }]
        }
        if (!starts.test(state.reason) && !starts.test(last.reason)) return []
        const held =
          state.phase === 'waiting' ? [containerEvidence(container, 'state.waiting.reason', state.reason)] : []
        return [{ container: name, evidence: [...held, ...exitEvidence(container)] }]
      }),
  }),
  defineIssue({
    id: 'lifecycle_hook_failed',
    title: 'Lifecycle hook fails',
    severity: 'critical',
    of: ['Pod'],
    detection:
      'A container waits with PostStartHookError; or an event reports a failed postStart hook, the latest run ended at that time or as if killed, and the container does not run, or is not ready and ended in this way within the last ten minutes. Only a warning if the pod is being deleted and an event reports a failed preStop hook.',
    fields: [...FIELDS.filter((field) => field.endsWith('waiting.reason')), 'events[].count'],
    cause: 'The command or request of a postStart or preStop hook fails. A failed postStart hook kills the container.',
    next: {
      tool: 'get_pod',
      text: 'Run the command of the hook by hand. Make it wait for its dependencies, or remove it.',
    },
    explains: ['crash_loop', 'container_exit_error', 'restart_storm'],
    whileTerminating: true,
    detect: (pod, cluster) =>
      pod.containers.flatMap((container) => {
        const ending = pod.deletedAt !== undefined
        const waits = !ending && container.state.reason === 'PostStartHookError'
        const over = container.state.phase === 'running' && (sinceExit(container, cluster.now) ?? 0) >= BACKOFF_RESET
        // A preStop hook runs when something else ends the container, which is a separate issue.
        const events = eventsOf(pod, ending ? 'FailedPreStopHook' : 'FailedPostStartHook', undefined, container.name)
        const its = events.filter((event) => isOfLatestRun(container, event, pod))
        // The messages hold the command and its output.
        const evidence = [
          ...(waits ? [containerEvidence(container, 'state.waiting.reason', container.state.reason)] : []),
          ...its.slice(0, 2).map((event) => eventEvidence(event, { quote: false })),
        ]
        if (evidence.length === 0 || container.ready || over) return []
        return [{ ...(ending && { severity: 'warning' as const }), container: container.name, evidence }]
      }),
  }),
]
