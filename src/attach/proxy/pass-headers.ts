// Chooses the headers that go on to the other side: all but those that are about one connection.
import type { IncomingMessage } from 'node:http'

/** Source: RFC 9110, section 7.6.1, and the fields of RFC 9112 that frame a message. */
const OF_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

export interface RequestHeaderOptions {
  /** The upstream's, with its port. */
  readonly host: string
  /** Whether the proxy itself asked for the token in `Authorization`: then it is not the upstream's business. */
  readonly withoutAuthorization: boolean
  /** Whether the response is read, which a compressed one cannot be. */
  readonly isRead: boolean
  /** Whether the client speaks TLS with the proxy. */
  readonly isSecure: boolean
}

/** The headers of a client's request as they are sent to the upstream, as a flat list of names and values. */
export function headersForUpstream(
  request: Pick<IncomingMessage, 'rawHeaders' | 'headers' | 'socket'>,
  { host, withoutAuthorization, isRead, isSecure }: RequestHeaderOptions,
): string[] {
  const { headers, socket } = request
  const own = ['host', 'expect', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto']
  const dropped = new Set(own)
  if (withoutAuthorization) dropped.add('authorization')
  if (isRead) dropped.add('accept-encoding')
  const before = headers['x-forwarded-for']
  return [
    'Host',
    host,
    ...passing(request.rawHeaders, headers.connection, dropped),
    ...(isRead ? ['Accept-Encoding', 'identity'] : []),
    ...(headers['transfer-encoding'] === undefined ? [] : ['Transfer-Encoding', 'chunked']),
    'X-Forwarded-For',
    [before, socket.remoteAddress].flat().filter(Boolean).join(', '),
    'X-Forwarded-Host',
    headers.host ?? host,
    'X-Forwarded-Proto',
    isSecure ? 'https' : 'http',
  ]
}

/**
 * The headers of the upstream's response as they are sent to the client. A redirect to the upstream's own address is made to lead to
 * the proxy, which is the only address that the client may be able to reach.
 */
export function headersForClient(
  { rawHeaders, headers }: Pick<IncomingMessage, 'rawHeaders' | 'headers'>,
  upstream: URL,
): string[] {
  const passed = passing(rawHeaders, headers.connection, new Set())
  return passed.map((value, index) =>
    index % 2 === 1 && passed[index - 1]?.toLowerCase() === 'location' ? relativeTo(upstream, value) : value,
  )
}

function passing(raw: readonly string[], connection: string | undefined, dropped: ReadonlySet<string>): string[] {
  const named = new Set(
    (connection ?? '')
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
  )
  const passed: string[] = []
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const [name = '', value = ''] = raw.slice(index, index + 2)
    const key = name.toLowerCase()
    if (!OF_CONNECTION.has(key) && !named.has(key) && !dropped.has(key)) passed.push(name, value)
  }
  return passed
}

function relativeTo({ origin }: URL, location: string): string {
  if (!URL.canParse(location)) return location
  const target = new URL(location)
  return target.origin === origin ? `${target.pathname}${target.search}${target.hash}` : location
}
