// Defines the tool get_workload.
import type { V1ReplicaSet } from '@kubernetes/client-node'
import { z } from 'zod'
import { nameInput, namespaceInput } from '../object-name.ts'
import { defineTool } from '../tool.ts'
import { cleanLine } from './clean-text.ts'
import { conditionOutput, summarizeConditions } from './condition-summary.ts'
import { containerOutput, summarizeContainers } from './container-summary.ts'
import { DATA_NOTICE, eventOutput, recentEvents } from './event-summary.ts'
import { READ_ONLY } from './kubernetes-inputs.ts'
import { maskMessages } from './mask-messages.ts'
import { ageOf, podOutput, podTable, summarizePod } from './pod-summary.ts'
import { table } from './table.ts'
import type { ToolCluster } from './tool-cluster.ts'
import { membersOf } from './workload-members.ts'
import type { Workload } from './workload-summary.ts'
import { LISTED_KINDS, summarizeWorkload, templateOf, WORKLOADS, workloadOutput } from './workload-summary.ts'

const REVISION = 'deployment.kubernetes.io/revision'
const MOST_PODS = 50
const MOST_REVISIONS = 10

const revisionOutput = z.object({
  revision: z.number(),
  replica_set: z.string(),
  images: z.array(z.string()),
  replicas: z.number(),
  age_seconds: z.number(),
})

export function getWorkload({ reads, scope, now }: ToolCluster) {
  return defineTool({
    name: 'get_workload',
    title: 'Get workload',
    description:
      'Describes one Deployment, StatefulSet, DaemonSet, Job or CronJob: its conditions, the containers of its template, its pods, its latest events and, for a Deployment, the revisions for a rollback. For the cause of a problem, use diagnose_workload.',
    input: {
      kind: z.enum(LISTED_KINDS).describe('The kind of the workload.'),
      namespace: namespaceInput.describe('The namespace of the workload.'),
      name: nameInput('workload').describe('The name of the workload, from list_workloads.'),
    },
    output: {
      success: z.literal(true),
      workload: workloadOutput.extend({
        paused: z.boolean(),
        conditions: z.array(conditionOutput),
        containers: z.array(containerOutput),
      }),
      pods: z.array(podOutput),
      revisions: z.array(revisionOutput).optional().describe('For a Deployment; the newest first.'),
      recent_events: z.array(eventOutput).optional(),
      notice: z.string(),
    },
    annotations: READ_ONLY,
    async run({ kind, namespace, name }, { signal }) {
      scope.check(namespace)
      const workload: Workload = await reads.get(WORKLOADS[kind], { namespace, name }, signal)
      scope.confirm([workload.metadata?.namespace])
      const [{ pods, replicaSets }, events] = await Promise.all([
        membersOf(reads, kind, workload, { namespace, mostPods: MOST_PODS, signal }),
        recentEvents(reads, namespace, workload, signal),
      ])
      const told = {
        success: true as const,
        workload: {
          ...summarizeWorkload(kind, workload, now()),
          paused: isPaused(workload),
          conditions: summarizeConditions((workload.status as { conditions?: [] } | undefined)?.conditions),
          containers: summarizeContainers(templateOf(kind, workload)?.spec),
        },
        pods: pods.map((pod) => summarizePod(pod, now())),
        ...(replicaSets !== undefined && { revisions: revisionsOf(replicaSets, now()) }),
        ...(events !== undefined && { recent_events: events }),
        notice: DATA_NOTICE,
      }
      return maskMessages(told, workload)
    },
    text({ workload, pods, revisions = [], recent_events = [] }) {
      const { kind, namespace, name, ready, desired, status, conditions } = workload
      const rows = revisions.map(({ revision, replicas, images }) => [revision, replicas, images.join(' ')])
      return [
        `${kind} ${namespace}/${name}: ${ready}/${desired} ready, ${status}`,
        ...conditions.map(({ type, status: holds, reason, message }) =>
          `${type}=${holds} ${reason ?? ''} ${message ?? ''}`.trim(),
        ),
        ...(pods.length > 0 ? [podTable(pods)] : []),
        ...(rows.length > 0 ? [table(['REVISION', 'REPLICAS', 'IMAGES'], rows)] : []),
        ...recent_events.map(({ type, reason, message, count }) => `${type} ${reason} (${count}x): ${message}`),
        DATA_NOTICE,
      ].join('\n')
    },
  })
}

function isPaused({ spec }: Workload): boolean {
  const { paused, suspend } = (spec ?? {}) as { paused?: boolean; suspend?: boolean }
  return paused === true || suspend === true
}

function revisionsOf(sets: readonly V1ReplicaSet[], now: number): z.output<typeof revisionOutput>[] {
  return sets
    .map((set) => ({
      revision: Number(set.metadata?.annotations?.[REVISION] ?? 0) || 0,
      replica_set: set.metadata?.name ?? '',
      images: (set.spec?.template?.spec?.containers ?? []).map(({ image = '' }) => cleanLine(image, 300)),
      replicas: set.spec?.replicas ?? 0,
      age_seconds: ageOf(set, now),
    }))
    .sort((a, b) => b.revision - a.revision)
    .slice(0, MOST_REVISIONS)
}
