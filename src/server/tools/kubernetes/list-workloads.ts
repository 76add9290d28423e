// Defines the tool list_workloads.
import { z } from 'zod'
import type { Page } from '../../kubernetes/cluster-api.ts'
import { namespaceInput } from '../object-name.ts'
import { defineTool } from '../tool.ts'
import { cursorInput, labelSelectorInput, limitInput, READ_ONLY } from './kubernetes-inputs.ts'
import { pageThrough } from './page-through.ts'
import { ageText, moreText, table } from './table.ts'
import type { ToolCluster } from './tool-cluster.ts'
import type { ListedKind, Workload } from './workload-summary.ts'
import { LISTED_KINDS, summarizeWorkload, WORKLOADS, workloadOutput } from './workload-summary.ts'

export function listWorkloads({ reads, scope, now }: ToolCluster) {
  return defineTool({
    name: 'list_workloads',
    title: 'List workloads',
    description:
      'Lists Deployments, StatefulSets, DaemonSets, Jobs and CronJobs with their numbers of ready pods, in one namespace or in all. For workloads with problems, set only_unhealthy; then call diagnose_workload or get_workload for one of them.',
    input: {
      namespace: namespaceInput.optional().describe('Only this namespace; default: all that this server can read.'),
      kind: z.enum(LISTED_KINDS).optional().describe('Only this kind; default: all five.'),
      label_selector: labelSelectorInput.optional().describe('Only workloads with these labels.'),
      only_unhealthy: z.boolean().default(false).describe('Omits workloads with all desired pods ready.'),
      limit: limitInput,
      cursor: cursorInput,
    },
    output: { success: z.literal(true), workloads: z.array(workloadOutput), next_cursor: z.string().optional() },
    annotations: READ_ONLY,
    async run({ namespace, kind, label_selector, only_unhealthy, limit, cursor }, { signal }) {
      if (namespace !== undefined) scope.check(namespace)
      const places = namespace === undefined ? scope.places : [namespace]
      const kinds: readonly ListedKind[] = kind === undefined ? LISTED_KINDS : [kind]
      const segments = kinds.flatMap((each) =>
        places.map((place) => async (continueFrom: string | undefined, size: number) => {
          const query = {
            ...(place !== undefined && { namespace: place }),
            ...(label_selector !== undefined && { labelSelector: label_selector }),
            ...(continueFrom !== undefined && { continueFrom }),
            limit: size,
          }
          const page: Page<Workload> = await reads.list(WORKLOADS[each], query, signal)
          return { ...page, items: page.items.map((workload) => summarizeWorkload(each, workload, now())) }
        }),
      )
      const { items, nextCursor } = await pageThrough({
        segments,
        limit,
        cursor,
        query: [places, kinds, label_selector, only_unhealthy],
        keep: only_unhealthy ? ({ healthy }) => !healthy : undefined,
      })
      scope.confirm(items.map((workload) => workload.namespace))
      return { success: true as const, workloads: items, ...(nextCursor !== undefined && { next_cursor: nextCursor }) }
    },
    text({ workloads, next_cursor }) {
      if (workloads.length === 0) return `No matching workloads.${moreText(next_cursor)}`
      const rows = workloads.map(({ kind, namespace, name, ready, desired, status, age_seconds }) => [
        kind,
        namespace,
        name,
        `${ready}/${desired}`,
        status,
        ageText(age_seconds),
      ])
      return `${table(['KIND', 'NAMESPACE', 'NAME', 'READY', 'STATUS', 'AGE'], rows)}${moreText(next_cursor)}`
    },
  })
}
