// One HTTP request that was served in, one measurement out, by the conventions for HTTP servers.

import { LISTEN } from '../catalog/protocol-values.ts'
import { instruments } from './instruments.ts'

interface ServedRequest {
  readonly method: string | undefined
  /** Undefined if the response never began. */
  readonly status: number | undefined
  readonly route: string
  readonly scheme: 'http' | 'https'
  /** The version of HTTP, if it is known. */
  readonly version?: string | undefined
  readonly milliseconds: number
  /** Whether all of the response is out. */
  readonly finished: boolean
}

export function recordHttpRequest(served: ServedRequest): void {
  const { method, status, route, scheme, version, milliseconds, finished } = served
  const failed = status !== undefined && status >= 500 ? String(status) : undefined
  instruments.httpServerRequestDuration.record(milliseconds / 1000, {
    'http.request.method': method,
    'http.response.status_code': status,
    'http.route': route,
    'url.scheme': scheme,
    'network.protocol.version': version,
    'error.type': finished ? failed : 'connection_closed',
  })
}

/**
 * Whether a response is a stream that stays open as long as the client likes: of a GET (Streamable HTTP to revision
 * 2025-11-25), or of `subscriptions/listen`, which every POST names in a header from revision 2026-07-28 on.
 */
export function isStanding(method: string | undefined, mcpMethod: unknown, contentType: string | null): boolean {
  if (contentType === null || !/^text\/event-stream\b/i.test(contentType)) return false
  return method === 'GET' || (method === 'POST' && mcpMethod === LISTEN)
}
