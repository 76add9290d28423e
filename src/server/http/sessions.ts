// Principals in, their MCP sessions out: bounded in number, ended when idle, each for the one who opened it. The SDK knows
// no expiry, no bound and no owner.
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import type { RequestId } from '@modelcontextprotocol/sdk/types.js'
import type { PendingRequests } from '../pending-requests.ts'
import { followRequests } from '../pending-requests.ts'

export interface HttpSession {
  readonly pending: PendingRequests
  /** Hands a request to the session; `requests` are the ids in its body. */
  handle(
    request: IncomingMessage,
    response: ServerResponse,
    body?: unknown,
    requests?: readonly RequestId[],
  ): Promise<void>
  /** Answers what is pending with an error, then closes. */
  end(reason: string): Promise<void>
}

export interface Sessions {
  /** Opens a session for `principal`; undefined when there are too many. */
  open(principal: string): Promise<HttpSession | undefined>
  /** The session of that id, if `principal` opened it: an id is no proof of who sends it. */
  find(id: string, principal: string): HttpSession | undefined
  /** Ends the sessions that were idle for too long. */
  reap(): void
  /** Resolves when no session waits for an answer, or after `withinMs`. */
  settled(withinMs: number): Promise<void>
  endAll(reason: string): Promise<void>
}

interface SessionsOptions {
  readonly createServer: () => McpServer
  readonly maxSessions: number
  readonly sessionTtlMs: number
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
}

interface Entry extends HttpSession {
  readonly principal: string
  isIdle(): boolean
}

export function createSessions(options: SessionsOptions): Sessions {
  const { createServer, maxSessions, sessionTtlMs, now = () => performance.now() } = options
  const sessions = new Map<string, Entry>()
  return {
    async open(principal) {
      if (sessions.size >= maxSessions) return undefined
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
      const session: Entry = {
        principal,
        pending,
        isIdle: () => open === 0 && pending.size === 0 && now() - usedAt >= sessionTtlMs,
        async handle(request, response, body, requests = []) {
          const [only] = requests
          if (only !== undefined && requests.length === 1) alone.add(only)
          open += 1
          response.once('close', () => {
            open -= 1
            usedAt = now()
            if (only !== undefined) alone.delete(only)
            // An `initialize` that was refused leaves a session that nobody has the id of.
            if (transport.sessionId === undefined) void transport.close()
          })
          await transport.handleRequest(request, response, body)
        },
        async end(reason) {
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
    async settled(withinMs) {
      await Promise.all([...sessions.values()].map(({ pending }) => pending.settled(withinMs)))
    },
    async endAll(reason) {
      await Promise.all([...sessions.values()].map((session) => session.end(reason)))
    },
  }
}
