// Streams the changes of a watch. The watch of the Kubernetes client buffers without a limit and is not measured; this one
// uses the same path as all other requests, and reads only as fast as its consumer.
import type { ResponseContext } from '@kubernetes/client-node'
import { ApiException } from '@kubernetes/client-node'
import { ToolError } from 'mcp-vitals'
import { boundText } from './bound-text.ts'
import { clusterError } from './cluster-error.ts'
import type { ResourceName, ResourceTypes } from './resource-calls.ts'
import { pathOf } from './resources.ts'

export interface WatchQuery {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** Of the list that came before. */
  readonly resourceVersion: string
  /** After which the API ends the stream. @default 290 */
  readonly timeoutSeconds?: number
  /** Called when the API starts to answer, which shows that the watch is open before the first change. */
  readonly onStart?: () => void
}

export interface WatchChange<R extends ResourceName> {
  /** A bookmark contains only the resource version of the stream's position. */
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  /** As the API sends it: its times are text. */
  readonly object: ResourceTypes[R]
  readonly resourceVersion: string
}

interface Watching<R extends ResourceName> {
  readonly resource: R
  readonly query: WatchQuery
  readonly signal: AbortSignal
  readonly send: (path: string, method: 'GET', signal: AbortSignal) => Promise<ResponseContext>
}

/** Of one object as text. The API's own objects are at most a few megabytes. */
const MAX_LINE = 8_388_608

export async function* watchChanges<R extends ResourceName>({
  resource,
  query,
  signal,
  send,
}: Watching<R>): AsyncGenerator<WatchChange<R>> {
  const what = `watch ${resource}`
  try {
    const response = await send(`${pathOf(resource, query.namespace)}?${parametersOf(query)}`, 'GET', signal)
    if (response.httpStatusCode >= 400) throw refused(response.httpStatusCode)
    query.onStart?.()
    for await (const line of linesOf(response)) {
      const { type: kind, object } = JSON.parse(line) as { type: string; object: Record<string, unknown> }
      if (kind === 'ERROR') throw refused(Number(object['code'] ?? 500))
      yield {
        type: kind as WatchChange<R>['type'],
        object: boundText(object as unknown as ResourceTypes[R]),
        resourceVersion: versionOf(object),
      }
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    throw error instanceof ToolError ? error : clusterError(error, what)
  }
}

function refused(status: number): ApiException<undefined> {
  return new ApiException(status, 'the watch was rejected', undefined, {})
}

function parametersOf({ resourceVersion, labelSelector, fieldSelector, timeoutSeconds = 290 }: WatchQuery): string {
  const parameters = new URLSearchParams({
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion,
    timeoutSeconds: String(timeoutSeconds),
  })
  if (labelSelector !== undefined) parameters.set('labelSelector', labelSelector)
  if (fieldSelector !== undefined) parameters.set('fieldSelector', fieldSelector)
  return parameters.toString()
}

async function* linesOf(response: ResponseContext): AsyncGenerator<string> {
  const stream = response.body.stream()
  if (stream === null) return
  const decoder = new TextDecoder()
  let waiting = ''
  for await (const chunk of stream) {
    const lines = (waiting + decoder.decode(chunk, { stream: true })).split('\n')
    waiting = lines.pop() ?? ''
    if (waiting.length > MAX_LINE) throw new ToolError('unavailable', 'The cluster sent an object that is too large.')
    for (const line of lines) if (line.trim() !== '') yield line
  }
}

function versionOf(object: Record<string, unknown>): string {
  const { resourceVersion } = (object['metadata'] ?? {}) as { resourceVersion?: unknown }
  return typeof resourceVersion === 'string' ? resourceVersion : ''
}
