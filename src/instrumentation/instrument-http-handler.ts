// A node:http handler in, one that does the same and measures each request out: what HTTP refuses (401, 403, 404, 413)
// never becomes a message, and so shows nowhere else.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { instruments } from './instruments.ts'

export interface HttpHandlerOptions {
  /** The route that the handler serves: a constant of the program, such as `/mcp`. */
  readonly route: string
  /** @default 'http' */
  readonly scheme?: 'http' | 'https'
}

type Handler<T> = (request: IncomingMessage, response: ServerResponse) => T

/**
 * Records `http_server_request_duration_seconds` for each request that `handler` answers, when its response is out. The
 * standing stream of a GET (`text/event-stream`) is timed to its headers: it stays open as long as the client likes, which
 * is no latency.
 *
 * @example createServer(instrumentHttpHandler(handler, { route: '/mcp' }))
 */
export function instrumentHttpHandler<T>(
  handler: Handler<T>,
  { route, scheme = 'http' }: HttpHandlerOptions,
): Handler<T> {
  return (request, response) => {
    const startedAt = performance.now()
    let headersAt: number | undefined
    let streams = false
    const writeHead = response.writeHead
    response.writeHead = function (this: ServerResponse, ...args: never[]) {
      headersAt ??= performance.now()
      streams = request.method === 'GET' && isEventStream(this, args)
      return Reflect.apply(writeHead, this, args)
    } as typeof writeHead
    response.once('close', () => {
      const endedAt = streams && headersAt !== undefined ? headersAt : performance.now()
      recordHttpRequest(request.method, response.statusCode, endedAt - startedAt, {
        route,
        scheme,
        finished: streams || response.writableFinished,
      })
    })
    return handler(request, response)
  }
}

/** Headers that are given to `writeHead` are nowhere else to be seen. */
function isEventStream(response: ServerResponse, args: readonly unknown[]): boolean {
  const headers = args.find((arg) => typeof arg === 'object' && arg !== null) ?? {}
  const given = Array.isArray(headers) ? headers.flat().map(String) : Object.entries(headers).flat().map(String)
  const type = given.findIndex((text) => text.toLowerCase() === 'content-type')
  return String(type < 0 ? response.getHeader('content-type') : given[type + 1]).startsWith('text/event-stream')
}

/** One HTTP request that was served; `milliseconds` it took. */
export function recordHttpRequest(
  method: string | undefined,
  status: number,
  milliseconds: number,
  {
    route,
    scheme,
    finished,
  }: { readonly route: string; readonly scheme: 'http' | 'https'; readonly finished: boolean },
): void {
  instruments.httpServerRequestDuration.record(milliseconds / 1000, {
    'http.request.method': method,
    'http.response.status_code': status,
    'http.route': route,
    'url.scheme': scheme,
    'error.type': finished ? (status >= 500 ? String(status) : undefined) : 'connection_closed',
  })
}
