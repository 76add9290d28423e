// Serves revision 2026-07-28, which has no sessions, with the SDK's own handler: each request is a server of its own.
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { Server } from '@modelcontextprotocol/server'
import { createMcpHandler, isLegacyRequest } from '@modelcontextprotocol/server'
import { refuse } from './http-answer.ts'

/** A request whose body has been read. */
export interface StatelessRequest {
  readonly principal: string
  readonly json: unknown
}

export interface Stateless {
  /** Whether a request is of this revision. All others belong to a session. */
  serves(request: IncomingMessage, json: unknown): Promise<boolean>
  /** Answers a request of this revision. */
  handle(request: IncomingMessage, response: ServerResponse, sent: StatelessRequest): Promise<void>
  /** Ends the requests of principals that are gone. */
  keepOnly(isKnown: (principal: string) => boolean): void
  /** Resolves when no request waits for an answer, or after `withinMs`. */
  settled(withinMs: number): Promise<void>
  /** Answers what is pending with an error. */
  endAll(): Promise<void>
}

interface StatelessOptions {
  readonly createServer: () => Server
}

interface Exchange extends StatelessRequest {
  readonly abort: AbortController
  readonly done: Promise<void>
}

/** The answer of the SDK to a request that it gave up. */
const ABANDONED = 499

export function createStateless({ createServer }: StatelessOptions): Stateless {
  // The servers announce no changes, so the SDK ends each `subscriptions/listen` at once.
  const handler = createMcpHandler(createServer, { legacy: 'reject' })
  const waiting = new Set<Exchange>()

  const answer = async (response: ServerResponse, asked: Request, { principal, json }: StatelessRequest) => {
    // For the audit: by whom a call was made.
    const authInfo = { token: '', clientId: principal, scopes: [] }
    const { status, headers, body } = await handler.fetch(asked, { parsedBody: json, authInfo })
    if (response.destroyed) return
    if (status === ABANDONED) return refuse(response, { status: 503, message: 'The request was ended by the server.' })
    response.writeHead(status, Object.fromEntries(headers))
    if (body === null) return void response.end()
    const closed = once(response, 'close')
    Readable.fromWeb(body as never)
      .on('error', () => response.destroy())
      .pipe(response)
    await closed
  }

  return {
    async serves(request, json) {
      return !(await isLegacyRequest(fetchRequest(request), json))
    },
    async handle(request, response, sent) {
      const abort = new AbortController()
      response.once('close', () => abort.abort())
      const exchange = { ...sent, abort, done: answer(response, fetchRequest(request, abort.signal), sent) }
      waiting.add(exchange)
      await exchange.done.finally(() => waiting.delete(exchange))
    },
    keepOnly(isKnown) {
      for (const { principal, abort } of waiting) if (!isKnown(principal)) abort.abort()
    },
    async settled(withinMs) {
      const calls = [...waiting].map(({ done }) => done.catch(() => {}))
      let timer: NodeJS.Timeout | undefined
      const late = new Promise((resolve) => {
        timer = setTimeout(resolve, withinMs)
      })
      await Promise.race([Promise.all(calls), late])
      clearTimeout(timer)
    },
    endAll: handler.close,
  }
}

/** The body is handed over as parsed; the SDK reads only the method and the headers. */
function fetchRequest(request: IncomingMessage, signal?: AbortSignal): Request {
  const headers = new Headers()
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value)
  }
  return new Request('http://localhost/mcp', { method: 'POST', headers, ...(signal && { signal }) })
}
