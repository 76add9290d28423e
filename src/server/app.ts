// Starts the MCP server and stops it again in reverse order, within one deadline.
import type { Readiness } from 'mcp-vitals'
import { limitConcurrency, SCOPE, startTelemetry } from 'mcp-vitals'
import type { ServeConfig } from './config.ts'
import { describeError } from './describe-error.ts'
import type { McpListener } from './http/http.ts'
import { listenHttp } from './http/http.ts'
import { clusterReadiness } from './kubernetes/cluster-readiness.ts'
import { namespaceScope } from './kubernetes/namespace-scope.ts'
import { openCluster } from './kubernetes/open-cluster.ts'
import { cacheReads } from './kubernetes/read-cache.ts'
import type { McpOptions } from './mcp.ts'
import { createMcp } from './mcp.ts'
import { claimStdout } from './stdio/claim-stdout.ts'
import { serveStdio } from './stdio/stdio.ts'
import { toolsOf } from './toolsets.ts'
import { createUndo } from './undo.ts'

export interface App {
  /** The address for MCP clients; undefined over stdio. */
  readonly url: string | undefined
  /** The address to scrape; undefined if nothing is exposed. */
  readonly metricsUrl: string | undefined
  /** The live page, with its launch token; undefined where there is none. */
  readonly pageUrl: string | undefined
  readonly healthUrl: string | undefined
  /** The name of the cluster, for people. */
  readonly clusterName: string
  /** Resolves when no client can connect any more: over stdio, when the client disconnects. */
  readonly closed: Promise<void>
  /** Reloads the token and certificate files. Never rejects. */
  reload(): Promise<void>
  /** Logs the error that ends the process. */
  fatal(error: unknown): void
  /** Stops accepting calls, answers those in progress and flushes the telemetry. Takes at most 5 s, never rejects, idempotent. */
  stop(): Promise<void>
}

/** Parts of the 5 s that a stop can take: for calls in progress, and for everything. */
const GRACE_MS = 2_000
const STOP_MS = 4_500

/**
 * Starts the server.
 *
 * @throws {Error} of one line if a port is not available.
 * @example
 * const app = await startApp(readConfig(['serve', '--port', '0']) as ServeConfig)
 * console.error(app.url)
 * await app.stop()
 */
export async function startApp(config: ServeConfig): Promise<App> {
  const http = config.transport === 'http'
  let stopping = false
  let ready = async (): Promise<Readiness> => ({ ready: false, reasons: ['the server is starting'] })
  let complain = (name: string, error: unknown) =>
    console.error(`mcp-vitals-server: ${name} did not stop cleanly:`, error)
  const undo = createUndo((name, error) => complain(name, error))
  try {
    // Must run before anything can write to stdout.
    const claimed = http ? undefined : claimStdout()
    if (claimed !== undefined) undo.add('stdout', claimed.release)

    const telemetry = await startTelemetry({
      serviceName: config.name,
      serviceVersion: SCOPE.version,
      env: config.environment,
      stdio: !http,
      listener: {
        always: http,
        required: http,
        ready: () => (stopping ? { ready: false, reasons: ['the server is stopping'] } : ready()),
      },
    })
    undo.add('telemetry', telemetry.shutdown)
    const { logger } = telemetry
    logger.level = config.logLevel
    complain = (name, error) => logger.error(describeError(error), `${name} did not stop cleanly`)

    const cluster = await openCluster(config)
    undo.add('the cluster', cluster.stop)
    const reachable = clusterReadiness(cluster.api)
    ready = async () => {
      await cluster.open()
      return reachable()
    }

    const limit = limitConcurrency({ limit: config.concurrency, maxQueue: config.maxQueue })
    const reads = cacheReads(cluster.api)
    const tools = toolsOf(config, {
      api: cluster.api,
      reads,
      forget: reads.forget,
      log: cluster.api.log,
      scope: namespaceScope(config.namespaces),
      now: Date.now,
    })
    const mcp: McpOptions = { ...config, version: SCOPE.version, tools, limit, logger }
    const servers = createMcp(mcp)
    const listener: McpListener =
      claimed === undefined
        ? await listenHttp({ config, servers, logger })
        : await serveStdio({ server: servers.forSession(), stdin: process.stdin, stdout: claimed.stdout })
    undo.add('the MCP listener', () => listener.stop(GRACE_MS))

    return {
      url: listener.url,
      metricsUrl: telemetry.metricsUrl,
      pageUrl: telemetry.pageUrl,
      healthUrl: telemetry.healthUrl,
      clusterName: cluster.name,
      closed: listener.closed,
      reload: listener.reload,
      fatal: (error) => logger.fatal(describeError(error), 'unexpected error: the server stops'),
      stop() {
        stopping = true
        return undo.run(STOP_MS)
      },
    }
  } catch (error) {
    await undo.run(STOP_MS)
    throw error
  }
}
