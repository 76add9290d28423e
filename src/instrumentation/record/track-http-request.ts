// An HTTP request that is about to be sent in, its CLIENT span and its duration out, by the conventions for HTTP clients.
// It sends nothing itself: whatever client is used, it is given the headers that carry the trace on.
import type { Attributes } from '@opentelemetry/api'
import { context, diag, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { HTTP_FAILURES } from '../catalog/http-values.ts'
import { contextHeaders } from './inject-context.ts'
import { instruments } from './instruments.ts'
import { tracer } from './tracer.ts'

export interface HttpRequestFacts {
  readonly method: string
  /** Absolute. Only its host and port are recorded: a path or a query may name or hold anything. */
  readonly url: string | URL
  /** The path with its variable parts named, such as `/users/{id}`: a constant of the program. */
  readonly template: string
}

export interface SentRequest {
  /**
   * To be sent with the request: `traceparent` and the like; empty where nothing is traced. With `baggage` only for hosts that
   * `baggageHosts` names.
   */
  readonly headers: Readonly<Record<string, string>>
  /** To be called as soon as the response's status is known. */
  answered(status: number): void
}

const FAILURES: ReadonlySet<unknown> = new Set(HTTP_FAILURES)

/**
 * Runs `send` and records `http_client_request_duration_seconds` and a CLIENT span, a child of the active one, when its
 * promise ends: read the body in it to have that measured too, leave a stream that stays open out of it. A status from 400 on
 * is an error, a rejection another; neither the URL's path nor an error's message is recorded. What `send` gives or throws
 * is given or thrown.
 *
 * @example
 * const user = await trackHttpRequest({ method: 'GET', url, template: '/users/{id}' }, async ({ headers, answered }) => {
 *   const response = await fetch(url, { headers })
 *   answered(response.status)
 *   return response.json()
 * })
 */
export async function trackHttpRequest<T>(
  { method, url, template }: HttpRequestFacts,
  send: (request: SentRequest) => Promise<T>,
): Promise<T> {
  const startedAt = performance.now()
  const { hostname, port, protocol } = new URL(url)
  const attributes = {
    'http.request.method': method,
    'server.address': hostname.replace(/^\[|\]$/g, ''),
    'server.port': port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
    'url.template': template,
  }
  const span = tracer().startSpan(`${method} ${template}`, { kind: SpanKind.CLIENT, attributes: { ...attributes } })
  const active = trace.setSpan(context.active(), span)
  let headers: Readonly<Record<string, string>> = {}
  let status: number | undefined
  const end = (error?: { readonly thrown: unknown }) => {
    const errorType = error === undefined ? statusError(status) : failureOf(error.thrown)
    const ending = { 'http.response.status_code': status, 'error.type': errorType }
    const seconds = (performance.now() - startedAt) / 1000
    instruments.httpClientRequestDuration.record(seconds, { ...attributes, ...ending }, active)
    span.setAttributes(ending as Attributes)
    if (errorType !== undefined) span.setStatus({ code: SpanStatusCode.ERROR })
    span.end()
  }
  try {
    headers = contextHeaders(active, attributes['server.address'])
  } catch (error) {
    diag.error('mcp-vitals: a request goes out without its trace context', error)
  }
  const answered = (given: number) => {
    status = given
  }
  let result: T
  try {
    result = await context.with(active, () => send({ headers, answered }))
  } catch (error) {
    end({ thrown: error })
    throw error
  }
  end()
  return result
}

function statusError(status: number | undefined): string | undefined {
  return status !== undefined && status >= 400 ? String(status) : undefined
}

/** undici wraps what happened to the socket as a cause; its messages are not read, since they may quote the address. */
function failureOf(thrown: unknown, depth = 0): string {
  if (!(thrown instanceof Error)) return '_OTHER'
  const { code, cause } = thrown as Error & { code?: unknown }
  if (FAILURES.has(code)) return code as string
  if (thrown.name === 'TimeoutError') return 'timeout'
  if (thrown.name === 'AbortError') return 'cancelled'
  return depth < 3 ? failureOf(cause, depth + 1) : '_OTHER'
}
