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
    // Whatever body it has is not read: the connection cannot be used again.
    return { status: 405, reason: 'Only GET and HEAD.', headers: { allow: 'GET, HEAD', connection: 'close' } }
  }
  const host = headers.host?.toLowerCase()
  if (host === undefined || host === '') return { status: 400, reason: 'The Host header is missing.' }
  // A page that a browser was tricked into loading from a name that now points here (DNS rebinding) carries that name.
  if (!isOurHost(host, allowedHosts)) return { status: 403, reason: 'This host name is not allowed here.' }
  if (headers.origin !== undefined && !isOurOrigin(headers.origin, host, allowedHosts)) {
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
function isOurHost(host: string, allowed: readonly string[]): boolean {
  const name = nameOf(host)
  return name === 'localhost' || isIP(name) !== 0 || isListed(host, allowed)
}

/** A page of ours, of this machine, or of a name on the list. Not of any address: a page can be served from one. */
function isOurOrigin(origin: string, host: string, allowed: readonly string[]): boolean {
  if (!URL.canParse(origin)) return false
  const from = new URL(origin).host
  const name = nameOf(from)
  return from === host || name === 'localhost' || name === '::1' || /^127\./.test(name) || isListed(from, allowed)
}

function isListed(host: string, allowed: readonly string[]): boolean {
  return allowed.some((entry) => [host, nameOf(host)].includes(entry.toLowerCase()))
}

/** The name of a host and port; the dot of a fully qualified one and the brackets of IPv6 go. */
function nameOf(host: string): string {
  return host
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
