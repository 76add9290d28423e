// Answers HTTP requests for the MCP endpoint: every refusal comes before the SDK sees a message, the cheapest first.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestId } from '@modelcontextprotocol/sdk/types.js'
import { toOriginForm } from 'mcp-vitals'
import type { Budget, Holding } from './budget.ts'
import { createBudget } from './budget.ts'
import type { FrontDoor } from './front-door.ts'
import { answerPreflight } from './front-door.ts'
import type { Refusal } from './http-answer.ts'
import { refuse } from './http-answer.ts'
import { readJsonBody } from './json-body.ts'
import type { RateLimit } from './rate-limit.ts'
import type { HttpSession } from './session.ts'
import type { Sessions } from './sessions.ts'
import type { Stateless } from './stateless.ts'

export const MCP_PATH = '/mcp'
const MAX_BATCH = 100
/** Of a request that names neither a session nor a revision: it can only be `initialize`. */
const MAX_INITIALIZE_BYTES = 65_536
/** A new session costs as much as this many calls. */
const INITIALIZE_COST = 10

interface McpHandlerOptions {
  readonly sessions: Sessions
  readonly stateless: Stateless
  readonly frontDoor: FrontDoor
  readonly rateLimit: RateLimit
  readonly isStopping: () => boolean
  /** How many principals share the totals. */
  readonly principals: () => number
  readonly bounds: HandlerBounds
}

interface HandlerBounds {
  readonly maxMessageBytes: number
  readonly maxBufferedBytes: number
  readonly maxStreams: number
  readonly concurrency: number
  readonly maxQueue: number
}

/** Requests beside those that run and wait: pings, and calls that the queue refuses with an answer of their own. */
const BEYOND_QUEUE = 16

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

export function createMcpHandler(options: McpHandlerOptions): Handler {
  const { sessions, stateless, frontDoor, rateLimit, bounds } = options
  const several = () => options.principals() > 1
  const share = (all: number, part: number) => () => (several() ? Math.max(1, Math.floor(all * part)) : all)
  const { maxMessageBytes, maxBufferedBytes, maxStreams, concurrency, maxQueue } = bounds
  const buffered = createBudget({ total: maxBufferedBytes, perPrincipal: share(maxBufferedBytes, 0.5) })
  const streams = createBudget({ total: maxStreams, perPrincipal: share(maxStreams, 0.5) })
  // With several principals none can fill all places, so that the calls of another start at once.
  const calls = concurrency + maxQueue + BEYOND_QUEUE
  const inFlight = createBudget({
    total: calls,
    perPrincipal: () => (several() ? Math.max(1, Math.floor(concurrency * 0.75)) : calls),
  })

  return async (request, response) => {
    const no = (refusal: Refusal) => refuse(response, refusal)
    toOriginForm(request)
    closeWhenAsked(request, response)
    const refusal = frontDoor.refusal(request)
    if (refusal !== undefined) return no(refusal)
    frontDoor.allowReading(request, response)
    if (request.url?.split('?', 1)[0] !== MCP_PATH) return no({ status: 404, message: `MCP is at ${MCP_PATH}.` })
    if (request.method === 'OPTIONS') return answerPreflight(response)
    if (!/^(GET|POST|DELETE)$/.test(request.method ?? '')) return no(METHOD_NOT_ALLOWED)
    const principal = frontDoor.principal(request)
    if (principal === undefined) return no(frontDoor.unauthorized(request))
    if (options.isStopping()) return no(STOPPING)
    const wait = rateLimit.take(principal)
    if (wait > 0) return no(tooMany(wait))
    if (request.method === 'POST') return post(request, response, principal)
    const session = known(sessions, request, principal)
    if ('status' in session) return no(session)
    if (request.method === 'DELETE') await session.pending.answerAll('The client ended the session.')
    else if (!hold(streams, principal, response)) return no(TOO_MANY_STREAMS)
    return session.handle(request, response)
  }

  async function post(request: IncomingMessage, response: ServerResponse, principal: string): Promise<void> {
    const no = (refusal: Refusal) => refuse(response, refusal)
    // The session first: what belongs to none is not worth reading.
    const isNew = request.headers['mcp-session-id'] === undefined
    const named = isNew ? undefined : known(sessions, request, principal)
    if (named !== undefined && 'status' in named) return no(named)
    if (!hold(inFlight, principal, response)) return no(BUSY)
    const held = buffered.open(principal)
    try {
      const canBeLarge = !isNew || request.headers['mcp-protocol-version'] !== undefined
      const maxBytes = canBeLarge ? maxMessageBytes : Math.min(MAX_INITIALIZE_BYTES, maxMessageBytes)
      const body = await readJsonBody(request, response, no, { maxBytes, held })
      if (body === undefined) return
      await hand(request, response, { principal, named, json: body.json, held })
    } finally {
      held.release()
    }
  }

  async function hand(request: IncomingMessage, response: ServerResponse, sent: Sent): Promise<void> {
    const no = (refusal: Refusal) => refuse(response, refusal)
    const { principal, named, json } = sent
    if (named === undefined && (await stateless.serves(request, json))) return stateless.handle(request, response, sent)
    const messages: unknown[] = Array.isArray(json) ? json : [json]
    if (messages.length === 0) return no({ status: 400, code: -32_600, message: 'Empty batch.' })
    if (messages.length > MAX_BATCH)
      return no({ status: 400, code: -32_600, message: `More than ${MAX_BATCH} messages.` })
    if (messages.length > 1) rateLimit.charge(principal, messages.length - 1)
    const ids = messages.flatMap(requestId)
    const opens = named === undefined && messages.some(isInitialize)
    if (opens) rateLimit.charge(principal, INITIALIZE_COST - 1)
    const session = opens ? await sessions.open(principal) : (named ?? known(sessions, request, principal))
    if (session === undefined) return no(TOO_MANY_SESSIONS)
    if ('status' in session) return no(session)
    // The SDK would answer the second and never the first.
    const twice = ids.find((id, index) => session.pending.has(id) || ids.indexOf(id) !== index)
    if (twice !== undefined) return no(usedTwice(twice))
    return session.handle(request, response, json, ids)
  }
}

interface Sent {
  readonly principal: string
  readonly named: HttpSession | undefined
  readonly json: unknown
  readonly held: Holding
}

/** Holds one unit until the response is closed. */
function hold(budget: Budget, principal: string, response: ServerResponse): boolean {
  const holding = budget.open(principal)
  if (!holding.add(1)) return false
  response.once('close', holding.release)
  return true
}

/** By shape alone: the SDK validates each message, once. */
function requestId(message: unknown): RequestId[] {
  if (typeof message !== 'object' || message === null || !('method' in message) || !('id' in message)) return []
  const { id } = message
  return typeof id === 'string' || typeof id === 'number' ? [id] : []
}

function isInitialize(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'method' in message && message.method === 'initialize'
}

/** The SDK's event streams say keep-alive whatever the client asked for (RFC 9112, section 9.6). */
function closeWhenAsked({ headers, httpVersion }: IncomingMessage, response: ServerResponse): void {
  const asked = headers.connection
    ?.toLowerCase()
    .split(',')
    .some((option) => option.trim() === 'close')
  if (!asked && httpVersion !== '1.0') return
  const { writeHead } = response
  response.writeHead = function (this: ServerResponse, ...args: never[]) {
    const given = args.find((arg) => typeof arg === 'object' && arg !== null) as Record<string, unknown> | undefined
    if (given !== undefined && !Array.isArray(given)) {
      for (const name of Object.keys(given)) if (name.toLowerCase() === 'connection') delete given[name]
    }
    this.setHeader('connection', 'close')
    return Reflect.apply(writeHead, this, args)
  } as typeof writeHead
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
const TOO_MANY_STREAMS: Refusal = {
  status: 503,
  message: 'Too many event streams are open.',
  headers: { 'retry-after': '10' },
}
const BUSY: Refusal = {
  status: 429,
  message: 'Too many requests are in flight; try again later.',
  headers: { 'retry-after': '1' },
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
