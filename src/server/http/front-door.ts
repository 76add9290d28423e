// An HTTP request in; out comes whether its sender may talk to us at all: which name it was sent to, which web page sent
// it, and who holds the token in it.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { checkSender } from 'mcp-vitals'
import type { Refusal } from './http-answer.ts'
import type { Tokens } from './token-file.ts'

export interface FrontDoor {
  /** Undefined if Host and Origin are in order (MCP, Streamable HTTP, "Security Warning": 403 for a wrong Origin). */
  refusal(request: IncomingMessage): Refusal | undefined
  /** Who sent it; undefined if it carries none of the tokens. */
  principal(request: IncomingMessage): string | undefined
  /** The answer to who carries none. */
  unauthorized(request: IncomingMessage): Refusal
  /** Lets the web page that sent the request read the answer. Only for origins that were found in order. */
  allowReading(request: IncomingMessage, response: ServerResponse): void
}

interface FrontDoorOptions {
  /** The name that the server listens on. */
  readonly host: string
  readonly allowedHosts: readonly string[]
  readonly allowedOrigins: readonly string[]
  /** The tokens that are valid now. */
  readonly tokens: () => Tokens
  readonly refused: { note(address: string): number }
  readonly realm: string
}

export function createFrontDoor(options: FrontDoorOptions): FrontDoor {
  const rules = { allowedHosts: [options.host, ...options.allowedHosts], allowedOrigins: options.allowedOrigins }

  return {
    refusal(request) {
      const refusal = checkSender(request, rules)
      return refusal && { status: refusal.status, message: refusal.reason }
    },
    principal({ headers }) {
      const { digests } = options.tokens()
      if (digests.size === 0) return 'anonymous'
      const sent = digest(bearerToken(headers.authorization) ?? '')
      // Each is compared, so that the time taken says nothing about which one it was.
      const [found] = [...digests].filter(([, digest]) => timingSafeEqual(digest, sent))
      return found?.[0]
    },
    unauthorized({ headers, socket }) {
      const wait = options.refused.note(socket.remoteAddress ?? '')
      if (wait > 0) {
        // A new connection for each further guess.
        const slow = { 'retry-after': String(wait), connection: 'close' }
        return { status: 429, message: 'Too many wrong tokens; try again later.', headers: slow }
      }
      // RFC 6750, section 3: no error code where no token was sent.
      const error = headers.authorization === undefined ? '' : ', error="invalid_token"'
      const realm = options.realm.replace(/[^\w.-]/g, '-')
      return {
        status: 401,
        message: 'A valid bearer token is needed.',
        headers: { 'www-authenticate': `Bearer realm="${realm}"${error}` },
      }
    },
    allowReading({ headers }, response) {
      if (headers.origin === undefined) return
      response.setHeader('access-control-allow-origin', headers.origin)
      response.setHeader('access-control-expose-headers', 'mcp-session-id, retry-after, www-authenticate')
      response.setHeader('vary', 'origin')
    },
  }
}

/** The answer to a browser that asks before it lets a page of an allowed origin call. */
export function answerPreflight(response: ServerResponse): void {
  response.writeHead(204, {
    'access-control-allow-methods': 'GET, POST, DELETE',
    'access-control-allow-headers':
      'authorization, content-type, last-event-id, mcp-method, mcp-name, mcp-protocol-version, mcp-session-id, traceparent, tracestate, baggage',
    'access-control-max-age': '600',
  })
  response.end()
}

function bearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
