// Decides whether a request for telemetry may be answered: its method, where it was sent, where it comes from, and its token.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { HostRules } from './check-sender.ts'
import { checkSender } from './check-sender.ts'

/** Why a request is refused: the status and one line of text. */
interface GuardRefusal {
  readonly status: number
  readonly reason: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Only GET and HEAD pass, sent to one of our names, and not by a page from elsewhere. Returns undefined if the request may pass. */
export function refuse(request: IncomingMessage, rules: HostRules): GuardRefusal | undefined {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    // Its body is not read, so the connection cannot be used again.
    return { status: 405, reason: 'Only GET and HEAD.', headers: { allow: 'GET, HEAD', connection: 'close' } }
  }
  return checkSender(request, rules)
}

/** Whether the request carries the bearer token. Takes as long for a wrong one as for the right one. */
export function isAuthorized({ headers }: IncomingMessage, token: string): boolean {
  const given = /^Bearer +(\S.*)$/i.exec(headers.authorization ?? '')?.[1] ?? ''
  return timingSafeEqual(digest(given), digest(token))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
