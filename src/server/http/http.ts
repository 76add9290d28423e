// Configuration and a maker of MCP servers in, a listening Streamable HTTP server out: one route, sessions, and every
// refusal before the SDK sees a message.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { RequestId } from '@modelcontextprotocol/sdk/types.js'
import { isInitializeRequest, isJSONRPCRequest } from '@modelcontextprotocol/sdk/types.js'
import type { Telemetry } from 'mcp-vitals'
import { instrumentHttpHandler, trackConnections } from 'mcp-vitals'
import type { ServeConfig } from '../config.ts'
import { describeError } from '../describe-error.ts'
import { answerPreflight, createFrontDoor } from './front-door.ts'
import type { Refusal } from './http-answer.ts'
import { refuse } from './http-answer.ts'
import { readJsonBody } from './json-body.ts'
import { createRateLimit } from './rate-limit.ts'
import type { HttpSession, Sessions } from './sessions.ts'
import { createSessions } from './sessions.ts'

const MCP_PATH = '/mcp'
const REAP_EVERY_MS = 1_000
const MAX_BATCH = 100

interface HttpOptions {
  readonly config: Omit<ServeConfig, 'command' | 'environment' | 'warnings'>
  readonly createServer: () => McpServer
  readonly logger: Telemetry['logger']
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
}

/** A way in for MCP clients. */
export interface McpListener {
  readonly url: string | undefined
  /** Resolves when clients can come no more: never over HTTP, with the client over stdio. */
  readonly closed: Promise<void>
  /** Takes no more requests, waits `graceMs` for the answers under way, and answers the rest with an error. */
  stop(graceMs: number): Promise<void>
}

/** Listens. Rejects with an error of one line when the port cannot be had. */
export async function listenHttp({ config, createServer, logger, now }: HttpOptions): Promise<McpListener> {
  const clock = now === undefined ? {} : { now }
  const sessions = createSessions({ ...config, ...clock, createServer })
  const frontDoor = createFrontDoor({ ...config, realm: config.name })
  const rateLimit = createRateLimit(config.rateLimit, now)
  let stopping = false

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const no = (refusal: Refusal) => refuse(response, refusal)
    const refusal = frontDoor.refusal(request)
    if (refusal !== undefined) return no(refusal)
    frontDoor.allowReading(request, response)
    if (request.url?.split('?', 1)[0] !== MCP_PATH) return no({ status: 404, message: `MCP is at ${MCP_PATH}.` })
    if (request.method === 'OPTIONS') return answerPreflight(response)
    if (!/^(GET|POST|DELETE)$/.test(request.method ?? '')) return no(METHOD_NOT_ALLOWED)
    const principal = frontDoor.principal(request)
    if (principal === undefined) return no(frontDoor.unauthorized(request))
    if (stopping) return no(STOPPING)
    const wait = rateLimit.take(principal)
    if (wait > 0) return no(tooMany(wait))
    if (request.method === 'POST') return post(request, response, principal)
    const session = known(sessions, request, principal)
    if ('status' in session) return no(session)
    if (request.method === 'DELETE') await session.pending.answerAll('The client ended the session.')
    return session.handle(request, response)
  }

  const post = async (request: IncomingMessage, response: ServerResponse, principal: string): Promise<void> => {
    const no = (refusal: Refusal) => refuse(response, refusal)
    const body = await readJsonBody(request, response, no)
    if (body === undefined) return
    const messages: unknown[] = Array.isArray(body.json) ? body.json : [body.json]
    if (messages.length === 0) return no({ status: 400, code: -32_600, message: 'A list of no messages.' })
    if (messages.length > MAX_BATCH)
      return no({ status: 400, code: -32_600, message: `More than ${MAX_BATCH} messages.` })
    if (messages.length > 1) rateLimit.take(principal, messages.length - 1)
    const ids = messages.filter((message) => isJSONRPCRequest(message)).map(({ id }) => id)
    const opens = request.headers['mcp-session-id'] === undefined && messages.some(isInitializeRequest)
    const session = opens ? await sessions.open(principal) : known(sessions, request, principal)
    if (session === undefined) return no(TOO_MANY_SESSIONS)
    if ('status' in session) return no(session)
    // The SDK would answer the second and leave the first waiting for ever.
    const twice = ids.find((id, index) => session.pending.has(id) || ids.indexOf(id) !== index)
    if (twice !== undefined) return no(usedTwice(twice))
    return session.handle(request, response, body.json, ids)
  }

  const handler = (request: IncomingMessage, response: ServerResponse) => {
    response.on('error', () => {}) // The client went away; there is nobody to tell.
    handle(request, response).catch((error: unknown) => {
      logger.error(describeError(error), 'an HTTP request was not handled')
      refuse(response, { status: 500, code: -32_603, message: 'Something is wrong in the server.' })
    })
  }
  const server = createHttpServer(instrumentHttpHandler(handler, { route: MCP_PATH }))
  Object.assign(server, { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 65_000 })
  trackConnections(server, 'http')
  await listen(server, config)
  // Running out of file descriptors is an error of `accept`; it passes.
  server.on('error', (error) =>
    logger.error({ code: (error as NodeJS.ErrnoException).code }, 'a connection was refused'),
  )
  const reaper = setInterval(() => sessions.reap(), Math.min(REAP_EVERY_MS, config.sessionTtlMs)).unref()

  const { port } = server.address() as AddressInfo
  return {
    url: `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}${MCP_PATH}`,
    closed: new Promise(() => {}),
    async stop(graceMs) {
      stopping = true
      clearInterval(reaper)
      const closed = new Promise((resolve) => server.close(resolve))
      await sessions.settled(graceMs)
      await sessions.endAll('The server is stopping.')
      // Last answers are being written: connections are closed as they fall idle, and soon in any case.
      const sweep = setInterval(() => server.closeIdleConnections(), 20)
      const cut = setTimeout(() => server.closeAllConnections(), 500)
      await closed
      clearInterval(sweep)
      clearTimeout(cut)
    },
  }
}

function listen(server: Server, { host, port }: { readonly host: string; readonly port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => {
      const reason = error.code ?? error.name
      const message = `the MCP listener cannot use ${host}:${port} (${reason}); --host and --port say where it listens`
      reject(new Error(message, { cause: error }))
    }
    server.once('error', failed)
    server.listen({ host, port }, () => {
      server.off('error', failed)
      resolve()
    })
  })
}

const METHOD_NOT_ALLOWED: Refusal = {
  status: 405,
  message: 'Only GET, POST and DELETE.',
  headers: { allow: 'GET, POST, DELETE' },
}
const STOPPING: Refusal = {
  status: 503,
  message: 'The server is stopping.',
  headers: { connection: 'close', 'retry-after': '5' },
}
const TOO_MANY_SESSIONS: Refusal = {
  status: 503,
  message: 'Too many sessions are open.',
  headers: { 'retry-after': '10' },
}

function tooMany(seconds: number): Refusal {
  return { status: 429, message: 'Too many messages; come again later.', headers: { 'retry-after': String(seconds) } }
}

function usedTwice(id: RequestId): Refusal {
  return { status: 400, code: -32_600, message: 'A request with this id is under way.', id }
}

/** The session that a request names, or why there is none: the same answer whether it never was or is somebody else's. */
function known(sessions: Sessions, { headers }: IncomingMessage, principal: string): HttpSession | Refusal {
  const id = headers['mcp-session-id']
  if (typeof id !== 'string') {
    return { status: 400, message: 'Send initialize first, then its Mcp-Session-Id with every request.' }
  }
  return sessions.find(id, principal) ?? { status: 404, code: -32_001, message: 'Session not found' }
}
