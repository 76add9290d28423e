// Tests how far a client's trace context reaches: parent or link, and where its baggage goes.
import { context, propagation, trace } from '@opentelemetry/api'
import { afterEach, describe, expect, it } from 'vitest'
import { setTrust, trackHttpRequest } from '../../../../src/index.ts'
import { watchConnection } from '../../../../src/instrumentation/wire/connection.ts'
import type { InstrumentOptions } from '../../../../src/instrumentation/wire/instrument-options.ts'
import { createServerParty } from '../../../../src/instrumentation/wire/server-party.ts'
import { recordSpans } from '../../../support/telemetry/recorded-spans.ts'

const { all: finished } = recordSpans()
afterEach(() => setTrust())

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'
const META = { traceparent: `00-${TRACE}-${SPAN}-01`, baggage: 'user=ada' }

/** One ping whose `_meta` is given; returns its span, and what `inside` gives while it is handled. */
function ping<T>(meta: object, inside: () => T, options: InstrumentOptions = {}) {
  const wire = watchConnection({ network: {} }, createServerParty({ name: 'trust', version: '1' }, options))
  const before = finished().length
  const handOn = wire.received({ jsonrpc: '2.0', id: 1, method: 'ping', params: { _meta: meta } })
  const result = handOn?.(inside)
  const sending = wire.sending({ jsonrpc: '2.0', id: 1, result: {} })
  sending?.settled(false)
  const span = finished()[before]
  if (span === undefined) throw new Error('no span was recorded')
  return { span, result }
}

const request = (url: string) => trackHttpRequest({ method: 'GET', url, template: '/' }, async ({ headers }) => headers)

describe('the span of a request from a client', () => {
  it('is a child of the client’s span by default', () => {
    const { span } = ping(META, () => {})
    expect(span.spanContext().traceId).toBe(TRACE)
    expect(span.parentSpanContext?.spanId).toBe(SPAN)
    expect(span.links).toEqual([])
  })

  it.each([
    ['setTrust({ traceContext: false })', () => setTrust({ traceContext: false }), {}],
    ['the option trustTraceContext: false', () => {}, { trustTraceContext: false }],
  ] as const)('is a root of its own, linked to the client’s span, with %s', (_how, prepare, options) => {
    prepare()
    const { span } = ping(META, () => {}, options)
    expect(span.spanContext().traceId).not.toBe(TRACE)
    expect(span.parentSpanContext).toBeUndefined()
    expect(span.links.map(({ context: linked }) => [linked.traceId, linked.spanId])).toEqual([[TRACE, SPAN]])
  })

  it('stays a child of the span that is active in the server, if the client’s context is not trusted', () => {
    setTrust({ traceContext: false })
    const http = trace.getTracer('http').startSpan('POST /mcp')
    const { span } = context.with(trace.setSpan(context.active(), http), () => ping(META, () => {}))
    expect(span.parentSpanContext?.spanId).toBe(http.spanContext().spanId)
    expect(span.links.map(({ context: linked }) => linked.spanId)).toEqual([SPAN])
    http.end()
  })

  it.each([
    ['a line break', 'user=ada\r\nx-admin: 1'],
    ['a control character', 'user=\u0001'],
    ['more than 8 kB', `user=${'a'.repeat(9_000)}`],
    ['no text', 7],
  ])('takes no baggage with %s, and the trace context all the same', (_what, baggage) => {
    const { span, result } = ping(
      { ...META, baggage },
      () => propagation.getActiveBaggage()?.getAllEntries().length ?? 0,
    )
    expect(result).toBe(0)
    expect(span.spanContext().traceId).toBe(TRACE)
  })
})

describe('trackHttpRequest inside a client’s call', () => {
  it('sends the trace context, and the client’s baggage to no host by default', async () => {
    const { result } = ping(META, () => request('http://kubernetes.default.svc/api'))
    const headers = await result
    expect(headers?.['traceparent']).toContain(TRACE)
    expect(headers?.['baggage']).toBeUndefined()
  })

  it('sends the client’s baggage to hosts that are named, and to no other', async () => {
    setTrust({ baggageHosts: new Set(['inner.example']) })
    const named = ping(META, () => request('https://INNER.example:8443/x'))
    const other = ping(META, () => request('https://outer.example/x'))
    expect((await named.result)?.['baggage']).toBe('user=ada')
    expect((await other.result)?.['baggage']).toBeUndefined()
  })

  it('sends it everywhere with *', async () => {
    setTrust({ baggageHosts: new Set(['*']) })
    expect((await ping(META, () => request('https://any.example/x')).result)?.['baggage']).toBe('user=ada')
  })
})
