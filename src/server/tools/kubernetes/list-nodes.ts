// Defines the tool list_nodes.
import type { V1Node } from '@kubernetes/client-node'
import { z } from 'zod'
import { defineTool } from '../tool.ts'
import { cleanLine } from './clean-text.ts'
import { conditionOutput, summarizeConditions } from './condition-summary.ts'
import { cursorInput, labelSelectorInput, limitInput, READ_ONLY } from './kubernetes-inputs.ts'
import { pageThrough } from './page-through.ts'
import { ageOf } from './pod-summary.ts'
import { ageText, moreText, table } from './table.ts'
import type { ToolCluster } from './tool-cluster.ts'

const nodeOutput = z.object({
  name: z.string(),
  ready: z.boolean(),
  schedulable: z.boolean(),
  problems: z.array(conditionOutput).describe('Conditions that indicate a problem, such as DiskPressure.'),
  taints: z.array(z.string()),
  allocatable: z.record(z.string(), z.string()),
  kubelet_version: z.string().optional(),
  architecture: z.string().optional(),
  age_seconds: z.number(),
})

export function listNodes({ reads, now }: ToolCluster) {
  return defineTool({
    name: 'list_nodes',
    title: 'List nodes',
    description:
      'Lists the nodes of the cluster with their readiness, schedulability, pressure conditions (memory, disk, processes), taints and allocatable resources. Use it when pods cannot be scheduled, were evicted or disappeared.',
    input: {
      label_selector: labelSelectorInput.optional().describe('Only nodes with these labels.'),
      limit: limitInput,
      cursor: cursorInput,
    },
    output: { success: z.literal(true), nodes: z.array(nodeOutput), next_cursor: z.string().optional() },
    annotations: READ_ONLY,
    async run({ label_selector, limit, cursor }, { signal }) {
      const query = label_selector === undefined ? {} : { labelSelector: label_selector }
      const { items, nextCursor } = await pageThrough({
        segments: [
          (continueFrom, size) =>
            reads.list('nodes', { ...query, ...(continueFrom !== undefined && { continueFrom }), limit: size }, signal),
        ],
        limit,
        cursor,
        query,
      })
      const nodes = items.map((node) => summarizeNode(node, now()))
      return { success: true as const, nodes, ...(nextCursor !== undefined && { next_cursor: nextCursor }) }
    },
    text({ nodes, next_cursor }) {
      const rows = nodes.map(({ name, ready, schedulable, problems, allocatable, kubelet_version, age_seconds }) => [
        name,
        `${ready ? 'Ready' : 'NotReady'}${schedulable ? '' : ',SchedulingDisabled'}`,
        problems.map(({ type }) => type).join(','),
        allocatable['cpu'],
        allocatable['memory'],
        kubelet_version,
        ageText(age_seconds),
      ])
      return `${table(['NAME', 'STATUS', 'PROBLEMS', 'CPU', 'MEMORY', 'VERSION', 'AGE'], rows)}${moreText(next_cursor)}`
    },
  })
}

function summarizeNode(node: V1Node, now: number): z.output<typeof nodeOutput> {
  const { spec, status } = node
  const conditions = status?.conditions ?? []
  // Ready should be true, and all other conditions false.
  const wrong = conditions.filter(({ type, status: holds }) => holds !== (type === 'Ready' ? 'True' : 'False'))
  const { kubeletVersion, architecture } = status?.nodeInfo ?? {}
  return {
    name: node.metadata?.name ?? '',
    ready: conditions.some(({ type, status: holds }) => type === 'Ready' && holds === 'True'),
    schedulable: spec?.unschedulable !== true,
    problems: summarizeConditions(wrong),
    taints: (spec?.taints ?? [])
      .slice(0, 20)
      .map(({ key, value, effect }) => cleanLine(`${key}=${value ?? ''}:${effect}`, 200)),
    allocatable: Object.fromEntries(Object.entries(status?.allocatable ?? {}).slice(0, 20)),
    ...(kubeletVersion && { kubelet_version: cleanLine(kubeletVersion, 50) }),
    ...(architecture && { architecture: cleanLine(architecture, 50) }),
    age_seconds: ageOf(node, now),
  }
}
