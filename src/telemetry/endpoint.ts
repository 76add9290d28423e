// Handlers for metrics and readiness in, a listener with /metrics, /health and /ready out. It is its own listener, apart
// from the MCP server's, so that a network policy can tell the two apart.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { GuardOptions } from './request-guard.ts'
import { refuse } from './request-guard.ts'
import type { ScrapeHandler } from './scrape.ts'
import { answer, answerJson } from './text-answer.ts'

/** Whether the server can do its work, and why not. */
export interface Readiness {
  readonly ready: boolean
  readonly reasons?: readonly string[]
}

export interface EndpointOptions extends GuardOptions {
  /** Answers /metrics; a text instead says why there is none, under a 404. */
  readonly scrape: ScrapeHandler | string
  readonly ready?: (() => Readiness | Promise<Readiness>) | undefined
  readonly tls?: { readonly cert: string; readonly key: string } | undefined
}

export interface Endpoint {
  /** Answers /metrics in somebody else's server, whatever the path. */
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void
  /** Starts to listen; rejects as `net.Server` does, for one with `EADDRINUSE`. Port 0 is any free one. */
  listen(address: { readonly host: string; readonly port: number }): Promise<string>
  /** Stops: answers under way have `deadlineMs`, then their sockets are closed. */
  close(deadlineMs?: number): Promise<void>
}

export function createEndpoint(options: EndpointOptions): Endpoint {
  const metrics: RequestListener = (request, response) => {
    response.on('error', () => {}) // The reader went away; there is nobody to tell.
    const refusal = refuse(request, options)
    if (refusal !== undefined) return answer(response, refusal.status, refusal.reason, refusal.headers)
    if (typeof options.scrape === 'string') return answer(response, 404, options.scrape)
    options.scrape(request, response).catch(() => response.destroy())
  }
  const route: RequestListener = (request, response) => {
    const path = request.url?.split('?', 1)[0]
    if (path === '/metrics') return metrics(request, response)
    const refusal = refuse(request, options)
    if (refusal !== undefined) return answer(response, refusal.status, refusal.reason, refusal.headers)
    if (path === '/health') return answerJson(response, 200, { status: 'healthy' })
    if (path === '/ready') return void answerReadiness(response, options.ready)
    if (path === '/') return answer(response, 200, 'mcp-vitals: /metrics /health /ready')
    return answer(response, 404, 'Not found; there are /metrics, /health and /ready.')
  }

  const server = options.tls === undefined ? createServer(route) : createTlsServer(options.tls, route)
  // Scrapers send small headers and no body; whatever is slower or larger is no scraper.
  Object.assign(server, { headersTimeout: 5_000, requestTimeout: 10_000, keepAliveTimeout: 65_000 })
  // One socket that asks a hundred times at once is answered a few times and closed.
  server.maxRequestsPerSocket = 1_000
  server.maxConnections = 256
  server.unref()

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
      return new Promise((resolve) => {
        if (!server.listening) return resolve()
        // `close` alone waits for ever for a request that was half sent.
        const cut = setTimeout(() => server.closeAllConnections(), deadlineMs)
        server.close(() => {
          clearTimeout(cut)
          resolve()
        })
        server.closeIdleConnections()
      })
    },
  }
}

async function answerReadiness(response: ServerResponse, ready: EndpointOptions['ready']): Promise<void> {
  let readiness: Readiness = { ready: true }
  try {
    readiness = (await ready?.()) ?? readiness
  } catch {
    readiness = { ready: false, reasons: ['readiness could not be told'] }
  }
  answerJson(response, readiness.ready ? 200 : 503, {
    status: readiness.ready ? 'ready' : 'not ready',
    reasons: readiness.reasons ?? [],
  })
}
