// Speaks MCP over HTTP without an SDK: thousands of sessions over a few connections, and messages that no SDK would send.
import { Agent, request } from 'node:http'

export interface Answer {
  readonly status: number
  readonly sessionId: string | undefined
  readonly text: string
}

export interface McpOverHttp {
  post(body: string, sessionId?: string): Promise<Answer>
  /** Opens a session and returns its id. */
  open(): Promise<string>
  end(sessionId: string): Promise<Answer>
  close(): void
}

export const INITIALIZE = JSON.stringify({
  jsonrpc: '2.0',
  id: 'init',
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'bench', version: '1.0.0' } },
})
const INITIALIZED = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })

export function toolCall(id: number, name: string, args: object): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } })
}

/** A client that keeps `connections` open at most; with 0, each request has a connection of its own. */
export function mcpOverHttp(url: string, token: string | undefined, connections: number): McpOverHttp {
  const agent = connections === 0 ? new Agent() : new Agent({ keepAlive: true, maxSockets: connections })
  const send = (method: string, body: string | undefined, sessionId: string | undefined) =>
    new Promise<Answer>((resolve, reject) => {
      const headers = {
        accept: 'application/json, text/event-stream',
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(sessionId === undefined ? {} : { 'mcp-session-id': sessionId }),
      }
      const sent = request(url, { method, agent, headers }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part
        })
        response.on('error', reject)
        response.on('end', () => {
          const id = response.headers['mcp-session-id']
          resolve({ status: response.statusCode ?? 0, sessionId: typeof id === 'string' ? id : undefined, text })
        })
      })
      sent.setTimeout(30_000, () => sent.destroy(new Error('no answer within 30 s')))
      sent.on('error', reject)
      sent.end(body)
    })
  const post = (body: string, sessionId?: string) => send('POST', body, sessionId)
  return {
    post,
    async open() {
      const { status, sessionId, text } = await post(INITIALIZE)
      if (sessionId === undefined) throw new Error(`no session: ${status} ${text}`)
      await post(INITIALIZED, sessionId)
      return sessionId
    },
    end: (sessionId) => send('DELETE', undefined, sessionId),
    close: () => agent.destroy(),
  }
}
