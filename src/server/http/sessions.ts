// Keeps the MCP sessions of each principal: bounded in number, ended when idle, and evicted when another client needs the room. The SDK
// knows no expiry, no bound and no owner.
import { randomUUID } from 'node:crypto'
import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import type { RequestId } from '@modelcontextprotocol/sdk/types.js'
import { followRequests } from '../pending-requests.ts'
import type { HttpSession, SessionHandle } from './session.ts'

export interface Sessions {
  /** Opens a session for `principal`; undefined when there are too many. */
  open(principal: string): Promise<HttpSession | undefined>
  /** The session of that id, if `principal` opened it: an id is no proof of who sends it. */
  find(id: string, principal: string): HttpSession | undefined
  /** Ends the sessions that were idle for too long. */
  reap(): void
  /** Ends the sessions of principals that are gone. */
  keepOnly(isKnown: (principal: string) => boolean): void
  /** Resolves when no session waits for an answer, or after `withinMs`. */
  settled(withinMs: number): Promise<void>
  endAll(reason: string): Promise<void>
}

interface SessionsOptions {
  readonly createServer: () => Server
  readonly maxSessions: number
  readonly sessionTtlMs: number
  /** How many principals share `maxSessions`. @default 1 */
  readonly principals?: () => number
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
}

interface Entry extends HttpSession {
  readonly principal: string
  /** Nobody waits for an answer. An event stream may be open. */
  isQuiet(forMs: number): boolean
  isIdle(): boolean
}

/** A session that has only listened for this long makes room for a new one. */
const EVICT_AFTER_MS = 60_000

export function createSessions(options: SessionsOptions): Sessions {
  const { createServer, maxSessions, sessionTtlMs, principals = () => 1, now = () => performance.now() } = options
  /** The longest unused first. */
  const sessions = new Map<string, Entry>()
  const owned = (principal: string) => [...sessions.values()].filter((session) => session.principal === principal)

  /** Whether there is room for one more of `principal`, if need be by ending another session. */
  const makeRoom = (principal: string): boolean => {
    const share = principals() > 1 ? Math.max(1, Math.ceil(maxSessions / 2)) : maxSessions
    const own = owned(principal)
    if (own.length < share && sessions.size < maxSessions) return true
    const quiet = Math.min(EVICT_AFTER_MS, sessionTtlMs)
    const victim =
      (own.length < share ? [...sessions.values()] : own).find((session) => session.isQuiet(quiet)) ??
      (own.length < share ? overShare(principal, own.length) : undefined)
    if (victim === undefined) return false
    void victim.end('The session was closed to make room for another.')
    return true
  }

  /** A quiet session of whoever has the most, if `principal` has less than its fair part of all. */
  const overShare = (principal: string, own: number): Entry | undefined => {
    const fair = Math.max(1, Math.floor(maxSessions / principals()))
    if (own >= fair) return undefined
    const byOwner = Map.groupBy(sessions.values(), (session) => session.principal)
    byOwner.delete(principal)
    const [most = []] = [...byOwner.values()].toSorted((a, b) => b.length - a.length)
    return most.length > fair ? most.find((session) => session.isQuiet(0)) : undefined
  }

  return {
    async open(principal) {
      if (!makeRoom(principal)) return undefined
      const id = randomUUID()
      const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: () => id })
      // Requests that came alone in their body: the stream of their answer is theirs.
      const alone = new Set<RequestId>()
      const pending = followRequests(transport, (cancelled) => {
        // The SDK never answers a cancelled request, and would hold its connection open until the session ends.
        if (alone.has(cancelled)) transport.closeSSEStream(cancelled)
        forget({ jsonrpc: '2.0', id: cancelled, error: { code: -32_000, message: 'cancelled' } }).catch(() => {})
      })
      // Sent to a stream that is closed, an answer goes nowhere, and the transport drops what it kept for it.
      const forget = StreamableHTTPServerTransport.prototype.send.bind(transport)
      transport.onclose = () => sessions.delete(id)
      let open = 0
      let usedAt = now()
      const used = () => {
        usedAt = now()
        if (sessions.delete(id)) sessions.set(id, session)
      }
      const handle: SessionHandle = async (request, response, body, requests = []) => {
        const [only] = requests
        if (only !== undefined && requests.length === 1) alone.add(only)
        open += 1
        if (request.method === 'POST') used()
        response.once('close', () => {
          open -= 1
          used()
          if (only !== undefined) alone.delete(only)
          // An `initialize` that was refused leaves a session that nobody has the id of.
          if (transport.sessionId === undefined) void transport.close()
        })
        // For the audit: by whom a call was made.
        if (!('auth' in request)) Object.assign(request, { auth: { token: '', clientId: principal, scopes: [] } })
        await transport.handleRequest(request, response, body)
      }
      const session: Entry = {
        principal,
        pending,
        handle,
        isQuiet: (forMs) => pending.size === 0 && transport.sessionId !== undefined && now() - usedAt >= forMs,
        isIdle: () => open === 0 && pending.size === 0 && now() - usedAt >= sessionTtlMs,
        async end(reason) {
          sessions.delete(id)
          await pending.answerAll(reason)
          await transport.close()
        },
      }
      sessions.set(id, session)
      await createServer().connect(transport)
      return session
    },
    find(id, principal) {
      const session = sessions.get(id)
      return session?.principal === principal ? session : undefined
    },
    reap() {
      for (const session of sessions.values())
        if (session.isIdle()) void session.end('The session was idle for too long.')
    },
    keepOnly(isKnown) {
      for (const session of sessions.values())
        if (!isKnown(session.principal)) void session.end('The token of this session is not valid any more.')
    },
    async settled(withinMs) {
      await Promise.all([...sessions.values()].map(({ pending }) => pending.settled(withinMs)))
    },
    async endAll(reason) {
      await Promise.all([...sessions.values()].map((session) => session.end(reason)))
    },
  }
}
