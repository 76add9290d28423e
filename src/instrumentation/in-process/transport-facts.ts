// Reads what an SDK's transport knows: the network, the headers of a request, the signal of a sender. Structural and forgiving,
// because each SDK line keeps these in places of its own, and property names survive where a bundler renames classes.
import { isRecord, member, textMember } from '../outcome/read-value.ts'
import { auditsCalls } from '../record/audit.ts'
import type { ConnectionFacts } from '../wire/connection.ts'
import type { NetworkFacts } from '../wire/network.ts'
import type { ReceivedFacts, SendFacts } from '../wire/watcher.ts'

export function connectionFacts(transport: { readonly sessionId?: string | undefined }): ConnectionFacts {
  const network = networkOf(transport)
  const sessionId = () => transport.sessionId
  if (network.networkProtocol !== 'http') return { network, sessionId }
  const told = requestVersions(transport)
  const withVersion = {
    ...network,
    get networkProtocolVersion() {
      return told.httpVersion
    },
  }
  return { network: withVersion, sessionId }
}

/** How the SDKs' HTTP transports are handed a request: Streamable HTTP, SSE, and v2's transport of one exchange. */
const HTTP_METHODS = ['handleRequest', 'handlePostMessage', 'handleMessage'] as const

interface Told {
  httpVersion: string | undefined
}

const toldBy = new WeakMap<object, Told>()

/**
 * What the requests of node:http that a transport is handed tell of HTTP's version. A request of the Fetch API does not tell it, and
 * neither does a client.
 */
function requestVersions(transport: object): Told {
  const known = toldBy.get(transport)
  if (known !== undefined) return known
  const told: Told = { httpVersion: undefined }
  toldBy.set(transport, told)
  if (!Object.isExtensible(transport)) return told
  for (const name of HTTP_METHODS) {
    const handle = member(transport, name)
    if (typeof handle !== 'function' || Object.getOwnPropertyDescriptor(transport, name)?.configurable === false)
      continue
    const noting = function (this: unknown, ...args: unknown[]): unknown {
      // By the conventions `2`, where node:http2 says 2.0.
      const version = textMember(args[0], 'httpVersion')
      told.httpVersion = version === '2.0' ? '2' : (version ?? told.httpVersion)
      return Reflect.apply(handle, this, args)
    }
    Object.defineProperty(transport, name, { configurable: true, writable: true, value: noting })
  }
  return told
}

/** The network attributes of a transport; none for one that crosses no network (in memory). */
export function networkOf(transport: object): NetworkFacts {
  // `_url` is where the SDKs' HTTP and WebSocket clients keep the endpoint; there is no public way to ask.
  const url = member(transport, '_url')
  if (url instanceof URL) {
    const secure = url.protocol === 'https:' || url.protocol === 'wss:'
    return {
      networkTransport: 'tcp',
      networkProtocol: url.protocol.startsWith('ws') ? 'websocket' : 'http',
      serverAddress: url.hostname,
      serverPort: Number(url.port) || (secure ? 443 : 80),
    }
  }
  if (HTTP_METHODS.some((method) => method in transport)) return { networkTransport: 'tcp', networkProtocol: 'http' }
  return '_stdin' in transport || '_serverParams' in transport ? { networkTransport: 'pipe' } : {}
}

const NOTHING = {}

/** `extra` is what a transport hands on with a message: v1 gives a record of headers, v2 the Fetch API's request. */
export function receivedFacts(extra: unknown): ReceivedFacts {
  if (extra === undefined) return NOTHING
  if (auditsCalls()) return { ...headerFacts(extra), principal: textMember(member(extra, 'authInfo'), 'clientId') }
  return headerFacts(extra)
}

function headerFacts(extra: unknown): ReceivedFacts {
  const headers = member(member(extra, 'requestInfo'), 'headers') ?? member(member(extra, 'request'), 'headers')
  if (headers === undefined) return NOTHING
  if (headers instanceof Headers) return { protocolVersion: headers.get('mcp-protocol-version') ?? undefined }
  return isRecord(headers) ? { protocolVersion: textMember(headers, 'mcp-protocol-version') } : {}
}

/**
 * From revision 2026-07-28 on an HTTP client cancels by closing the response stream: no message tells. The client's own
 * time-out is no different, because the SDK gives the signal no reason.
 */
export function sendFacts(options: unknown): SendFacts {
  if (options === undefined) return NOTHING
  const signal = member(options, 'requestSignal')
  return signal instanceof AbortSignal ? { abandoned: signal } : {}
}
