// Tests that the gateway removes sensitive data before it stores traces, metrics and logs.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { deliverTo } from '../support/collector/collector-parts.ts'
import { storedTrace } from '../support/collector/jaeger-api.ts'
import { useRealParts } from '../support/programs/use-real-parts.ts'
import { waitFor } from '../support/programs/wait-for.ts'

const parts = useRealParts()

const CANARY = 'canary-5d1c'
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'

const attributes = (...keys: string[]) => keys.map((key) => ({ key, value: { stringValue: CANARY } }))
const resource = {
  attributes: [
    { key: 'service.name', value: { stringValue: 'careless' } },
    { key: 'service.version', value: { stringValue: '1' } },
    ...attributes('process.command_args', 'process.command_line', 'process.owner'),
  ],
}
const span = {
  traceId: TRACE_ID,
  spanId: 'b7ad6b7169203331',
  name: 'tools/call lookup',
  kind: 2,
  status: { code: 2, message: `refused: Authorization: Bearer ${CANARY}` },
  attributes: [
    { key: 'gen_ai.tool.name', value: { stringValue: 'lookup' } },
    ...attributes(
      ...[
        'gen_ai.tool.call.arguments',
        'gen_ai.tool.call.result',
        'gen_ai.prompt.variable.name',
        'gen_ai.input.messages',
      ],
      ...['gen_ai.output.messages', 'gen_ai.system_instructions', 'http.request.header.authorization', 'url.query'],
      ...['http.response.header.set-cookie', 'enduser.id', 'user.email'],
    ),
  ],
}
const log = {
  body: { stringValue: 'said something' },
  traceId: TRACE_ID,
  attributes: attributes(
    'gen_ai.tool.call.arguments',
    'http.request.header.cookie',
    'authorization',
    'password',
    'token',
  ),
}
const counter = {
  name: 'careless.calls',
  sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [{ asInt: '1' }] },
}

describe('the gateway', () => {
  it('keeps no command line, argument, header or token in traces, metrics, log files or its own output', async () => {
    parts.watch()
    const jaeger = await parts.jaeger()
    const prometheus = await parts.prometheus()
    const gateway = await parts.gateway({ ...deliverTo(prometheus), TRACES_ENDPOINT: jaeger.grpc })
    const now = `${BigInt(Date.now()) * 1_000_000n}`
    const times = { startTimeUnixNano: now, endTimeUnixNano: now, timeUnixNano: now }
    const send = async (path: string, body: object) => {
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(`${gateway.endpoint}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
      expect(answer.status).toBe(200)
    }
    const [point] = counter.sum.dataPoints
    const timed = { ...counter, sum: { ...counter.sum, dataPoints: [{ ...point, ...times }] } }
    await send('/v1/traces', { resourceSpans: [{ resource, scopeSpans: [{ spans: [{ ...span, ...times }] }] }] })
    await send('/v1/logs', { resourceLogs: [{ resource, scopeLogs: [{ logRecords: [{ ...log, ...times }] }] }] })
    await send('/v1/metrics', { resourceMetrics: [{ resource, scopeMetrics: [{ metrics: [timed] }] }] })

    const spans = await waitFor(
      async () => {
        const found = await storedTrace(jaeger.url, TRACE_ID)
        return found.length > 0 ? found : undefined
      },
      30_000,
      'the trace',
    )
    expect(spans[0]).toMatchObject({ name: 'tools/call lookup', tags: { 'gen_ai.tool.name': 'lookup' } })
    const trace = await (await fetch(`${jaeger.url}/api/traces/${TRACE_ID}`)).text()
    await waitFor(async () => (await prometheus.query('careless_calls_total')).length > 0, 15_000, 'the metric')
    await waitFor(
      async () => (await prometheus.query('traces_span_metrics_calls_total')).length > 0,
      15_000,
      'span metrics',
    )
    const series = JSON.stringify(await prometheus.query('{__name__!=""}'))
    const pulled = await (await fetch(`http://${gateway.pull}/metrics`)).text()
    const lines = await waitFor(() => readFileSync(gateway.logs, 'utf8'), 15_000, 'the log line')

    expect(lines).toContain('said something')
    expect(trace).toContain('Bearer ***')
    expect(series).toContain('"target_info"')
    const kept = Object.entries({ trace, series, pulled, lines, output: gateway.log() })
    expect(kept.filter(([, text]) => text.includes(CANARY)).map(([where]) => where)).toEqual([])
  })
})
