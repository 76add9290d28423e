// Handlers for metrics and readiness in, a listener with /metrics, /health and /ready out. It is its own listener, apart
// from the MCP server's, so that a network policy can tell the two apart.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { LivePage } from '../../page/page.ts'
import type { ScrapeHandler } from '../scrape/scrape.ts'
import type { HostRules } from './check-sender.ts'
import { limitConnections } from './limit-connections.ts'
import type { Readiness } from './readiness.ts'
import { answerReadiness } from './readiness.ts'
import { refuse } from './request-guard.ts'
import { toOriginForm } from './request-target.ts'
import { answer, answerJson } from './text-answer.ts'

export type { Readiness } from './readiness.ts'

export interface EndpointOptions extends HostRules {
  /** Answers /metrics; a text instead says why there is none, under a 404. */
  readonly scrape: ScrapeHandler | string
  /** Answers / and what the page needs; a text instead says why there is none, under a 404. */
  readonly page?: Pick<LivePage, 'handle'> | string | undefined
  readonly ready?: (() => Readiness | Promise<Readiness>) | undefined
  /** Whether a listening endpoint keeps the process alive. @default false */
  readonly keepsProcess?: boolean | undefined
  readonly tls?: { readonly cert: string; readonly key: string } | undefined
}

export interface Endpoint {
  /** Answers /metrics in somebody else's server, whatever the path. */
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void
  /**
   * Starts to listen and resolves to the URL without a path, such as `http://127.0.0.1:9464`. Port 0 is any free one.
   * Rejects as `net.Server` does, for one with `EADDRINUSE`.
   */
  listen(address: { readonly host: string; readonly port: number }): Promise<string>
  /** Stops: answers under way have `deadlineMs`, then their sockets are closed. Never rejects. @default 1_000 */
  close(deadlineMs?: number): Promise<void>
}

/** Scrapers send small headers at once, and no body; whatever is slower is no scraper. */
const TIMEOUTS = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  /** How often the two above are looked at: Node's own 30 s would let slow ones stay for that. */
  connectionsCheckingInterval: 1_000,
  /** Longer than the usual scrape interval. */
  keepAliveTimeout: 65_000,
  /** Bytes of all headers; a scraper sends some hundred. */
  maxHeaderSize: 8_192,
} as const
const PATHS = '/metrics, /health and /ready'
/** More than scrapers and probes need, fewer than the 1,024 files that a process may usually open: others need some. Idle ones make room. */
const MAX_CONNECTIONS = 600

/**
 * Makes the endpoint; it listens when told to, and does not keep the process alive.
 *
 * @example
 * const endpoint = createEndpoint({ scrape: createScrapeHandler({ collect: () => reader.collect() }) })
 * const url = await endpoint.listen({ host: '127.0.0.1', port: 9464 })
 */
export function createEndpoint(options: EndpointOptions): Endpoint {
  const metrics = guarded(options, (request, response) => {
    if (typeof options.scrape === 'string') return answer(response, 404, options.scrape)
    options.scrape(request, response).catch(() => response.destroy())
  })
  const others = guarded(options, (request, response) => {
    const path = pathOf(request)
    if (path === '/health') return answerJson(response, 200, { status: 'healthy' })
    if (path === '/ready') return void answerReadiness(response, options.ready)
    const { page } = options
    if (typeof page === 'object' && page.handle(request, response)) return
    if (path === '/' && typeof page === 'string') return answer(response, 404, `${page} There are ${PATHS}.`)
    if (path === '/') return answer(response, 200, `mcp-vitals: ${PATHS}`)
    return answer(response, 404, `Not found; there are ${PATHS}.`)
  })
  let closing: Promise<void> | undefined
  const route: RequestListener = (request, response) => {
    toOriginForm(request)
    // A connection that is kept alive would hold up a stop.
    response.once('close', () => closing && server.closeIdleConnections())
    return pathOf(request) === '/metrics' ? metrics(request, response) : others(request, response)
  }

  const server =
    options.tls === undefined
      ? createServer(TIMEOUTS, route)
      : createTlsServer({ ...TIMEOUTS, ...options.tls, handshakeTimeout: TIMEOUTS.headersTimeout }, route)
  server.maxRequestsPerSocket = 1_000
  limitConnections(server, MAX_CONNECTIONS)
  if (options.keepsProcess !== true) server.unref()
  // `closeAllConnections` does not know those that are still shaking hands.
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    // A scraper's open connection must not keep a program that is done.
    socket.unref()
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })

  return {
    handler: metrics,
    listen({ host, port }) {
      return new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen({ host, port }, () => {
          server.off('error', reject)
          server.on('error', () => {})
          const { port: bound } = server.address() as AddressInfo
          const name = host.includes(':') ? `[${host}]` : host
          resolve(`${options.tls === undefined ? 'http' : 'https'}://${name}:${bound}`)
        })
      })
    },
    close(deadlineMs = 1_000) {
      closing ??= new Promise((resolve) => {
        // `close` alone waits for ever for a request that was half sent.
        const cut = setTimeout(() => {
          for (const socket of sockets) socket.destroy()
        }, deadlineMs)
        server.close(() => {
          clearTimeout(cut)
          resolve()
        })
      })
      return closing
    },
  }
}

/** The handler behind the checks that all paths have. */
function guarded(options: HostRules, handler: RequestListener): RequestListener {
  return (request, response) => {
    response.on('error', () => {}) // The reader went away; there is nobody to tell.
    const refusal = refuse(request, options)
    if (refusal === undefined) return handler(request, response)
    answer(response, refusal.status, refusal.reason, refusal.headers)
  }
}

function pathOf({ url = '' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? ''
}
