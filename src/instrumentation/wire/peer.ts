// Who is on the other side of a connection, and how the connection goes: from the transport, the message and its HTTP
// headers in, attributes out. Structural and forgiving: each SDK line keeps these in places of its own.
import { OTHER } from '../catalog/overflow.ts'
import { KNOWN_CLIENTS, PROTOCOL_VERSIONS } from '../catalog/protocol-values.ts'
import type { TransportLike } from '../in-process/transport.ts'
import { isRecord, member, textMember } from './json-rpc.ts'
import type { OperationFacts } from './operation.ts'

/** From revision 2026-07-28 on there are no sessions: each request says these in its `_meta`. */
const VERSION_META_KEY = 'io.modelcontextprotocol/protocolVersion'
const CLIENT_META_KEY = 'io.modelcontextprotocol/clientInfo'
const FIRST_STATELESS_VERSION = '2026-07-28'

const CLIENTS: ReadonlySet<string> = new Set(KNOWN_CLIENTS)
const VERSIONS: ReadonlySet<string> = new Set(PROTOCOL_VERSIONS)

export type NetworkFacts = Pick<OperationFacts, 'networkTransport' | 'networkProtocol' | 'serverAddress' | 'serverPort'>

/** The network attributes of a transport; none for one that crosses no network (in memory). */
export function networkOf(transport: TransportLike): NetworkFacts {
  const name = transport.constructor?.name ?? ''
  // `_url` is where both SDKs' HTTP clients keep the endpoint; there is no public way to ask.
  const url = member(transport, '_url')
  if (url instanceof URL) {
    const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
    return { networkTransport: 'tcp', networkProtocol: 'http', serverAddress: url.hostname, serverPort: port }
  }
  if (/http|sse/i.test(name) || 'handleRequest' in transport || 'handlePostMessage' in transport) {
    return { networkTransport: 'tcp', networkProtocol: 'http' }
  }
  return /stdio/i.test(name) ? { networkTransport: 'pipe' } : {}
}

/** The revision that one message belongs to: its own word, its header's, or what the connection agreed on. */
export function protocolVersionOf(params: unknown, extra: unknown, agreed: string | undefined): string | undefined {
  const meta = member(params, '_meta')
  return textMember(meta, VERSION_META_KEY) ?? header(extra, 'mcp-protocol-version') ?? agreed
}

/** The name that the client gives itself, as sent. */
export function clientNameOf(method: string, params: unknown): string | undefined {
  if (method === 'initialize') return textMember(member(params, 'clientInfo'), 'name')
  return textMember(member(member(params, '_meta'), CLIENT_META_KEY), 'name')
}

/** A client's name as a label: strangers name themselves, so only known names and those the user adds get through. */
export function clientLabel(name: string | undefined, added: ReadonlySet<string>): string {
  return name !== undefined && (CLIENTS.has(name) || added.has(name)) ? name : OTHER
}

/** The revision as an attribute: a known one or `_OTHER`. */
export function versionLabel(version: string | undefined): string | undefined {
  return version === undefined || VERSIONS.has(version) ? version : OTHER
}

/** Whether a closed response stream is how a client of that revision cancels. */
export function closingCancels(version: string | undefined, network: NetworkFacts): boolean {
  return network.networkProtocol === 'http' && version !== undefined && version >= FIRST_STATELESS_VERSION
}

/** A header of the HTTP request that carried the message: v1 gives a record of them, v2 the Fetch API's request. */
function header(extra: unknown, name: string): string | undefined {
  const given = member(member(extra, 'requestInfo'), 'headers') ?? member(member(extra, 'request'), 'headers')
  if (given instanceof Headers) return given.get(name) ?? undefined
  return isRecord(given) ? textMember(given, name) : undefined
}
