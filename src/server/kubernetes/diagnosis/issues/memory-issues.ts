// Finds containers that reach or approach their memory limit.
import type { ContainerView } from '../container-view.ts'
import { quantity } from '../field.ts'
import type { Evidence } from '../finding.ts'
import { defineIssue } from '../issue-rule.ts'
import { BACKOFF_RESET, STATE_FIELDS, sinceExit, stateEvidence } from './crashing.ts'

const NEAR_LIMIT = 0.9

export const memoryIssues = [
  defineIssue({
    id: 'oom_killed',
    title: 'Container is killed for exceeding its memory limit',
    severity: 'critical',
    of: ['Pod'],
    detection:
      'The current or last state of a container is terminated with the reason OOMKilled, and the container does not run, or was restarted at least three times and has not yet run for ten minutes.',
    fields: [...STATE_FIELDS, 'spec.containers[].resources.limits.memory'],
    cause:
      'The container needs more memory than its limit, because the limit is too low or the application leaks memory.',
    next: {
      tool: 'get_pod',
      text: 'Compare the memory limit with the memory that the container needs. If the last rollout changed either, roll it back.',
      remediation: 'rollback',
    },
    explains: ['crash_loop', 'container_exit_error', 'restart_storm', 'init_container_failing', 'sidecar_failing'],
    detect: (pod, cluster) =>
      pod.containers
        .filter((container) => isOomKilled(container, cluster.now))
        .map((container) => ({
          container: container.name,
          evidence: [...stateEvidence(container, pod, cluster), ...limitEvidence(container)],
        })),
  }),
  defineIssue({
    id: 'oom_recovered',
    title: 'Container was killed for exceeding its memory limit and runs again',
    severity: 'warning',
    of: ['Pod'],
    detection: 'A container runs, and its last state is terminated with the reason OOMKilled.',
    fields: [...STATE_FIELDS, 'spec.containers[].resources.limits.memory'],
    cause: 'The container needed more memory than its limit. It is killed again when this happens again.',
    next: {
      tool: 'get_pod',
      text: 'Check the memory limit and how long the container ran before it was killed. A memory leak fills the limit again in about the same time.',
    },
    explains: ['container_exit_error', 'restart_storm'],
    detect: (pod, cluster) =>
      pod.containers
        .filter((container) => container.state.phase === 'running' && container.last.reason === 'OOMKilled')
        .filter((container) => !isOomKilled(container, cluster.now))
        .map((container) => ({
          state: 'recovered',
          container: container.name,
          evidence: [...stateEvidence(container, pod, cluster), ...limitEvidence(container)],
        })),
  }),
  defineIssue({
    id: 'near_oom',
    needs: 'usage',
    title: 'Container is close to its memory limit',
    severity: 'warning',
    of: ['Pod'],
    whileWell: true,
    detection:
      'The metrics API reports that a container uses at least 90 % of its memory limit. Only the tools detect this, and only if they can read the metrics API; the exporter does not read it.',
    fields: ['PodMetrics containers[].usage.memory', 'spec.containers[].resources.limits.memory'],
    cause: 'The container uses almost all memory of its limit. It is killed if it needs more.',
    next: {
      tool: 'get_pod',
      text: 'Compare the limit with the request and with the usual memory usage of the container.',
    },
    detect: (pod, cluster) =>
      pod.containers.flatMap((container) => {
        const limit = quantity(container.spec?.resources?.limits?.['memory'])
        const used = cluster.memoryBytes(pod.namespace, pod.name, container.name)
        if (container.state.phase !== 'running' || !limit || used === undefined || used < limit * NEAR_LIMIT) return []
        const usage = { field: `PodMetrics containers[name=${container.name}].usage.memory`, value: used }
        return [{ container: container.name, evidence: [usage, ...limitEvidence(container)] }]
      }),
  }),
]

function isOomKilled(container: ContainerView, now: number): boolean {
  const { state, last, restarts } = container
  if (state.phase === 'terminated') return state.reason === 'OOMKilled'
  if (last.reason !== 'OOMKilled') return false
  if (state.phase === 'waiting') return true
  const since = sinceExit(container, now)
  return state.phase === 'running' && restarts >= 3 && since !== undefined && since < BACKOFF_RESET
}

function limitEvidence({ spec, name, path }: ContainerView): readonly Evidence[] {
  const limit = spec?.resources?.limits?.['memory']
  const where = path.startsWith('status.init') ? 'initContainers' : 'containers'
  return typeof limit === 'string'
    ? [{ field: `spec.${where}[name=${name}].resources.limits.memory`, value: limit }]
    : []
}
