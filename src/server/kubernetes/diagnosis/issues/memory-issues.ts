// Containers and their memory limits.
import type { ContainerView } from '../container-view.ts'
import { quantity } from '../field.ts'
import type { Evidence } from '../finding.ts'
import { defineIssue } from '../issue-rule.ts'
import { BACKOFF_RESET, STATE_FIELDS, sinceExit, stateEvidence } from './crashing.ts'

const NEAR_LIMIT = 0.9

export const memoryIssues = [
  defineIssue({
    id: 'oom_killed',
    title: 'Container is killed for memory',
    severity: 'critical',
    of: ['Pod'],
    detection:
      'The current or last state of a container that does not run, or that was restarted three times or more and not yet ran for ten minutes, is terminated with the reason OOMKilled.',
    fields: [...STATE_FIELDS, 'spec.containers[].resources.limits.memory'],
    cause: 'The container needs more memory than its limit, because the limit is too low or because it leaks.',
    next: {
      tool: 'get_pod',
      text: 'Compare the memory limit with what the container is known to need; if the last rollout changed either, go back to the one before.',
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
    title: 'Container was killed for memory and runs again',
    severity: 'warning',
    of: ['Pod'],
    detection: 'A container runs, and its last state is terminated with the reason OOMKilled.',
    fields: [...STATE_FIELDS, 'spec.containers[].resources.limits.memory'],
    cause: 'The container once needed more memory than its limit. It will be killed again when it does again.',
    next: {
      tool: 'get_pod',
      text: 'Look at the memory limit and at how long the container ran before it was killed; a leak comes back after about that time.',
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
    detection:
      'The metrics API gives a container 90 % of its memory limit or more. It is found where the cluster has a metrics API that may be read, by the tools; the exporter does not read it.',
    fields: ['PodMetrics containers[].usage.memory', 'spec.containers[].resources.limits.memory'],
    cause: 'The container uses nearly all the memory that its limit allows, and is killed when it needs more.',
    next: { tool: 'get_pod', text: 'Compare the limit with the request and with what the container usually needs.' },
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
