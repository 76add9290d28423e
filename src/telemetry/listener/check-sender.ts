// Checks the Host and Origin of an HTTP request, so that web pages cannot reach a listener through DNS rebinding or across sites.
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

export interface HostRules {
  /** Names that requests may be sent to, in addition to loopback names and IP addresses; with or without a port. */
  readonly allowedHosts?: readonly string[]
  /** Origins of web pages that may call, in addition to pages from loopback and from the listener itself. */
  readonly allowedOrigins?: readonly string[]
}

/** Why a request is refused: an HTTP status and one line of text. */
export interface SenderRefusal {
  readonly status: 400 | 403
  readonly reason: string
}

/**
 * Returns why a request must not be answered, or undefined if its Host and Origin are in order. IP addresses pass as a Host,
 * because rebinding needs a name, and kubelets and Prometheus send the pod's address.
 *
 * Source: MCP, Streamable HTTP, "Security Warning"; RFC 9110, section 7.2.
 *
 * @example
 * const refusal = checkSender(request, { allowedHosts: ['mcp.example.com'] })
 * if (refusal !== undefined) return response.writeHead(refusal.status).end(refusal.reason)
 */
export function checkSender(
  { headers }: Pick<IncomingMessage, 'headers'>,
  rules: HostRules = {},
): SenderRefusal | undefined {
  const { allowedHosts = [], allowedOrigins = [] } = rules
  const host = headers.host?.toLowerCase() ?? ''
  if (host === '') return { status: 400, reason: 'The Host header is missing.' }
  const name = hostName(host)
  const listed = allowedHosts.some((allowed) => [host, name].includes(allowed.toLowerCase()))
  if (name !== 'localhost' && isIP(name) === 0 && !listed) {
    return { status: 403, reason: 'This host name is not allowed here.' }
  }
  const origin = headers.origin?.toLowerCase()
  if (origin === undefined || allowedOrigins.some((allowed) => allowed.toLowerCase() === origin)) return undefined
  return isOwnPage(origin, host) ? undefined : { status: 403, reason: 'This origin is not allowed here.' }
}

/** Whether a host, without its port, is this machine: `localhost`, `::1` or an address in 127.0.0.0/8. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

/** A page from this machine, or from the address that the request was sent to. No other IP address: pages are served from them too. */
function isOwnPage(origin: string, host: string): boolean {
  if (!/^https?:\/\//.test(origin) || !URL.canParse(origin)) return false
  const page = new URL(origin).host
  return page === host || isLoopback(hostName(page))
}

/** Without the port, the brackets of IPv6, and the dot that ends a fully qualified name. */
function hostName(host: string): string {
  return host
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
}
