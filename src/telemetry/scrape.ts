// A GET of /metrics in, the exposition out: collected once for all who ask at the same time, written in slices, as fast as
// the reader reads and no longer than a deadline.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createGzip } from 'node:zlib'
import { diag } from '@opentelemetry/api'
import type { CollectionResult } from '@opentelemetry/sdk-metrics'
import { acceptsGzip, negotiateFormat } from './content-negotiation.ts'
import type { ExemplarReservoir } from './exemplars.ts'
import { CONTENT_TYPES, writeExposition } from './exposition.ts'
import { isAuthorized } from './request-guard.ts'
import { answer } from './text-answer.ts'

export interface ScrapeOptions {
  /** Collects all metrics; its errors are those of single callbacks, which cost only their own metrics. */
  readonly collect: () => Promise<CollectionResult>
  readonly exemplars?: Pick<ExemplarReservoir, 'lookup'>
  /** If set, a scraper must send it as a bearer token. */
  readonly bearerToken?: string | undefined
  /** Told the seconds that each answer took. */
  readonly onScrape?: (seconds: number) => void
  /** Answers under way at once; more are refused with 503. @default 8 */
  readonly maxInFlight?: number
  /** Milliseconds an answer may take to be read. @default 10_000 */
  readonly writeTimeoutMs?: number
}

export type ScrapeHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

export function createScrapeHandler(options: ScrapeOptions): ScrapeHandler {
  const { maxInFlight = 8, writeTimeoutMs = 10_000, bearerToken } = options
  const collect = sharedCollection(options.collect)
  let inFlight = 0
  return async (request, response) => {
    if (bearerToken !== undefined && !isAuthorized(request, bearerToken)) {
      return answer(response, 401, 'A bearer token is needed.', { 'www-authenticate': 'Bearer realm="metrics"' })
    }
    if (inFlight >= maxInFlight) return answer(response, 503, 'Too many scrapes at once.', { 'retry-after': '1' })
    inFlight += 1
    const startedAt = performance.now()
    // A reader that does not read would hold its text in memory for ever.
    const stalled = setTimeout(() => response.destroy(), writeTimeoutMs)
    try {
      const { resourceMetrics, errors } = await collect()
      for (const error of errors) diag.error('mcp-vitals: a metric could not be collected', error)
      await write(request, response, resourceMetrics, options.exemplars)
      options.onScrape?.((performance.now() - startedAt) / 1000)
    } catch (error) {
      fail(response, error)
    } finally {
      clearTimeout(stalled)
      inFlight -= 1
    }
  }
}

async function write(
  request: IncomingMessage,
  response: ServerResponse,
  metrics: CollectionResult['resourceMetrics'],
  exemplars: ScrapeOptions['exemplars'],
): Promise<void> {
  const format = negotiateFormat(request.headers.accept)
  const gzip = acceptsGzip(request.headers['accept-encoding'])
  response.writeHead(200, {
    'content-type': CONTENT_TYPES[format],
    'cache-control': 'no-store',
    vary: 'Accept, Accept-Encoding',
    ...(gzip && { 'content-encoding': 'gzip' }),
  })
  if (request.method === 'HEAD') {
    response.end()
    return
  }
  const pieces = Readable.from(writeExposition(metrics, { format, exemplars }))
  await (gzip ? pipeline(pieces, createGzip({ level: constants.Z_BEST_SPEED }), response) : pipeline(pieces, response))
}

/** The spec of Prometheus's exposition knows no half answers: what fails before the first byte is a 500, else a cut. */
function fail(response: ServerResponse, error: unknown): void {
  if (response.destroyed) return
  diag.error('mcp-vitals: the metrics could not be written', error)
  if (response.headersSent) response.destroy()
  else answer(response, 500, 'The metrics could not be collected.')
}

/** Scrapes that overlap get one collection: two Prometheus replicas cost what one does. */
function sharedCollection(collect: () => Promise<CollectionResult>): () => Promise<CollectionResult> {
  let current: Promise<CollectionResult> | undefined
  return () => {
    current ??= collect().finally(() => {
      current = undefined
    })
    return current
  }
}
