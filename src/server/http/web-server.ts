// Makes the HTTP or HTTPS server under the MCP endpoint, with its bounds on sockets, headers and times.
import { readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { RequestListener, Server } from 'node:http'
import { createServer } from 'node:http'
import type { Server as TlsServer } from 'node:https'
import { createServer as createTlsServer } from 'node:https'
import { createSecureContext } from 'node:tls'
import { limitConnections, trackConnections } from 'mcp-vitals'

export interface WebServerOptions {
  readonly host: string
  readonly port: number
  readonly maxConnections: number
  readonly maxHeaderBytes: number
  /** Paths of PEM files; '' for HTTP without TLS. */
  readonly tlsCert: string
  readonly tlsKey: string
}

interface WebServer {
  readonly server: Server
  readonly scheme: 'http' | 'https'
  /** Reads the certificate again if its files have changed, or if `force` is set. Rejects if they do not fit each other. */
  refresh(force?: boolean): Promise<void>
}

/** @throws {Error} of one line, if the certificate and key cannot be used. */
export function createWebServer(options: WebServerOptions, handler: RequestListener): WebServer {
  const { maxConnections, maxHeaderBytes, tlsCert, tlsKey } = options
  const bounds = {
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    /** How often the two above are looked at: Node's own 30 s would let slow ones stay for that. */
    connectionsCheckingInterval: 1_000,
    keepAliveTimeout: 65_000,
  }
  const tls = tlsCert === '' ? undefined : readPair(tlsCert, tlsKey)
  const server =
    tls === undefined
      ? createServer(bounds, handler)
      : createTlsServer({ ...bounds, ...tls, handshakeTimeout: bounds.headersTimeout }, handler)
  server.maxHeadersCount = 100
  limitConnections(server, maxConnections)
  trackConnections(server, 'http')
  let seen: string | undefined
  return {
    server,
    scheme: tls === undefined ? 'http' : 'https',
    async refresh(force = false) {
      if (tls === undefined) return
      const version = (await Promise.all([tlsCert, tlsKey].map(versionOf))).join(' ')
      const isNew = seen !== undefined && version !== seen
      seen = version
      // Connections that are open keep their certificate.
      if (isNew || force) (server as TlsServer).setSecureContext(readPair(tlsCert, tlsKey))
    },
  }
}

function readPair(certPath: string, keyPath: string): { readonly cert: string; readonly key: string } {
  try {
    const pair = { cert: readFileSync(certPath, 'utf8'), key: readFileSync(keyPath, 'utf8') }
    createSecureContext(pair)
    return pair
  } catch (error) {
    // Not the error's own message, which may quote a file.
    const { code = 'unknown error' } = error as NodeJS.ErrnoException
    throw new Error(`--tls-cert ${certPath} and --tls-key ${keyPath} cannot be used (${code})`, { cause: error })
  }
}

async function versionOf(path: string): Promise<string> {
  try {
    const { mtimeMs, ino, size } = await stat(path)
    return [mtimeMs, ino, size].join('/')
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code)
  }
}

/** Listens. Rejects with an error of one line when the port cannot be had. */
export function listen(server: Server, { host, port }: Pick<WebServerOptions, 'host' | 'port'>): Promise<void> {
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
