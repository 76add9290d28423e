// A handler of the Fetch API's shape in (such as SDK v2's `createMcpHandler`), the same measured out. It sees what never
// reaches a server: requests that are refused before they are a message, and `subscriptions/listen`, which the entry itself
// answers.
import { diag } from '@opentelemetry/api'
import { isStanding, recordHttpRequest } from './http-request.ts'
import { instruments } from './instruments.ts'

type Fetch = (request: Request, ...rest: never[]) => Promise<Response>

export interface FetchHandlerOptions {
  /** The route that the handler serves: a constant of the program, such as `/mcp`. */
  readonly route: string
  /** @default what the request's URL says */
  readonly scheme?: 'http' | 'https'
}

/**
 * Records `http_server_request_duration_seconds` for each request that `fetch` answers, until its body is out, and
 * `mcp_active_subscriptions` while streams of `subscriptions/listen` are open (which are no latency, and are not timed; the
 * stream of a GET is timed to its headers). Takes a function, or an object with a `fetch` method, which is changed in place
 * and returned. In front of it, `instrumentHttpHandler` would count each request a second time: use one of them.
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

function instrumentFetch(fetch: Fetch, options: FetchHandlerOptions): Fetch {
  return async (request, ...rest) => {
    const record = recorder(request, options)
    let response: Response
    try {
      response = await fetch(request, ...rest)
    } catch (error) {
      record(500, false)
      throw error
    }
    try {
      return measure(request, response, record)
    } catch (error) {
      diag.error('mcp-vitals: an HTTP response was not measured', error)
      return response
    }
  }
}

type Recorder = (status: number, finished: boolean) => void

function recorder({ method, url }: Request, { route, scheme }: FetchHandlerOptions): Recorder {
  const startedAt = performance.now()
  const served = { method, route, scheme: scheme ?? (/^https:/i.test(url) ? 'https' : 'http') } as const
  return (status, finished) =>
    recordHttpRequest({ ...served, status, finished, milliseconds: performance.now() - startedAt })
}

function measure(request: Request, response: Response, record: Recorder): Response {
  const { status, body, headers } = response
  const standing = isStanding(request.method, request.headers.get('mcp-method'), headers.get('content-type'))
  if (body === null || status >= 400 || (standing && request.method === 'GET')) {
    record(status, true)
    return response
  }
  if (!standing)
    return new Response(
      watchedBody(body, (finished) => record(status, finished)),
      response,
    )
  const watched = watchedBody(body, () => instruments.activeSubscriptions.record(-1))
  instruments.activeSubscriptions.record(1)
  return new Response(watched, response)
}

/** The same bytes, no sooner; `end` is called once, when they are all out, or when either side gave up. */
function watchedBody(body: ReadableStream<Uint8Array>, end: (finished: boolean) => void): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  let ended = false
  const endOnce = (finished: boolean) => {
    if (!ended) end(finished)
    ended = true
  }
  return new ReadableStream<Uint8Array>(
    {
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
    },
    { highWaterMark: 0 },
  )
}
