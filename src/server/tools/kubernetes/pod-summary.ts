// Summarizes a pod for lists.
import type { V1Pod } from '@kubernetes/client-node'
import { z } from 'zod'
import { time } from '../../kubernetes/diagnosis/field.ts'
import { cleanLine } from './clean-text.ts'
import { ageText, table } from './table.ts'

export const podOutput = z.object({
  namespace: z.string(),
  name: z.string(),
  status: z.string().describe('The status as kubectl shows it: the phase, or the reason why a container is not ready.'),
  healthy: z.boolean().describe('True if the pod is completed, or running with all containers ready.'),
  ready_containers: z.number(),
  containers: z.number(),
  restarts: z.number(),
  node: z.string().optional(),
  owner: z.string().optional().describe('Kind and name of the owner.'),
  age_seconds: z.number(),
})

type PodSummary = z.output<typeof podOutput>

export function summarizePod(pod: V1Pod, now: number): PodSummary {
  const statuses = pod.status?.containerStatuses ?? []
  const [owner] = pod.metadata?.ownerReferences ?? []
  const ready = statuses.filter((status) => status.ready).length
  const containers = pod.spec?.containers?.length ?? statuses.length
  return {
    namespace: pod.metadata?.namespace ?? '',
    name: pod.metadata?.name ?? '',
    status: statusOf(pod),
    healthy: isHealthy(pod),
    ready_containers: ready,
    containers,
    restarts: statuses.reduce((sum, { restartCount }) => sum + restartCount, 0),
    ...(pod.spec?.nodeName && { node: pod.spec.nodeName }),
    ...(owner && { owner: `${owner.kind}/${owner.name}` }),
    age_seconds: ageOf(pod, now),
  }
}

export function ageOf({ metadata }: { metadata?: { creationTimestamp?: Date } }, now: number): number {
  return Math.max(0, Math.round((now - (time(metadata?.creationTimestamp) ?? now)) / 1_000))
}

export function isHealthy({ status, metadata }: V1Pod): boolean {
  if (metadata?.deletionTimestamp !== undefined) return false
  if (status?.phase === 'Succeeded') return true
  return (
    status?.phase === 'Running' &&
    (status.conditions ?? []).some(({ type, status: holds }) => type === 'Ready' && holds === 'True')
  )
}

/** Returns the first problem, or the phase if there is none. */
function statusOf({ metadata, status }: V1Pod): string {
  if (metadata?.deletionTimestamp !== undefined) return 'Terminating'
  if (status?.reason) return cleanLine(status.reason, 100)
  const init = (status?.initContainerStatuses ?? []).find(
    ({ state }) => state?.waiting?.reason || state?.terminated?.exitCode,
  )
  if (init) return cleanLine(`Init:${init.state?.waiting?.reason ?? init.state?.terminated?.reason ?? 'Error'}`, 100)
  for (const { state } of status?.containerStatuses ?? []) {
    const reason = state?.waiting?.reason ?? state?.terminated?.reason
    if (reason) return cleanLine(reason, 100)
  }
  const unscheduled = (status?.conditions ?? []).find(
    ({ type, status: holds }) => type === 'PodScheduled' && holds === 'False',
  )
  return cleanLine(unscheduled?.reason ?? status?.phase ?? 'Unknown', 100)
}

export function podTable(pods: readonly PodSummary[]): string {
  return table(
    ['NAMESPACE', 'NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE', 'NODE'],
    pods.map((pod) => [
      pod.namespace,
      pod.name,
      `${pod.ready_containers}/${pod.containers}`,
      pod.status,
      pod.restarts,
      ageText(pod.age_seconds),
      pod.node,
    ]),
  )
}
