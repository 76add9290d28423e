// Sends requests to the server behind the proxy, over connections that are kept alive.
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Agent, request as requestHttp } from 'node:http'
import { request as requestHttps, Agent as TlsAgent } from 'node:https'
import { connect } from 'node:net'
import { instruments } from '@mcp-vitals/instrumentation'
import { createEventReader } from './event-reader.ts'
import { createMessageBodies } from './message-body.ts'
import type { AskServer } from './tool-names.ts'

export interface Upstream {
  readonly url: URL
  /** The paths on which MCP is spoken. */
  isMcp(path: string): boolean
  open(path: string, method: string, headers: string[]): ClientRequest
  readonly ask: AskServer
  /** Whether a connection can be opened. */
  isReachable(): Promise<boolean>
  close(): void
}

const CONNECT_MS = 5_000
/** Servers close idle connections, uvicorn after 5 s: a request must not be sent on one that is about to close. */
const IDLE_MS = 4_000
const PROBE_MS = 1_000
const ASK_MS = 5_000
const MAX_ANSWER_BYTES = 4_194_304

export function createUpstream(url: URL): Upstream {
  const isSecure = url.protocol === 'https:'
  const options = { keepAlive: true, timeout: IDLE_MS, maxFreeSockets: 256 }
  const agent = isSecure ? new TlsAgent(options) : new Agent(options)
  const send = isSecure ? requestHttps : requestHttp
  const port = Number(url.port) || (isSecure ? 443 : 80)
  const hostname = url.hostname.replace(/^\[|\]$/g, '')
  // A URL without a path is that of a server: the SDKs of all languages serve MCP under /mcp there.
  const paths = url.pathname === '/' ? ['/', '/mcp'] : [url.pathname]
  const isMcp = (path: string) =>
    paths.includes(path.length > 1 ? path.replace(/\/$/, '') : path) || paths.includes(path)

  const open: Upstream['open'] = (path, method, headers) => {
    const request = send({ agent, hostname, port, path, method, headers })
    request.once('socket', (socket) => {
      if (!socket.connecting) return
      const late = () => socket.destroy(Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' }))
      const timer = setTimeout(late, CONNECT_MS)
      for (const event of ['connect', 'close']) socket.once(event, () => clearTimeout(timer))
    })
    return request
  }
  return {
    url,
    isMcp,
    open,
    ask(message, headers) {
      const path = `${paths.at(-1)}${url.search}`
      return answerOf(open(path, 'POST', headersToAsk(headers, url.host)), message)
    },
    isReachable() {
      return new Promise((resolve) => {
        const socket = connect({ host: hostname, port })
        const done = (reached: boolean) => {
          socket.destroy()
          resolve(reached)
        }
        socket.setTimeout(PROBE_MS, () => done(false))
        socket.once('connect', () => done(true))
        socket.once('error', () => done(false))
      })
    },
    close: () => agent.destroy(),
  }
}

/** Counts a failure of the upstream under its code. */
export function countFailure(error: unknown): void {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  instruments.proxyUpstreamErrors.record(1, { 'error.type': code })
}

/** Of a client's headers, those that a request of our own needs: who asks, in which session and revision. */
function headersToAsk(headers: IncomingHttpHeaders, host: string): string[] {
  const own = ['mcp-name', 'mcp-method', 'mcp-protocol-version', 'mcp-session-id']
  const named = Object.entries(headers).flatMap(([name, value]) =>
    /^(authorization|cookie|x-.*|mcp-protocol-version|mcp-session-id)$/.test(name) && typeof value === 'string'
      ? [name, value]
      : [],
  )
  const isModern = own.some((name) => name === 'mcp-method' && headers[name] !== undefined)
  return [
    ...['Host', host, 'Content-Type', 'application/json', 'Accept', 'application/json, text/event-stream'],
    ...['Accept-Encoding', 'identity', ...named],
    ...(isModern ? ['Mcp-Method', 'tools/list'] : []),
  ]
}

function answerOf(request: ClientRequest, message: { readonly id: string }): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => request.destroy(new Error('no answer in time')), ASK_MS)
    const settle = (answer: unknown) => {
      clearTimeout(timer)
      resolve(answer)
      request.destroy()
    }
    const isAnswer = (value: unknown): value is object =>
      typeof value === 'object' && value !== null && (value as { id?: unknown }).id === message.id
    request.once('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    request.once('response', (response: IncomingMessage) => {
      const newBody = createMessageBodies()
      const isStream = /^text\/event-stream\b/i.test(response.headers['content-type'] ?? '')
      const events = isStream ? createEventReader(newBody) : undefined
      const body = newBody()
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > MAX_ANSWER_BYTES) return void request.destroy(new Error('the answer is too long'))
        if (events === undefined) return body.push(chunk)
        const answer = events.push(chunk).find(({ data }) => isAnswer(data.message))
        if (answer !== undefined) settle(answer.data.message)
      })
      response.once('end', () => {
        const answer = body.end()?.message
        if (isAnswer(answer)) settle(answer)
        else request.destroy(new Error('the answer was not one'))
      })
      response.once('error', reject)
    })
    request.end(JSON.stringify(message))
  })
}
