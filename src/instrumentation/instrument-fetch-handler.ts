// A handler of the Fetch API's shape in (such as SDK v2's `createMcpHandler`), the same measured out. It sees what never
// reaches a server: requests that are refused before they are a message, and `subscriptions/listen`, which the entry itself
// answers.
import { recordHttpRequest } from './instrument-http-handler.ts'
import { instruments } from './instruments.ts'

type Fetch = (request: Request, ...rest: never[]) => Promise<Response>

export interface FetchHandlerOptions {
  /** The route that the handler serves: a constant of the program, such as `/mcp`. */
  readonly route: string
  /** @default 'http' */
  readonly scheme?: 'http' | 'https'
}

/**
 * Records `http_server_request_duration_seconds` for each request that `fetch` answers, and `mcp_active_subscriptions`
 * while streams of `subscriptions/listen` are open (which are no latency, and are not timed). Takes a function, or an object
 * with a `fetch` method, which is changed in place and returned.
 *
 * @example const handler = instrumentFetchHandler(createMcpHandler(createServer), { route: '/mcp' })
 */
export function instrumentFetchHandler<H extends Fetch | { fetch: Fetch }>(
  handler: H,
  options: FetchHandlerOptions,
): H {
  if (typeof handler === 'function') return instrumentFetch(handler, options) as H
  handler.fetch = instrumentFetch(handler.fetch.bind(handler), options)
  return handler
}

function instrumentFetch(fetch: Fetch, { route, scheme = 'http' }: FetchHandlerOptions): Fetch {
  return async (request, ...rest) => {
    const startedAt = performance.now()
    // From revision 2026-07-28 on every POST names its method in this header.
    const listens = request.headers.get('mcp-method') === 'subscriptions/listen'
    const record = (status: number, finished: boolean) => {
      if (!listens || status >= 400) {
        recordHttpRequest(request.method, status, performance.now() - startedAt, { route, scheme, finished })
      }
    }
    let response: Response
    try {
      response = await fetch(request, ...rest)
    } catch (error) {
      record(500, false)
      throw error
    }
    const { status, body } = response
    if (body === null || status >= 400) {
      record(status, true)
      return response
    }
    if (listens) instruments.activeSubscriptions.record(1)
    return new Response(
      watchedBody(body, (finished) => {
        if (listens) instruments.activeSubscriptions.record(-1)
        record(status, finished)
      }),
      response,
    )
  }
}

/** The same bytes; `end` is called once, when they are all out, or when either side gave up. */
function watchedBody(body: ReadableStream<Uint8Array>, end: (finished: boolean) => void): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  let ended = false
  const endOnce = (finished: boolean) => {
    if (!ended) end(finished)
    ended = true
  }
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read()
        if (!done) return controller.enqueue(value)
        endOnce(true)
        controller.close()
      } catch (error) {
        endOnce(false)
        controller.error(error)
      }
    },
    async cancel(reason) {
      endOnce(false)
      await reader.cancel(reason)
    },
  })
}
