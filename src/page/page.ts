// The live page: its files, its stream of events and its traces, behind a launch token.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ERROR_SIDES } from '@mcp-vitals/instrumentation'
import type { EventStreams } from './http/event-streams.ts'
import { createEventStreams, MAX_STREAMS } from './http/event-streams.ts'
import type { PageAccess } from './http/page-access.ts'
import { createPageAccess } from './http/page-access.ts'
import { pageFile } from './http/page-files.ts'
import type { SessionKey } from './http/session-key.ts'
import type { PageModel } from './model/page-model.ts'

export interface PageOptions {
  readonly model: PageModel
  /** The token of a file; undefined makes one for this start. */
  readonly token: string | undefined
  readonly sessionKey: SessionKey
  readonly isSecure: boolean
  /** Where the page's links lead; undefined leaves a link out. */
  readonly links: { readonly grafana: string | undefined; readonly traces: string | undefined }
  /** How many browsers look, when that changes. */
  readonly onWatchers: (count: number) => void
  /** Waited for before a browser gets its first data. */
  readonly ready: () => Promise<void>
}

export interface LivePage {
  /** The URL to open, with the launch token; `base` has no path. */
  url(base: string): string
  /** Answers a request for the page. Host and Origin are checked before. False if the path is not one of the page. */
  handle(request: IncomingMessage, response: ServerResponse): boolean
  /** Sends a step to those who look at a server. */
  step(server: string, json: string): void
  /** Tells all browsers which servers there are. */
  announce(): void
  close(): void
}

/** Causes of failed calls that are the caller's fault, as JSON. */
const CALLER_FAULTS = JSON.stringify(
  Object.entries(ERROR_SIDES).flatMap(([cause, side]) => (side === 'caller' ? cause : [])),
)

const SECURITY = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
} as const

const TEXT = { ...SECURITY, 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' }

export function createPage(options: PageOptions): LivePage {
  const access = createPageAccess(options.token, options.sessionKey)
  const streams = createEventStreams(options.onWatchers)
  const routes: Readonly<
    Record<string, (request: IncomingMessage, response: ServerResponse, query: URLSearchParams) => void>
  > = {
    '/': (request, response, query) => shell(request, response, query, access, options),
    '/page/stream': guarded(access, (_, response, query) => void stream(response, query, streams, options)),
    '/page/trace': guarded(access, (_, response, query) => {
      const trace = options.model.find(query.get('server') ?? undefined)?.trace(query.get('id') ?? '')
      end(response, 200, JSON.stringify(trace ?? { spans: [], logs: [], leftOut: 0 }), JSON_HEADERS)
    }),
  }
  return {
    url: (base) => `${base}/?token=${access.launchToken}`,
    handle(request, response) {
      const [path = '', search = ''] = (request.url ?? '').split('?', 2)
      const route = routes[path]
      if (route !== undefined) {
        route(request, response, new URLSearchParams(search))
        return true
      }
      if (!path.startsWith('/page/')) return false
      sendFile(request, response, path.slice('/page/'.length))
      return true
    },
    step: (server, json) => streams.send('step', json, server),
    announce: () => streams.send('servers', serversOf(options.model)),
    close: () => streams.close(),
  }
}

const JSON_HEADERS = { ...SECURITY, 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' }

/**
 * The page without data. A browser that comes by a link of another site sends no cookie with this first request, so the answer is the
 * page all the same, under a 401: its own requests have the cookie, and without one it says how to get in.
 */
function shell(
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
  access: PageAccess,
  { isSecure }: PageOptions,
): void {
  const given = query.get('token')
  if (given !== null && access.isLaunchToken(given)) {
    query.delete('token')
    const location = query.size === 0 ? '/' : `/?${query}`
    const cookie = access.cookie(request.socket.localPort ?? 0, isSecure)
    response.writeHead(303, { ...TEXT, location, 'set-cookie': cookie, 'content-length': '0' })
    response.end()
    return
  }
  sendFile(request, response, 'index.html', access.isSignedIn(request) ? 200 : 401)
}

/** Runs the handler for a browser that is signed in, and for a request that this page or the address bar made. */
function guarded(
  access: PageAccess,
  handler: (request: IncomingMessage, response: ServerResponse, query: URLSearchParams) => void,
) {
  return (request: IncomingMessage, response: ServerResponse, query: URLSearchParams): void => {
    const site = request.headers['sec-fetch-site']
    if (site !== undefined && site !== 'same-origin' && site !== 'none') {
      end(response, 403, 'Only the page itself may ask for its data.\n', TEXT)
      return
    }
    const { origin, host } = request.headers
    if (origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host)) {
      end(response, 403, 'This origin is not allowed here.\n', TEXT)
      return
    }
    if (!access.isSignedIn(request)) {
      end(response, 401, 'Open the page with the URL that the program printed when it started.\n', TEXT)
      return
    }
    handler(request, response, query)
  }
}

async function stream(
  response: ServerResponse,
  query: URLSearchParams,
  streams: EventStreams,
  { model, ready, links }: PageOptions,
): Promise<void> {
  if (streams.size < MAX_STREAMS) await ready()
  const server = model.find(query.get('server') ?? undefined) ?? model.find(undefined)
  const snapshot = server?.snapshot(Date.now()) ?? JSON.stringify({ now: Date.now() })
  const first = `${snapshot.slice(0, -1)},"links":${JSON.stringify(links)},"callerFaults":${CALLER_FAULTS},"servers":${serversOf(model)}}`
  if (streams.open(response, server?.id, SECURITY, first)) return
  end(response, 503, `${MAX_STREAMS} browser windows look at this page already; close one.\n`, {
    ...TEXT,
    'retry-after': '5',
  })
}

function serversOf(model: PageModel): string {
  return JSON.stringify(model.all().map(({ id, lastAt, name }) => ({ id, name, lastAt })))
}

function sendFile(request: IncomingMessage, response: ServerResponse, name: string, status = 200): void {
  const file = pageFile(name)
  if (file === undefined) {
    end(response, 404, 'Not found.\n', TEXT)
    return
  }
  const compressed = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
  const body = compressed ? file.gzip : file.plain
  response.writeHead(status, {
    ...SECURITY,
    'content-type': file.type,
    'content-length': String(body.length),
    'cache-control': 'no-cache',
    vary: 'accept-encoding',
    ...(compressed && { 'content-encoding': 'gzip' }),
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

function end(response: ServerResponse, status: number, body: string, headers: Readonly<Record<string, string>>): void {
  response.writeHead(status, { 'content-length': String(Buffer.byteLength(body)), ...headers })
  response.end(body)
}
