// Who may see the page: the launch token of the printed URL is exchanged for a cookie, and everything with data needs that cookie.
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { SessionKey } from './session-key.ts'

export interface PageAccess {
  /** Part of the printed URL. */
  readonly launchToken: string
  isLaunchToken(given: string): boolean
  /** The value of `Set-Cookie` for a browser that had the launch token. */
  cookie(port: number, isSecure: boolean): string
  isSignedIn(request: IncomingMessage): boolean
}

const MAX_AGE_SECONDS = 30 * 86_400

/** @param token The token of a file; undefined makes one for this start. */
export function createPageAccess(token: string | undefined, key: SessionKey): PageAccess {
  const launchToken = token ?? randomBytes(18).toString('base64url')
  // A cookie ends with the token of a file that it was given for.
  const secret = (made: Buffer | undefined) => (token === undefined ? made : digest(`mcp-vitals page ${token}`))
  const valueFor = (port: number, secret: Buffer) =>
    createHmac('sha256', secret).update(`mcp-vitals page ${port}`).digest('base64url')
  return {
    launchToken,
    isLaunchToken: (given) => timingSafeEqual(digest(given), digest(launchToken)),
    cookie(port, isSecure) {
      const value = valueFor(port, secret(token === undefined ? key.make() : undefined) as Buffer)
      const flags = `Path=/; Max-Age=${MAX_AGE_SECONDS}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`
      return `${cookieName(port)}=${value}; ${flags}`
    },
    isSignedIn({ headers, socket }) {
      const port = socket.localPort ?? 0
      const known = secret(token === undefined ? key.find() : undefined)
      const given = cookieOf(headers.cookie ?? '', cookieName(port))
      return known !== undefined && timingSafeEqual(digest(given), digest(valueFor(port, known)))
    },
  }
}

/** Cookies know no ports: each listener of a host has a name of its own. */
function cookieName(port: number): string {
  return `mcp_vitals_page_${port}`
}

function cookieOf(header: string, name: string): string {
  const found = header.split(';').find((one) => one.trim().startsWith(`${name}=`))
  return found?.trim().slice(name.length + 1) ?? ''
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
