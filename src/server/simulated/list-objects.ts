// Serves list requests in pages. As in the real API, all pages of a list show the same version.
import { parseFieldSelector } from './field-selector.ts'
import { parseLabelSelector } from './label-selector.ts'
import type { ObjectStore } from './object-store.ts'
import { keyOf } from './object-store.ts'
import type { ServedName, Stored } from './served-resources.ts'
import { apiVersionOf, SERVED } from './served-resources.ts'
import { StatusError } from './status-error.ts'
import type { JsonObject } from './wire.ts'

export function listObjects(
  store: ObjectStore,
  resource: ServedName,
  namespace: string | undefined,
  query: URLSearchParams,
): JsonObject {
  const matches = objectTest(resource, query)
  const limit = wholeNumber(query, 'limit')
  const token = query.get('continue')
  const start = token ? readToken(token) : { version: store.version, after: '' }
  const all = store.listAt(resource, start.version, namespace)
  if (all === undefined) {
    throw new StatusError(
      'Expired',
      'The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.',
    )
  }
  const matching = all.filter(matches)
  const from = start.after === '' ? 0 : matching.findIndex((object) => keyOfObject(object) > start.after)
  const rest = from < 0 ? [] : matching.slice(from)
  const items = limit > 0 ? rest.slice(0, limit) : rest
  const last = items.at(-1)
  const more = last !== undefined && items.length < rest.length
  return {
    kind: `${SERVED[resource].kind}List`,
    apiVersion: apiVersionOf(resource),
    metadata: {
      resourceVersion: String(start.version),
      ...(more && { continue: writeToken({ version: start.version, after: keyOfObject(last) }) }),
      // The API cannot tell how many remain where a selector decides.
      ...(more && !selects(query) && { remainingItemCount: rest.length - items.length }),
    },
    items,
  }
}

/** What the query's selectors let through. */
export function objectTest(resource: ServedName, query: URLSearchParams): (object: Stored<ServedName>) => boolean {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '')
  const fields = parseFieldSelector(resource, query.get('fieldSelector') ?? '')
  return (object) => labels(labelsOf(object)) && fields(object)
}

function labelsOf(object: Stored<ServedName>): Readonly<Record<string, string>> | undefined {
  return (object.metadata as { labels?: Record<string, string> }).labels
}

export function wholeNumber(query: URLSearchParams, name: string): number {
  const text = query.get(name) ?? ''
  if (text === '') return 0
  if (/^\d{1,12}$/.test(text)) return Number(text)
  throw new StatusError('BadRequest', `strconv.ParseInt: parsing "${text}": invalid syntax`)
}

function selects(query: URLSearchParams): boolean {
  return Boolean(query.get('labelSelector') || query.get('fieldSelector'))
}

function keyOfObject({ metadata }: Stored<ServedName>): string {
  return keyOf(metadata.namespace, metadata.name)
}

interface Start {
  readonly version: number
  readonly after: string
}

function writeToken(start: Start): string {
  return Buffer.from(JSON.stringify(start)).toString('base64url')
}

function readToken(token: string): Start {
  try {
    const { version, after } = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as Start
    if (Number.isInteger(version) && typeof after === 'string') return { version, after }
  } catch {
    // Said below.
  }
  throw new StatusError('BadRequest', `continue key is not valid: encoded continue version "${token.slice(0, 40)}"`)
}
