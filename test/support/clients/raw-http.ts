// One HTTP request as it is written in, the whole answer out: for what no well-behaved client would send.
import { request } from 'node:http'

export interface RawAnswer {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly text: string
}

export interface RawRequest {
  readonly method?: string
  readonly path?: string
  readonly headers?: Record<string, string>
  readonly body?: string | Buffer
}

export function rawHttp(
  url: string,
  { method = 'GET', path, headers = {}, body }: RawRequest = {},
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const options = { method, headers, agent: false as const, setHost: headers['host'] === undefined }
    const sent = request(path === undefined ? url : new URL(path, url), options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      )
    })
    sent.setTimeout(15_000, () => sent.destroy(new Error('no answer within 15 s')))
    sent.on('error', reject)
    sent.end(body)
  })
}

/** The headers that every POST of an MCP client has. */
export const MCP_HEADERS = {
  accept: 'application/json, text/event-stream',
  'content-type': 'application/json',
} as const

export const INITIALIZE = JSON.stringify({
  jsonrpc: '2.0',
  id: 'init',
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
})

/** A POST as an MCP client sends it, but for these headers. */
export function rawPost(
  url: string,
  headers: Record<string, string>,
  body: string | Buffer = INITIALIZE,
): Promise<RawAnswer> {
  return rawHttp(url, { method: 'POST', headers: { ...MCP_HEADERS, ...headers }, body })
}

/** Opens a session; returns the headers that requests in it have. */
export async function rawSession(url: string, headers: Record<string, string> = {}): Promise<Record<string, string>> {
  const answer = await rawPost(url, headers)
  const id = answer.headers['mcp-session-id']
  if (typeof id !== 'string') throw new Error(`no session: ${answer.status} ${answer.text}`)
  return { ...MCP_HEADERS, ...headers, 'mcp-session-id': id }
}

/** A `tools/call` as text. */
export function toolCall(id: number | string, name: string, args: object = {}): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } })
}

/** The messages of an answer, whether it is JSON or a stream of events. */
export function messagesIn(text: string): Record<string, unknown>[] {
  if (text.startsWith('{')) return [JSON.parse(text)]
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice(6)))
}
