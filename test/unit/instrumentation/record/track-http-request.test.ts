import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { trackHttpRequest } from '../../../../src/instrumentation/record/track-http-request.ts'
import type { RecordedSeries } from '../../../support/telemetry/recorded-series.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'
import type { RecordedSpans } from '../../../support/telemetry/recorded-spans.ts'
import { recordSpans } from '../../../support/telemetry/recorded-spans.ts'

const TEMPLATE = '/things/{id}'

let series: RecordedSeries
let spans: RecordedSpans
beforeEach(() => {
  series = recordSeries()
  spans = recordSpans()
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function get(url: string, init: RequestInit = {}): Promise<string> {
  return trackHttpRequest({ method: 'GET', url, template: TEMPLATE }, async ({ headers, answered }) => {
    const response = await fetch(url, { ...init, headers })
    answered(response.status)
    return response.text()
  })
}

async function labelsRecorded(): Promise<string[]> {
  const counts = await series.nonZero('http_client_request_duration_seconds_count')
  return Object.keys(counts).map((sample) => {
    const labels = sample.slice(sample.indexOf('{') + 1, -1).replace(/server_port="\d+"/, 'port')
    return labels.split(',').sort().join(',')
  })
}

describe('trackHttpRequest', () => {
  it('records one measurement and one CLIENT span below the active one, and sends it to the server', async () => {
    let received: unknown
    const base = await serve((request, response) => {
      received = request.headers['traceparent']
      response.end('hello')
    })
    const text = await trace.getTracer('test').startActiveSpan('tool', async (parent) => {
      const answer = await get(`${base}/things/secret-id?token=secret`)
      parent.end()
      return answer
    })

    expect(text).toBe('hello')
    const span = spans.named(`GET ${TEMPLATE}`, SpanKind.CLIENT)
    expect(received).toBe(`00-${span.spanContext().traceId}-${span.spanContext().spanId}-01`)
    expect(span.parentSpanContext?.spanId).toBe(spans.named('tool').spanContext().spanId)
    expect(JSON.stringify(span.attributes)).not.toContain('secret')
    expect(span.status.code).toBe(SpanStatusCode.UNSET)
    expect(await labelsRecorded()).toEqual([
      `http_request_method="GET",http_response_status_code="200",port,server_address="127.0.0.1",url_template="${TEMPLATE}"`,
    ])
  })

  it.each([404, 503])('records a status of %i as the error type, and still returns the response', async (status) => {
    const base = await serve((_, response) => response.writeHead(status).end('no'))

    expect(await get(base)).toBe('no')

    expect(await labelsRecorded()).toEqual([expect.stringContaining(`error_type="${status}"`)])
    expect(spans.named(`GET ${TEMPLATE}`).status.code).toBe(SpanStatusCode.ERROR)
  })

  it('distinguishes a refused connection, a timeout and a cancellation, and rethrows their errors', async () => {
    const silent = await serve(() => {})
    const gone = createServer().listen(0, '127.0.0.1')
    await once(gone, 'listening')
    const { port } = gone.address() as AddressInfo
    gone.close()
    await once(gone, 'close')
    const cancelling = new AbortController()

    await expect(get(`http://127.0.0.1:${port}/`)).rejects.toThrow(TypeError)
    await expect(get(silent, { signal: AbortSignal.timeout(20) })).rejects.toThrow(/timeout/i)
    const cancelled = get(silent, { signal: cancelling.signal })
    cancelling.abort()
    await expect(cancelled).rejects.toThrow(/abort/i)

    const types = (await labelsRecorded()).map((labels) => /error_type="(.*?)"/.exec(labels)?.[1])
    expect(types.sort()).toEqual(['ECONNREFUSED', 'cancelled', 'timeout'].sort())
  })

  it('records an error with its status when a body breaks off', async () => {
    const base = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('half', () => response.destroy())
    })

    await expect(get(base)).rejects.toThrow()

    const [labels] = await labelsRecorded()
    expect(labels).toContain('http_response_status_code="200"')
    expect(labels).toMatch(/error_type="(UND_ERR_SOCKET|ECONNRESET)"/)
  })

  it('keeps the text and code of an unknown error out of labels and spans, and records it as _OTHER', async () => {
    const send = (thrown: unknown) =>
      trackHttpRequest({ method: 'PURGE', url: 'https://[::1]/x', template: '/x' }, async () => {
        throw thrown
      })

    await expect(send(Object.assign(new Error('s3cret'), { code: 's3cret' }))).rejects.toThrow('s3cret')
    await expect(send('s3cret')).rejects.toBe('s3cret')

    expect(await labelsRecorded()).toEqual([
      'error_type="_OTHER",http_request_method="_OTHER",port,server_address="::1",url_template="/x"',
    ])
    expect(
      JSON.stringify(spans.all().map(({ attributes, events, status }) => [attributes, events, status])),
    ).not.toContain('s3cret')
  })
})
