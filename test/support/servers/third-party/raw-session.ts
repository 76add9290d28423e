// A raw JSON-RPC client of one MCP server, over stdio or Streamable HTTP. It is not an SDK's client, so that it sends what it is told
// and sees what arrives.
import { MCP_HEADERS, messagesIn, rawHttp } from '../../clients/raw-http.ts'
import type { ServerProcess } from './server-process.ts'

const REQUEST_MS = 20_000

/** 2026-07-28 has no sessions: each request says who asks. */
export type Revision = '2025-06-18' | '2026-07-28'

export interface Reply {
  readonly result?: { readonly isError?: boolean; readonly tools?: readonly { readonly name: string }[] }
  readonly error?: { readonly code: number; readonly message: string }
}

export interface RawSession {
  request(method: string, params?: object): Promise<Reply>
  /** Requests that were sent, by method. */
  readonly sent: ReadonlyMap<string, number>
}

interface Request {
  readonly jsonrpc: '2.0'
  readonly id: number
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
}

interface Wire {
  /** Resolves to the reply of a request. */
  exchange(message: Request): Promise<Reply>
  notify(message: object): Promise<void>
}

export function openStdioSession(server: ServerProcess, revision: Revision): Promise<RawSession> {
  return open(stdioWire(server), revision)
}

export function openHttpSession(url: string, revision: Revision): Promise<RawSession> {
  return open(httpWire(url, revision), revision)
}

async function open(wire: Wire, revision: Revision): Promise<RawSession> {
  const sent = new Map<string, number>()
  const clientInfo = { name: 'raw', version: '1.0.0' }
  const envelope = {
    _meta: {
      'io.modelcontextprotocol/protocolVersion': revision,
      'io.modelcontextprotocol/clientInfo': clientInfo,
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  }
  let id = 0
  const request: RawSession['request'] = (method, params = {}) => {
    id += 1
    sent.set(method, (sent.get(method) ?? 0) + 1)
    const all = revision === '2026-07-28' ? { ...params, ...envelope } : { ...params }
    return wire.exchange({ jsonrpc: '2.0', id, method, params: all })
  }
  const reply =
    revision === '2026-07-28'
      ? await request('server/discover')
      : await request('initialize', { protocolVersion: revision, capabilities: {}, clientInfo })
  if (reply.result === undefined) throw new Error(`the session was refused: ${JSON.stringify(reply)}`)
  if (revision !== '2026-07-28') await wire.notify({ jsonrpc: '2.0', method: 'notifications/initialized' })
  return { request, sent }
}

function stdioWire(server: ServerProcess): Wire {
  const waiting = new Map<unknown, (reply: Reply) => void>()
  server.onMessage((message) => {
    const { id, method } = message
    if (method === undefined) return waiting.get(id)?.(message as Reply)
    if (id === undefined) return
    // A request of the server, such as `ping` or `roots/list`: this client declared no capabilities.
    const refusal = { error: { code: -32601, message: 'not supported' } }
    server.write({ jsonrpc: '2.0', id, ...(method === 'ping' ? { result: {} } : refusal) })
  })
  return {
    exchange(message) {
      const replied = new Promise<Reply>((resolve) => waiting.set(message.id, resolve))
      server.write(message)
      return within(replied, server, `an answer to ${JSON.stringify(message)}`)
    },
    notify: async (message) => server.write(message),
  }
}

function httpWire(url: string, revision: Revision): Wire {
  const headers: Record<string, string> = { ...MCP_HEADERS }
  const post = async (message: object, more: Readonly<Record<string, string>> = {}) => {
    const answer = await rawHttp(url, {
      method: 'POST',
      headers: { ...headers, ...more },
      body: JSON.stringify(message),
    })
    const sessionId = answer.headers['mcp-session-id']
    if (typeof sessionId === 'string') headers['mcp-session-id'] = sessionId
    headers['mcp-protocol-version'] = revision
    return answer
  }
  return {
    async exchange(message) {
      const { status, text } = await post(message, revision === '2026-07-28' ? mirrored(message) : {})
      const reply = messagesIn(text).find(({ id }) => id === message.id)
      if (reply === undefined) throw new Error(`no reply to ${JSON.stringify(message)}: ${status} ${text}`)
      return reply as Reply
    },
    async notify(message) {
      await post(message)
    },
  }
}

/** The headers that repeat what a request of revision 2026-07-28 is. */
function mirrored({ method, params }: Request): Record<string, string> {
  const name = params['name']
  return {
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    ...(typeof name === 'string' && { 'mcp-name': name }),
  }
}

function within<T>(promise: Promise<T>, server: ServerProcess, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const fail = (why: string) => reject(new Error(`${what}: ${why}\n${server.stderr()}`))
    timer = setTimeout(() => fail(`none within ${REQUEST_MS} ms`), REQUEST_MS)
    void server.exited.then(() => fail('the server has exited'))
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
