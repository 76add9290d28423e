// An HTTP request for telemetry in, whether it may be answered out: its method, the name it was sent to, where it comes
// from, and who asks.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

/** Why a request is refused: the status and one line of text. */
export interface Refusal {
  readonly status: number
  readonly reason: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface GuardOptions {
  /** Host names that pass besides loopback names and IP literals. */
  readonly allowedHosts?: readonly string[]
}

/** GET and HEAD, to a host we go by, from no foreign web page. Undefined: it may pass. */
export function refuse({ method, headers }: IncomingMessage, { allowedHosts = [] }: GuardOptions): Refusal | undefined {
  if (method !== 'GET' && method !== 'HEAD') {
    return { status: 405, reason: 'Only GET and HEAD.', headers: { allow: 'GET, HEAD' } }
  }
  // A page that a browser was tricked into loading from a name that now points here (DNS rebinding) carries that name.
  if (!isOurHost(headers.host, allowedHosts)) return { status: 403, reason: 'This host name is not allowed here.' }
  const { origin } = headers
  if (origin !== undefined && !isOurHost(hostOf(origin), allowedHosts)) {
    return { status: 403, reason: 'This origin is not allowed here.' }
  }
  return undefined
}

/** Whether the request carries the bearer token. Takes as long for a wrong one as for the right one. */
export function isAuthorized({ headers }: IncomingMessage, token: string): boolean {
  const given = /^Bearer +(.+)$/i.exec(headers.authorization ?? '')?.[1] ?? ''
  return timingSafeEqual(digest(given), digest(token))
}

/** Loopback names and IP literals pass, since kubelets and Prometheus send the pod's address; other names by list. */
function isOurHost(host: string | undefined, allowed: readonly string[]): boolean {
  if (host === undefined) return false
  const name = host
    .toLowerCase()
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
  return name === 'localhost' || isIP(name) !== 0 || allowed.includes(name) || allowed.includes(host.toLowerCase())
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
