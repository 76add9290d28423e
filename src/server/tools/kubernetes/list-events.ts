// Defines the tool list_events.
import { createHash } from 'node:crypto'
import type { CoreV1Event } from '@kubernetes/client-node'
import { z } from 'zod'
import { nameInput, namespaceInput } from '../object-name.ts'
import { defineTool } from '../tool.ts'
import { DATA_NOTICE, eventOutput, newestFirst, summarizeEvent } from './event-summary.ts'
import { cursorInput, limitInput, READ_ONLY } from './kubernetes-inputs.ts'
import { readCursor, writeCursor } from './page-through.ts'
import { moreText, table } from './table.ts'
import type { ToolCluster } from './tool-cluster.ts'

/** The API cannot sort events, so up to this many are read to find the newest. */
const MOST_EVENTS = 5_000
const PAGE = 500

export function listEvents({ reads, scope }: ToolCluster) {
  return defineTool({
    name: 'list_events',
    title: 'List events',
    description:
      'Lists Kubernetes events, the newest first: scheduling, image pulls, probes, restarts, evictions, rejected pods. Set type to Warning to see problems only, and object_name for one object. Kubernetes keeps events for about an hour. For container output, use get_logs.',
    input: {
      namespace: namespaceInput.optional().describe('Only this namespace; default: all that this server can read.'),
      object_kind: z
        .string()
        .max(63)
        .regex(/^[A-Z][A-Za-z]*$/, 'Invalid kind; example: Pod')
        .optional()
        .describe('Only events about objects of this kind, such as Pod, ReplicaSet or Node.'),
      object_name: nameInput('Kubernetes object').optional().describe('Only events about objects with this name.'),
      type: z.enum(['Normal', 'Warning']).optional().describe('Only events of this type; default: both.'),
      limit: limitInput,
      cursor: cursorInput,
    },
    output: {
      success: z.literal(true),
      events: z.array(eventOutput),
      truncated: z.boolean().describe('True if there were too many events to read all of them.'),
      next_cursor: z.string().optional(),
      notice: z.string(),
    },
    annotations: READ_ONLY,
    async run({ namespace, object_kind, object_name, type, limit, cursor }, { signal }) {
      if (namespace !== undefined) scope.check(namespace)
      const fields = [
        object_kind && `involvedObject.kind=${object_kind}`,
        object_name && `involvedObject.name=${object_name}`,
        type && `type=${type}`,
      ].filter(Boolean)
      const places = namespace === undefined ? scope.places : [namespace]
      const fingerprint = createHash('sha256')
        .update(JSON.stringify([places, fields]))
        .digest('base64url')
        .slice(0, 12)
      const { o: from } = cursor === undefined ? { o: 0 } : readCursor(cursor, fingerprint, 1)
      const found: CoreV1Event[] = []
      let truncated = false
      for (const place of places) {
        let continueFrom: string | undefined
        do {
          const page = await reads.list(
            'events',
            {
              ...(place !== undefined && { namespace: place }),
              ...(fields.length > 0 && { fieldSelector: fields.join(',') }),
              ...(continueFrom !== undefined && { continueFrom }),
              limit: PAGE,
            },
            signal,
          )
          for (const event of page.items) found.push(event)
          continueFrom = page.continueFrom
        } while (continueFrom !== undefined && found.length < MOST_EVENTS)
        truncated ||= continueFrom !== undefined
      }
      scope.confirm(found.map(({ metadata }) => metadata?.namespace))
      const events = newestFirst(found)
        .slice(from, from + limit)
        .map(summarizeEvent)
      const more = found.length > from + limit
      return {
        success: true as const,
        events,
        truncated,
        ...(more && { next_cursor: writeCursor({ s: 0, o: from + limit }, fingerprint) }),
        notice: DATA_NOTICE,
      }
    },
    text({ events, next_cursor }) {
      if (events.length === 0) return 'No matching events.'
      const rows = events.map(({ last_seen, type, reason, object, namespace, count, message }) => [
        last_seen,
        type,
        reason,
        namespace,
        object,
        count,
        message,
      ])
      const header = ['LAST SEEN', 'TYPE', 'REASON', 'NAMESPACE', 'OBJECT', 'COUNT', 'MESSAGE']
      return `${table(header, rows)}${moreText(next_cursor)}\n${DATA_NOTICE}`
    },
  })
}
