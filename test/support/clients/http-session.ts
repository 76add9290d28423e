// A raw JSON-RPC client of a server over Streamable HTTP: what it sends is exactly what a test says.
import { messagesIn } from './raw-http.ts'

export interface HttpSession {
  readonly headers: Readonly<Record<string, string>>
  /** Sends a request and resolves to its answer, once the response has ended. */
  ask(method: string, params?: object): Promise<Record<string, unknown> | undefined>
  /** Sends a request, and does not wait. */
  begin(method: string, params?: object): Begun
  /** Cancels a request, as clients of the revision do. */
  cancel(begun: Begun): Promise<void>
  /** Ends the session, if there is one. */
  end(): Promise<void>
}

export interface Begun {
  readonly id: number
  readonly answer: Promise<Record<string, unknown> | undefined>
  drop(): void
}

const BASE = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' }

/** `initialize` and its notification, as a client of revision 2025-11-25 sends them. */
export async function openHttpSession(url: string, given: Record<string, string> = {}): Promise<HttpSession> {
  const clientInfo = { name: 'claude-ai', version: '1' }
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo }
  const initialize = { jsonrpc: '2.0', id: 'init', method: 'initialize', params }
  const opened = await post(url, { ...BASE, ...given }, initialize)
  await opened.text()
  const id = opened.headers.get('mcp-session-id')
  if (id === null) throw new Error(`no session: ${opened.status}`)
  const headers = { ...BASE, ...given, 'mcp-session-id': id, 'mcp-protocol-version': '2025-11-25' }
  const notify = async (method: string, given?: object) => {
    await (await post(url, headers, { jsonrpc: '2.0', method, ...(given && { params: given }) })).text()
  }
  await notify('notifications/initialized')
  const session = requests(
    url,
    () => headers,
    (params) => params,
  )
  return {
    ...session,
    headers,
    async cancel({ id: requestId, answer, drop }) {
      await notify('notifications/cancelled', { requestId, reason: 'enough' })
      drop()
      await answer
    },
    async end() {
      await (await fetch(url, { method: 'DELETE', headers })).text()
    },
  }
}

/** Requests of revision 2026-07-28, which has no sessions: each one says who asks. */
export function statelessCalls(url: string): HttpSession {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'claude-ai', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
  }
  const headersOf = (method: string, params: { readonly name?: string } = {}) => ({
    ...BASE,
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    ...(params.name !== undefined && { 'mcp-name': params.name }),
  })
  return {
    ...requests(url, headersOf, (params) => ({ ...params, _meta })),
    headers: headersOf('tools/call'),
    async cancel({ drop, answer }) {
      drop()
      await answer
    },
    end: async () => {},
  }
}

function requests(
  url: string,
  headersOf: (method: string, params?: object) => Record<string, string>,
  complete: (params: object | undefined) => object | undefined,
) {
  let last = 0
  const begin = (method: string, params?: object): Begun => {
    last += 1
    const id = last
    const abort = new AbortController()
    const completed = complete(params)
    const message = { jsonrpc: '2.0', id, method, ...(completed && { params: completed }) }
    const answer = post(url, headersOf(method, params), message, abort.signal)
      .then((response) => response.text())
      .then((text) => messagesIn(text).find((each) => each['id'] === id))
      .catch(() => undefined)
    return { id, answer, drop: () => abort.abort() }
  }
  return { begin, ask: (method: string, params?: object) => begin(method, params).answer }
}

function post(url: string, headers: Record<string, string>, message: object, signal?: AbortSignal): Promise<Response> {
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(message), ...(signal && { signal }) })
}
