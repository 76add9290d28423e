// Defines the tool list_namespaces.
import type { V1Namespace } from '@kubernetes/client-node'
import { z } from 'zod'
import type { Page } from '../../kubernetes/cluster-api.ts'
import { defineTool } from '../tool.ts'
import { cursorInput, limitInput, READ_ONLY } from './kubernetes-inputs.ts'
import { pageThrough } from './page-through.ts'
import { ageOf } from './pod-summary.ts'
import { ageText, moreText, table } from './table.ts'
import type { ToolCluster } from './tool-cluster.ts'

const namespaceOutput = z.object({ name: z.string(), phase: z.string(), age_seconds: z.number() })

export function listNamespaces({ reads, scope, now }: ToolCluster) {
  return defineTool({
    name: 'list_namespaces',
    title: 'List namespaces',
    description:
      'Lists the namespaces that this server can read. Call it first if you do not know the namespace for the other tools.',
    input: { limit: limitInput, cursor: cursorInput },
    output: { success: z.literal(true), namespaces: z.array(namespaceOutput), next_cursor: z.string().optional() },
    annotations: READ_ONLY,
    async run({ limit, cursor }, { signal }) {
      // A server that is limited to some namespaces can usually not list all of them, but can read each.
      const segments = scope.places.map((place) => async (continueFrom: string | undefined, size: number) => {
        if (place === undefined) {
          return reads.list('namespaces', { limit: size, ...(continueFrom !== undefined && { continueFrom }) }, signal)
        }
        const one = await reads.get('namespaces', { namespace: '', name: place }, signal)
        return { items: [one], continueFrom: undefined, resourceVersion: '' } satisfies Page<V1Namespace>
      })
      const { items, nextCursor } = await pageThrough({ segments, limit, cursor, query: scope.places })
      scope.confirm(items.map(({ metadata }) => metadata?.name))
      const namespaces = items.map((namespace) => ({
        name: namespace.metadata?.name ?? '',
        phase: namespace.status?.phase ?? '',
        age_seconds: ageOf(namespace, now()),
      }))
      return { success: true as const, namespaces, ...(nextCursor !== undefined && { next_cursor: nextCursor }) }
    },
    text({ namespaces, next_cursor }) {
      const rows = namespaces.map(({ name, phase, age_seconds }) => [name, phase, ageText(age_seconds)])
      return `${table(['NAME', 'PHASE', 'AGE'], rows)}${moreText(next_cursor)}`
    },
  })
}
