// A GET of /metrics in, the exposition out: collected once for all who ask at the same time, written in slices, as fast as
// the reader reads and no longer than a deadline.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createGzip } from 'node:zlib'
import { diag } from '@opentelemetry/api'
import type { CollectionResult, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { isAuthorized } from '../listener/request-guard.ts'
import { answer } from '../listener/text-answer.ts'
import { acceptsGzip, negotiateFormat } from './content-negotiation.ts'
import { CONTENT_TYPES, writeExposition } from './exposition.ts'
import type { ScrapeSlot } from './scrape-slots.ts'
import { createScrapeSlots } from './scrape-slots.ts'
import { sharedCollection } from './shared-collection.ts'

export interface ScrapeOptions {
  /** Collects all metrics; its errors are those of single callbacks, which cost only their own metrics. */
  readonly collect: () => Promise<CollectionResult>
  /** If set, a scraper must send it as a bearer token. */
  readonly bearerToken?: string | undefined
  /** Told the seconds that each whole answer took. */
  readonly onScrape?: (seconds: number) => void
  /** Answers under way at once; more are refused with 503. @default 8 */
  readonly maxInFlight?: number
  /** Milliseconds after which a collection is given up, and answered with 500. @default 6_000 */
  readonly collectTimeoutMs?: number
  /** Milliseconds an answer may take to be read, unless the scraper says that it takes longer. @default 10_000 */
  readonly writeTimeoutMs?: number
  /** Milliseconds without progress after which an answer makes way for another scraper's. @default 1_000 */
  readonly stallMs?: number
}

export type ScrapeHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** The longest that a scraper gets that says how long it takes. */
const LONGEST_SCRAPE_MS = 60_000

/** Makes the handler. What it resolves to never rejects. */
export function createScrapeHandler(options: ScrapeOptions): ScrapeHandler {
  const { maxInFlight = 8, collectTimeoutMs = 6_000, writeTimeoutMs = 10_000, stallMs = 1_000, bearerToken } = options
  const collect = sharedCollection(options.collect, collectTimeoutMs)
  const slots = createScrapeSlots({ maxInFlight, stallMs })
  return async (request, response) => {
    if (bearerToken !== undefined && !isAuthorized(request, bearerToken)) {
      return answer(response, 401, 'A bearer token is needed.', { 'www-authenticate': 'Bearer realm="metrics"' })
    }
    const slot = slots.take(request, response)
    if (slot === undefined) return answer(response, 503, 'Too many scrapes at once.', { 'retry-after': '1' })
    const startedAt = performance.now()
    const deadline = setTimeout(slot.cut, Math.max(writeTimeoutMs, scrapeTimeoutMs(request))).unref()
    try {
      const { resourceMetrics, errors } = await collect()
      for (const error of errors) diag.error('a metric could not be collected', error)
      if (isEmpty(resourceMetrics) && errors.length > 0) throw new Error('nothing was collected')
      await write(request, response, resourceMetrics, slot)
      options.onScrape?.((performance.now() - startedAt) / 1000)
    } catch (error) {
      // A reader that went away, or was cut off, is nobody's fault here.
      if (!slot.signal.aborted && !response.destroyed) fail(response, error)
    } finally {
      clearTimeout(deadline)
      slot.release()
    }
  }
}

async function write(
  request: IncomingMessage,
  response: ServerResponse,
  metrics: ResourceMetrics,
  slot: ScrapeSlot,
): Promise<void> {
  const { signal } = slot
  signal.throwIfAborted()
  const format = negotiateFormat(request.headers.accept)
  const gzip = acceptsGzip(request.headers['accept-encoding'])
  response.writeHead(200, {
    'content-type': CONTENT_TYPES[format],
    'cache-control': 'no-store',
    vary: 'Accept, Accept-Encoding',
    // Label values are whatever they are: no browser may take them for a page.
    'x-content-type-options': 'nosniff',
    ...(gzip && { 'content-encoding': 'gzip' }),
  })
  if (request.method === 'HEAD') {
    response.end()
    return
  }
  const pieces = reported(writeExposition(metrics, { format }), slot)
  // One piece ahead of the reader, not the sixteen that object streams have.
  const text = Readable.from(pieces, { highWaterMark: 1 })
  await (gzip
    ? pipeline(text, createGzip({ level: constants.Z_BEST_SPEED }), response, { signal })
    : pipeline(text, response, { signal }))
}

/** A piece is asked for when the reader has taken those before. */
async function* reported(pieces: AsyncIterable<string>, slot: ScrapeSlot): AsyncGenerator<string, void, void> {
  for await (const piece of pieces) {
    slot.progressed()
    yield piece
  }
}

/** A scrape is whole or it is none: what fails before the first byte is a 500, what fails later is cut. */
function fail(response: ServerResponse, error: unknown): void {
  diag.error('the metrics could not be written', error)
  if (response.headersSent) response.destroy()
  else answer(response, 500, 'The metrics could not be collected.')
}

function isEmpty({ scopeMetrics }: ResourceMetrics): boolean {
  return scopeMetrics.every(({ metrics }) => metrics.length === 0)
}

/** Prometheus says how long it is going to wait. */
function scrapeTimeoutMs({ headers }: IncomingMessage): number {
  const seconds = Number(headers['x-prometheus-scrape-timeout-seconds'])
  return seconds > 0 ? Math.min(seconds * 1000, LONGEST_SCRAPE_MS) : 0
}
