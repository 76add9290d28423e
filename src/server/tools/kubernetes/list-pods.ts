// Defines the tool list_pods.
import { z } from 'zod'
import { namespaceInput } from '../object-name.ts'
import { defineTool } from '../tool.ts'
import { cursorInput, labelSelectorInput, limitInput, READ_ONLY } from './kubernetes-inputs.ts'
import { pageThrough } from './page-through.ts'
import { isHealthy, podOutput, podTable, summarizePod } from './pod-summary.ts'
import { moreText } from './table.ts'
import type { ToolCluster } from './tool-cluster.ts'

const PHASES = ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'] as const

export function listPods({ reads, scope, now }: ToolCluster) {
  return defineTool({
    name: 'list_pods',
    title: 'List pods',
    description:
      'Lists pods with their status, restarts, age and node, in one namespace or in all. For pods with problems, set only_unhealthy; then call diagnose_pod, get_pod or get_logs for one of them.',
    input: {
      namespace: namespaceInput.optional().describe('Only this namespace; default: all that this server can read.'),
      label_selector: labelSelectorInput.optional().describe('Only pods with these labels, such as app=web.'),
      phase: z.enum(PHASES).optional().describe('Only pods in this phase. A crashing pod is in phase Running.'),
      only_unhealthy: z
        .boolean()
        .default(false)
        .describe('Omits completed pods and running pods with all containers ready.'),
      limit: limitInput,
      cursor: cursorInput,
    },
    output: { success: z.literal(true), pods: z.array(podOutput), next_cursor: z.string().optional() },
    annotations: READ_ONLY,
    async run({ namespace, label_selector, phase, only_unhealthy, limit, cursor }, { signal }) {
      if (namespace !== undefined) scope.check(namespace)
      const query = {
        ...(label_selector !== undefined && { labelSelector: label_selector }),
        ...(phase !== undefined && { fieldSelector: `status.phase=${phase}` }),
      }
      const places = namespace === undefined ? scope.places : [namespace]
      const { items, nextCursor } = await pageThrough({
        segments: places.map((place) => (continueFrom: string | undefined, size: number) => {
          const where = {
            ...(place !== undefined && { namespace: place }),
            ...(continueFrom !== undefined && { continueFrom }),
          }
          return reads.list('pods', { ...query, ...where, limit: size }, signal)
        }),
        limit,
        cursor,
        query: [places, query, only_unhealthy],
        keep: only_unhealthy ? (pod) => !isHealthy(pod) : undefined,
      })
      scope.confirm(items.map(({ metadata }) => metadata?.namespace))
      const pods = items.map((pod) => summarizePod(pod, now()))
      return { success: true as const, pods, ...(nextCursor !== undefined && { next_cursor: nextCursor }) }
    },
    text({ pods, next_cursor }) {
      if (pods.length === 0) return `No matching pods.${moreText(next_cursor)}`
      return `${podTable(pods)}${moreText(next_cursor)}`
    },
  })
}
