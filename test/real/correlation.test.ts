// Follows a slow call as an on-call engineer does: from a histogram bucket to its trace, and on to its log line.
import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Telemetry } from '../../src/index.ts'
import { instrumentMcpClient, METRICS, startTelemetry } from '../../src/index.ts'
import type { RunningGateway } from '../support/collector/collector-parts.ts'
import { deliverTo } from '../support/collector/collector-parts.ts'
import type { StoredSpan } from '../support/collector/jaeger-api.ts'
import { storedTrace } from '../support/collector/jaeger-api.ts'
import type { RunningJaeger } from '../support/programs/real-parts.ts'
import { useRealParts } from '../support/programs/use-real-parts.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import type { FoundExemplar } from '../support/prometheus/prometheus-api.ts'
import type { RunningPrometheus } from '../support/prometheus/prometheus-parts.ts'
import { scrapeSeries } from '../support/prometheus/scrape-series.ts'
import type { EverythingServer } from '../support/servers/everything-server.ts'
import { startEverything } from '../support/servers/everything-server.ts'

const parts = useRealParts()

/** Call durations in milliseconds, spread over as many buckets as one test can wait for. */
const DURATIONS = [0, 0, 3, 7, 15, 35, 70, 180, 350, 700, 1_200]

let jaeger: RunningJaeger
let gateway: RunningGateway
let scraped: RunningPrometheus
let pushed: RunningPrometheus
let server: EverythingServer
let desk: Telemetry
let exports: Readonly<Record<string, string>>

beforeAll(async () => {
  jaeger = await parts.jaeger()
  pushed = await parts.prometheus({ name: 'pushed' })
  gateway = await parts.gateway({
    ...deliverTo(pushed),
    TRACES_ENDPOINT: jaeger.grpc,
  })
  const sidecar = await parts.sidecar(gateway.endpoint)
  exports = {
    OTEL_EXPORTER_OTLP_ENDPOINT: sidecar.endpoint,
    OTEL_METRIC_EXPORT_INTERVAL: '500',
    OTEL_BSP_SCHEDULE_DELAY: '100',
    OTEL_BLRP_SCHEDULE_DELAY: '100',
  }
  server = await startEverything({ ...exports, OTEL_METRICS_EXPORTER: 'prometheus,otlp' }, 'calls-only')
  scraped = await parts.prometheus({ name: 'scraped', targets: [{ address: server.scraped ?? '' }] })
  desk = await startTelemetry({ serviceName: 'desk', env: { ...exports, OTEL_METRICS_EXPORTER: 'none' } })
  await callWork(server.url)
})
afterAll(async () => {
  await desk?.shutdown()
  await server?.stop()
})

async function callWork(url: string): Promise<void> {
  const client = instrumentMcpClient(new Client({ name: 'desk', version: '1.0.0' }))
  const transport = new StreamableHTTPClientTransport(new URL(url))
  await client.connect(transport as Parameters<Client['connect']>[0])
  await client.listTools()
  for (const ms of DURATIONS) await client.callTool({ name: 'work', arguments: { ms } })
  await client.callTool({ name: 'made_up', arguments: {} })
  await client.close()
  await desk.forceFlush()
}

/** Upper bounds of the buckets that contain a measurement. */
function bucketsHit(series: ReadonlyMap<string, number>, selected: RegExp): number[] {
  const counts = [...series]
    .filter(([name]) => selected.test(name))
    .map(([name, count]) => [boundOf(/le="([^"]+)"/.exec(name)?.[1]), count] as const)
    .sort(([a], [b]) => a - b)
  return counts.filter(([, count], index) => count > (counts[index - 1]?.[1] ?? 0)).map(([bound]) => bound)
}

function boundOf(text = ''): number {
  return Number(text.replace('Inf', 'Infinity'))
}

function boundsOf(exemplars: readonly FoundExemplar[]): number[] {
  const bounds = METRICS.toolDuration.buckets as readonly number[]
  const found = exemplars.map(({ value }) => bounds.find((bound) => value <= bound) ?? Infinity)
  return [...new Set(found)].sort((a, b) => a - b)
}

/** Waits for the value, which arrives one scrape or push later. */
async function untilEqual<T>(ask: () => Promise<T>, wanted: T): Promise<void> {
  const reached = async () => isDeepStrictEqual(await ask(), wanted)
  await waitFor(reached, 15_000).catch(() => {})
  expect(await ask()).toEqual(wanted)
}

async function traceOf({ traceId }: FoundExemplar): Promise<StoredSpan[]> {
  return waitFor(
    async () => {
      const spans = await storedTrace(jaeger.url, traceId)
      return spans.some(({ service }) => service === 'desk') ? spans : undefined
    },
    30_000,
    `the trace ${traceId}`,
  )
}

/** Expects the server span between the client span and the tool's own span. */
async function expectWholeTrace(exemplar: FoundExemplar): Promise<void> {
  const spans = await traceOf(exemplar)
  const ofServer = spans.find(({ spanId }) => spanId === exemplar.spanId)
  expect(ofServer, JSON.stringify({ exemplar, spans })).toMatchObject({ service: 'everything', kind: 'server' })
  const parent = spans.find(({ spanId }) => spanId === ofServer?.parentSpanId)
  expect(parent).toMatchObject({ service: 'desk', kind: 'client', name: ofServer?.name })
  if (ofServer?.name !== 'tools/call work') return
  expect(spans.find(({ parentSpanId }) => parentSpanId === ofServer.spanId)).toMatchObject({ name: 'work inside' })
}

async function expectEachBucket(prometheus: RunningPrometheus): Promise<void> {
  const selector = 'mcp_tool_duration_seconds_bucket{tool_name="work"}'
  const count = selector.replace('_bucket', '_count')
  await waitFor(async () => (await prometheus.value(count)) === DURATIONS.length, 30_000, 'all calls being counted')
  const buckets = await prometheus.query(selector)
  const hit = bucketsHit(new Map(buckets.map(({ labels, value }) => [`le="${labels['le']}"`, value])), /^le=/)
  expect(hit.length).toBeGreaterThanOrEqual(6)
  await untilEqual(async () => boundsOf(await prometheus.exemplars(selector)), hit)
  for (const exemplar of await prometheus.exemplars(selector)) await expectWholeTrace(exemplar)
}

describe('exemplars', () => {
  it('exist in every scraped bucket that has a call, and each leads to its complete trace', async () => {
    parts.watch()
    const series = await scrapeSeries(`http://${server.scraped}/metrics`)
    const hit = bucketsHit(series, /^mcp_tool_duration_seconds_bucket.*tool_name="work"/)
    expect(hit.length).toBeGreaterThanOrEqual(6)
    await untilEqual(
      async () => boundsOf(await scraped.exemplars('mcp_tool_duration_seconds_bucket{tool_name="work"}')),
      hit,
    )
    const all = await scraped.exemplars('{__name__=~"mcp_.+"}')
    expect(new Set(all.map(({ labels }) => labels['__name__']))).toEqual(
      new Set([
        'mcp_client_requests_total',
        'mcp_kubernetes_operation_duration_seconds_bucket',
        'mcp_kubernetes_operations_total',
        'mcp_list_response_size_bytes_bucket',
        'mcp_request_size_bytes_bucket',
        'mcp_response_size_bytes_bucket',
        'mcp_server_operation_duration_seconds_bucket',
        'mcp_tool_calls_total',
        'mcp_tool_duration_seconds_bucket',
        'mcp_tool_errors_total',
      ]),
    )
    for (const exemplar of all) await expectWholeTrace(exemplar)
  })

  it('exist in every bucket that was pushed through the Collector, and each leads to its complete trace', async () => {
    parts.watch()
    await expectEachBucket(pushed)
  })

  it('exist in every span metrics bucket that has a call, and each leads to its complete trace', async () => {
    parts.watch()
    const series =
      'traces_span_metrics_duration_seconds_bucket{span_name="tools/call work",span_kind="SPAN_KIND_SERVER"}'
    const calls = series.replace('_bucket', '_count')
    await waitFor(async () => (await pushed.value(calls)) === DURATIONS.length, 30_000, 'all spans being counted')
    const buckets = await pushed.query(series)
    const hit = bucketsHit(new Map(buckets.map(({ labels, value }) => [`le="${labels['le']}"`, value])), /^le=/)
    await untilEqual(async () => boundsOf(await pushed.exemplars(series)), hit)
    for (const exemplar of await pushed.exemplars('{__name__=~"traces_span_metrics_.+"}')) {
      expect(await traceOf(exemplar)).not.toEqual([])
    }
    for (const exemplar of await pushed.exemplars(series)) await expectWholeTrace(exemplar)
  })
})

describe('span metrics', () => {
  it('never contain the name of a tool that was not offered', async () => {
    parts.watch()
    const made = await waitFor(async () => {
      const found = await pushed.query('traces_span_metrics_calls_total{mcp_method_name="tools/call"}')
      return found.length >= 3 ? found : undefined
    })
    expect(new Set(made.map(({ labels }) => labels['span_name']))).toEqual(new Set(['tools/call work', 'tools/call']))
    expect(JSON.stringify(await pushed.query('{__name__!=""}'))).not.toContain('made_up')
  })
})

describe('a log line', () => {
  it('has the trace_id of its call, on stderr and in the log file of the gateway', async () => {
    parts.watch()
    const slow = await scraped.exemplars('mcp_tool_duration_seconds_bucket{tool_name="work"}')
    const { traceId } = slow.reduce((slowest, each) => (each.value > slowest.value ? each : slowest))
    const said = server
      .stderr()
      .split('\n')
      .filter((line) => line.includes(traceId))
    expect(said.map((line) => JSON.parse(line))).toMatchObject([{ msg: 'worked', ms: 1_200, trace_id: traceId }])
    const stored = await waitFor(
      () =>
        readFileSync(gateway.logs, 'utf8')
          .split('\n')
          .filter((line) => line.includes(traceId)),
      15_000,
      'the log line',
    )
    const [record] = JSON.parse(stored[0] ?? '{}').resourceLogs[0].scopeLogs[0].logRecords.filter(
      (each: { traceId: string }) => each.traceId === traceId,
    )
    expect(record).toMatchObject({ body: { stringValue: 'worked' }, severityText: 'info' })
  })
})

// Last, since its calls count in the span metrics of the gateway as well.
describe('exemplars of a server without a Collector', () => {
  it("exist in every bucket that was pushed to Prometheus's own OTLP receiver, and each leads to its complete trace", async () => {
    parts.watch()
    const direct = await parts.prometheus({ name: 'direct' })
    const pushing = await startEverything(
      { ...exports, OTEL_METRICS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: direct.otlpUrl },
      'calls-only',
    )
    try {
      await callWork(pushing.url)
      await expectEachBucket(direct)
    } finally {
      await pushing.stop()
    }
  })
})
