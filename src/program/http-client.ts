// A small MCP client over Streamable HTTP, with sessions (revision 2025-11-25). The SDK's own client would double what
// mcp-vitals installs.
import { EventSourceParserStream } from 'eventsource-parser/stream'

const PROTOCOL_VERSION = '2025-11-25'

/** The server answered with a JSON-RPC error. */
export class RpcError extends Error {
  override readonly name = 'RpcError'
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** The server answered with an HTTP error status. */
export class HttpStatusError extends Error {
  override readonly name = 'HttpStatusError'
  readonly status: number

  constructor(status: number) {
    super(`HTTP ${status}`)
    this.status = status
  }
}

interface RunningRequest {
  /** The result. Rejects with an `RpcError`, an `HttpStatusError`, or whatever `fetch` rejects with. */
  readonly result: Promise<Record<string, unknown>>
  /** Resolves when the server has received the request, whether or not it has answered. */
  readonly received: Promise<unknown>
  /** Sends a cancellation to the server and rejects `result`. */
  cancel(reason: string): Promise<void>
}

export interface HttpClient {
  /** What `initialize` was answered with. */
  readonly opened: Readonly<Record<string, unknown>>
  request(method: string, params?: object): RunningRequest
  /** Ends the session. */
  close(): Promise<void>
}

interface HttpClientOptions {
  readonly url: string
  readonly name: string
  readonly version: string
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>
}

interface IncomingMessage {
  readonly id?: unknown
  readonly method?: unknown
  readonly result?: Record<string, unknown>
  readonly error?: { readonly code?: number; readonly message?: string }
}

/** Connects: sends `initialize` and keeps the session that the server opens. */
export async function connectHttp(options: HttpClientOptions): Promise<HttpClient> {
  const session: Record<string, string> = {}
  let lastId = 0

  const post = async (message: object, signal?: AbortSignal): Promise<Response> => {
    const response = await fetch(options.url, {
      method: 'POST',
      headers: {
        ...options.headers,
        ...session,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify({ jsonrpc: '2.0', ...message }),
      ...(signal && { signal }),
    })
    if (response.ok) return response
    await response.body?.cancel()
    throw new HttpStatusError(response.status)
  }
  const notify = async (method: string, params?: object) => {
    await (await post({ method, ...(params && { params }) })).body?.cancel()
  }

  /** The message with this id in an answer: one JSON body, or a stream on which the server may also ask and notify. */
  const answerTo = async (id: number, response: Response): Promise<IncomingMessage> => {
    for await (const message of messagesOf(response)) {
      if (message.id === id && message.method === undefined) return message
      // The only request that a client without capabilities has to answer; others are refused.
      if (message.id !== undefined && typeof message.method === 'string') {
        const answer =
          message.method === 'ping' ? { result: {} } : { error: { code: -32_601, message: 'Method not found' } }
        await (await post({ id: message.id, ...answer })).body?.cancel()
      }
    }
    throw new Error('the stream ended without an answer')
  }

  const request = (method: string, params?: object): RunningRequest => {
    lastId += 1
    const id = lastId
    const abort = new AbortController()
    const posted = post({ id, method, ...(params && { params }) }, abort.signal)
    const answered = async () => {
      const response = await posted
      const newSession = response.headers.get('mcp-session-id')
      if (newSession !== null) session['mcp-session-id'] = newSession
      const { error, result = {} } = await answerTo(id, response)
      if (error !== undefined) throw new RpcError(error.code ?? 0, error.message ?? '')
      return result
    }
    return {
      result: answered(),
      received: posted.catch(() => {}),
      async cancel(reason) {
        await notify('notifications/cancelled', { requestId: id, reason }).catch(() => {})
        abort.abort(new Error(reason))
      },
    }
  }

  const clientInfo = { name: options.name, version: options.version }
  const opened = await request('initialize', { protocolVersion: PROTOCOL_VERSION, capabilities: {}, clientInfo }).result
  session['mcp-protocol-version'] = String(opened['protocolVersion'])
  await notify('notifications/initialized')
  return {
    opened,
    request,
    async close() {
      if (session['mcp-session-id'] === undefined) return
      const ended = await fetch(options.url, { method: 'DELETE', headers: { ...options.headers, ...session } })
      await ended.body?.cancel()
    },
  }
}

async function* messagesOf(response: Response): AsyncGenerator<IncomingMessage> {
  if (!/^text\/event-stream\b/i.test(response.headers.get('content-type') ?? '')) {
    yield (await response.json()) as IncomingMessage
    return
  }
  if (response.body === null) return
  const events = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream())
  for await (const { data } of events) if (data !== '') yield JSON.parse(data) as IncomingMessage
}
