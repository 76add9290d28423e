// Reads the target of a request in the forms that HTTP has.
import type { IncomingMessage } from 'node:http'

/**
 * Rewrites a target in absolute form, such as `GET http://host/metrics`, to its path, and sets `Host` to the target's own: a server must
 * accept this form, and must ignore a `Host` that differs. Other forms stay.
 *
 * Source: RFC 9112, section 3.2.2.
 */
export function toOriginForm(request: IncomingMessage): void {
  const { url = '' } = request
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return
  const { host, pathname, search } = new URL(url)
  request.url = `${pathname}${search}`
  request.headers.host = host
}
