// Streams watch events as JSON lines until the timeout or the end of the connection.
import type { ServerResponse } from 'node:http'
import { objectTest, wholeNumber } from './list-objects.ts'
import type { Change, ObjectStore } from './object-store.ts'
import type { ServedName, Stored } from './served-resources.ts'
import { apiVersionOf, SERVED } from './served-resources.ts'
import { StatusError } from './status-error.ts'

/** A client that reads no more is cut off: it starts again, as it would if its connection broke. */
const MAX_WAITING_BYTES = 4_194_304
const BOOKMARK_MS = 60_000
const MOST_SECONDS = 3_600

interface WatchRequest {
  readonly resource: ServedName
  readonly namespace: string | undefined
  readonly query: URLSearchParams
  readonly response: ServerResponse
}

export function watchObjects(store: ObjectStore, { resource, namespace, query, response }: WatchRequest): void {
  const matches = objectTest(resource, query)
  const seconds = Math.min(wholeNumber(query, 'timeoutSeconds') || 1_800, MOST_SECONDS)
  const bookmarks = query.get('allowWatchBookmarks') === 'true'
  const since = query.get('resourceVersion') ?? ''
  const before = since === '' || since === '0' ? undefined : wholeNumber(query, 'resourceVersion')
  const missed = before === undefined ? [] : store.changesSince(before)

  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' })
  response.flushHeaders()
  const send = (type: string, object: unknown) => {
    response.write(`${JSON.stringify({ type, object })}\n`)
    if (response.writableLength > MAX_WAITING_BYTES) response.destroy()
  }
  if (missed === undefined) {
    // As the API does: the stream begins well, and its first event says that the version is gone.
    send('ERROR', new StatusError('Expired', `too old resource version: ${since} (${store.version})`).body)
    response.end()
    return
  }
  const bookmark = () => {
    const metadata = { resourceVersion: String(store.version), creationTimestamp: null }
    send('BOOKMARK', { kind: SERVED[resource].kind, apiVersion: apiVersionOf(resource), metadata })
  }
  const tell = (change: Change) => {
    if (change.resource !== resource) return
    if (namespace !== undefined && change.object.metadata.namespace !== namespace) return
    const type = seenAs(change, matches)
    if (type !== undefined) send(type, change.object)
  }

  if (before === undefined) for (const object of store.list(resource, namespace).filter(matches)) send('ADDED', object)
  for (const change of missed) tell(change)
  const stopListening = store.onChange(tell)
  const ticking = bookmarks ? setInterval(bookmark, BOOKMARK_MS) : undefined
  const ending = setTimeout(() => {
    if (bookmarks) bookmark()
    response.end()
  }, seconds * 1_000)
  ticking?.unref()
  ending.unref()
  response.once('close', () => {
    stopListening()
    clearInterval(ticking)
    clearTimeout(ending)
  })
}

/** An object that comes to match the selectors is added for this watch, one that ceases to is deleted. */
function seenAs(
  { type, object, before }: Change,
  matches: (object: Stored<ServedName>) => boolean,
): Change['type'] | undefined {
  const is = type !== 'DELETED' && matches(object)
  const was = before !== undefined && matches(before)
  if (is) return was ? 'MODIFIED' : 'ADDED'
  return was ? 'DELETED' : undefined
}
