// Stands in front of an MCP server that speaks Streamable HTTP, in whatever language, passes everything on, and measures it.
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { instrumentHttpHandler, instruments, trackConnections } from '@mcp-vitals/instrumentation'
import { checkSender, limitConnections, startTelemetry, toOriginForm } from '../../index.ts'
import { isAuthorized } from '../../telemetry/listener/request-guard.ts'
import { createExchange } from './exchange.ts'
import { passRequest } from './pass-request.ts'
import { createProxiedServer } from './proxied-server.ts'
import { refuse } from './refuse.ts'
import { createUpstream } from './upstream.ts'

export interface ProxyOptions {
  /** The server's MCP endpoint. */
  readonly upstream: string
  readonly host: string
  /** 0 means any free one. */
  readonly port: number
  readonly allowedHosts: readonly string[]
  readonly allowedOrigins: readonly string[]
  /** Bearer tokens that are valid now, of which clients must send one; none if nobody has to. */
  readonly tokens: () => readonly string[]
  readonly maxConnections: number
  readonly maxSessions: number
  readonly maxHeaderBytes: number
  readonly maxBodyBytes: number
  /** Sends no request of its own. */
  readonly noList: boolean
  readonly env: Readonly<Record<string, string | undefined>>
}

export interface RunningProxy {
  /** Where MCP clients connect. */
  readonly url: string
  readonly metricsUrl: string | undefined
  readonly healthUrl: string | undefined
  /** Takes no more connections, waits for answers under way, flushes the telemetry. Within 5 s, never rejects. */
  stop(): Promise<void>
}

const SERVICE_NAME = 'mcp-vitals-proxy'
const REAP_EVERY_MS = 5_000
const GRACE_MS = 2_000

/**
 * Listens.
 *
 * @throws {Error} (rejects) of one line when a port is taken, and `ConfigError` for a wrong environment.
 * @example
 * const proxy = await startProxy({ upstream: 'http://127.0.0.1:8000/mcp', … })
 * console.error(proxy.url)
 */
export async function startProxy(options: ProxyOptions): Promise<RunningProxy> {
  const upstream = createUpstream(new URL(options.upstream))
  const telemetry = await startTelemetry({
    serviceName: SERVICE_NAME,
    env: options.env,
    resourceAttributes: { 'mcp_vitals.attach': 'proxy' },
    listener: {
      always: true,
      required: true,
      async ready() {
        if (await upstream.isReachable()) return { ready: true }
        return { ready: false, reasons: [`the MCP server at ${upstream.url.host} does not accept connections`] }
      },
    },
  })
  const proxied = createProxiedServer({
    maxSessions: options.maxSessions,
    ask: options.noList ? undefined : upstream.ask,
  })
  // A first failure is then seen as an increase.
  for (const code of ['ECONNREFUSED', 'ECONNRESET']) instruments.proxyUpstreamErrors.record(0, { 'error.type': code })

  const pass = (isMcp: boolean) => (request: IncomingMessage, response: ServerResponse) => {
    response.on('error', () => {})
    const refusal = refusalOf(request, options)
    if (refusal !== undefined) return refuse(response, refusal.status, refusal.reason, refusal.headers)
    const { method = 'GET', headers, httpVersion } = request
    const exchange = isMcp ? createExchange(proxied, { method, headers, httpVersion }) : undefined
    passRequest(request, response, { ...options, upstream, exchange, hasOwnToken: options.tokens().length > 0 })
  }
  const mcp = instrumentHttpHandler(pass(true), { route: upstream.url.pathname })
  const others = instrumentHttpHandler(pass(false), { route: '/*' })
  const server = createHttpServer(options, (request, response) => {
    toOriginForm(request)
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    return upstream.isMcp(path) ? mcp(request, response) : others(request, response)
  })
  try {
    await listen(server, options)
  } catch (error) {
    await telemetry.shutdown()
    throw error
  }
  const reaper = setInterval(() => proxied.sessions.reap(), REAP_EVERY_MS).unref()
  const { port } = server.address() as AddressInfo
  const host = options.host.includes(':') ? `[${options.host}]` : options.host
  return {
    url: `http://${host}:${port}${upstream.url.pathname}`,
    metricsUrl: telemetry.metricsUrl,
    healthUrl: telemetry.healthUrl,
    async stop() {
      clearInterval(reaper)
      await close(server)
      proxied.sessions.endAll()
      upstream.close()
      await telemetry.shutdown()
    },
  }
}

interface Refusal {
  readonly status: number
  readonly reason: string
  readonly headers?: Readonly<Record<string, string>>
}

function refusalOf(request: IncomingMessage, { tokens, ...rules }: ProxyOptions): Refusal | undefined {
  const refusal = checkSender(request, rules)
  if (refusal !== undefined) return refusal
  const valid = tokens()
  if (valid.length === 0 || valid.some((token) => isAuthorized(request, token))) return undefined
  return { status: 401, reason: 'A bearer token is required.', headers: { 'www-authenticate': 'Bearer' } }
}

function createHttpServer({ maxConnections, maxHeaderBytes }: ProxyOptions, handler: RequestListener): Server {
  const server = createServer(
    {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: 10_000,
      requestTimeout: 60_000,
      /** How often the two above are looked at: Node's own 30 s would let slow ones stay for that. */
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: 65_000,
    },
    handler,
  )
  server.maxHeadersCount = 100
  limitConnections(server, maxConnections)
  trackConnections(server, 'http')
  return server
}

function listen(server: Server, { host, port }: Pick<ProxyOptions, 'host' | 'port'>): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => {
      const reason = error.code ?? error.name
      reject(new Error(`the proxy cannot use ${host}:${port} (${reason}); --host and --port say where it listens`))
    }
    server.once('error', failed)
    server.listen({ host, port }, () => {
      server.off('error', failed)
      // Running out of file descriptors is an error of `accept`; it passes.
      server.on('error', () => {})
      resolve()
    })
  })
}

/** Answers under way have a moment; streams that stay open are cut then. */
async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  const sweep = setInterval(() => server.closeIdleConnections(), 20)
  const cut = setTimeout(() => server.closeAllConnections(), GRACE_MS)
  await closed
  clearInterval(sweep)
  clearTimeout(cut)
}
