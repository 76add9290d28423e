// Serves MCP over Streamable HTTP: one route, with sessions and bounds.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Telemetry } from 'mcp-vitals'
import { instrumentHttpHandler, isLoopback } from 'mcp-vitals'
import { REREAD_EVERY_MS } from 'mcp-vitals/command-line'
import type { ServeConfig } from '../config.ts'
import { describeError } from '../describe-error.ts'
import type { McpServers } from '../mcp.ts'
import { createFrontDoor } from './front-door.ts'
import { refuse } from './http-answer.ts'
import { createMcpHandler, MCP_PATH } from './mcp-handler.ts'
import { createRateLimit } from './rate-limit.ts'
import { createRefusedCredentials } from './refused-credentials.ts'
import { createSessions } from './sessions.ts'
import { createStateless } from './stateless.ts'
import { createTokenFile } from './token-file.ts'
import { createWebServer, listen } from './web-server.ts'

const REAP_EVERY_MS = 1_000

interface HttpOptions {
  readonly config: Omit<ServeConfig, 'command' | 'environment' | 'warnings'>
  readonly servers: McpServers
  readonly logger: Telemetry['logger']
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
}

/** A way in for MCP clients. */
export interface McpListener {
  readonly url: string | undefined
  /** Resolves when clients can come no more: never over HTTP, with the client over stdio. */
  readonly closed: Promise<void>
  /** Reads the files of tokens and certificates again. Never rejects. */
  reload(): Promise<void>
  /** Takes no more requests, waits `graceMs` for the answers under way, and answers the rest with an error. */
  stop(graceMs: number): Promise<void>
}

/** Listens. Rejects with an error of one line when the port cannot be had, or the certificate not be used. */
export async function listenHttp({ config, servers, logger, now }: HttpOptions): Promise<McpListener> {
  const clock = now === undefined ? {} : { now }
  const credentials = createTokenFile({
    ...config.tokenFile,
    strict: !isLoopback(config.host),
    changed(tokens) {
      logger.info({ tokens: tokens.digests.size }, 'the token file was read again')
      for (const kept of [sessions, stateless]) kept.keepOnly((principal) => tokens.digests.has(principal))
    },
    failed: (reason) => logger.error({ reason }, 'the token file was not read again; the tokens of before stay valid'),
  })
  const principals = () => Math.max(1, credentials.current().digests.size)
  const sessions = createSessions({ ...config, ...clock, createServer: servers.forSession, principals })
  const stateless = createStateless({ createServer: servers.forRequest })
  const frontDoor = createFrontDoor({
    ...config,
    tokens: credentials.current,
    refused: createRefusedCredentials(logger, now),
    realm: config.name,
  })
  let stopping = false
  const handle = createMcpHandler({
    sessions,
    stateless,
    frontDoor,
    rateLimit: createRateLimit(config.rateLimit, now),
    isStopping: () => stopping,
    principals,
    bounds: config,
  })
  const handler = (request: IncomingMessage, response: ServerResponse) => {
    response.on('error', () => {}) // The client went away; there is nobody to tell.
    handle(request, response).catch((error: unknown) => {
      logger.error(describeError(error), 'an HTTP request was not handled')
      refuse(response, { status: 500, code: -32_603, message: 'Something is wrong in the server.' })
    })
  }
  const web = createWebServer(config, instrumentHttpHandler(handler, { route: MCP_PATH }))
  const { server } = web
  await listen(server, config)
  // Running out of file descriptors is an error of `accept`; it passes.
  server.on('error', (error) =>
    logger.error({ code: (error as NodeJS.ErrnoException).code }, 'a connection was refused'),
  )
  const reread = async (force: boolean) => {
    await credentials.refresh(force)
    await web.refresh(force).catch((error: unknown) => {
      logger.error(
        { reason: (error as Error).message },
        'the certificate was not read again; the one of before is used',
      )
    })
  }
  await reread(false)
  const reaper = setInterval(() => sessions.reap(), Math.min(REAP_EVERY_MS, config.sessionTtlMs)).unref()
  const rereading = setInterval(() => void reread(false), REREAD_EVERY_MS).unref()

  const { port } = server.address() as AddressInfo
  return {
    url: `${web.scheme}://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}${MCP_PATH}`,
    closed: new Promise(() => {}),
    reload: () => reread(true),
    async stop(graceMs) {
      stopping = true
      clearInterval(reaper)
      clearInterval(rereading)
      const closed = new Promise((resolve) => server.close(resolve))
      await Promise.all([sessions.settled(graceMs), stateless.settled(graceMs)])
      await Promise.all([sessions.endAll('The server is stopping.'), stateless.endAll()])
      // Last answers are being written: connections are closed as they fall idle, and soon in any case.
      const sweep = setInterval(() => server.closeIdleConnections(), 20)
      const cut = setTimeout(() => server.closeAllConnections(), 500)
      await closed
      clearInterval(sweep)
      clearTimeout(cut)
    },
  }
}
