// Tests that metrics keep their name, unit and attributes, whether they are pulled or pushed.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { metrics } from '@opentelemetry/api'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Telemetry } from '../../../src/index.ts'
import { instruments, startTelemetry } from '../../../src/index.ts'
import { labelName, seriesName } from '../../../src/instrumentation/catalog/series.ts'
import type { OtlpJsonSink, OtlpMetric } from '../../support/collector/otlp-json-sink.ts'
import { openOtlpJsonSink } from '../../support/collector/otlp-json-sink.ts'
import { waitFor } from '../../support/programs/wait-for.ts'
import { parseSamples } from '../../support/telemetry/recorded-series.ts'

const opened: { close?(): Promise<void>; shutdown?(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await (each.shutdown?.() ?? each.close?.())
  metrics.disable()
})

async function start(exporter: string, sink: OtlpJsonSink, env: Record<string, string> = {}): Promise<Telemetry> {
  const telemetry = await startTelemetry({
    env: {
      OTEL_METRICS_EXPORTER: exporter,
      OTEL_EXPORTER_PROMETHEUS_PORT: '0',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${sink.url}/v1/metrics`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      ...env,
    },
  })
  opened.push(telemetry)
  return telemetry
}

async function sink(): Promise<OtlpJsonSink> {
  const opening = await openOtlpJsonSink()
  opened.push(opening)
  return opening
}

function work(): void {
  for (const [tool, status] of [
    ['a', 'success'],
    ['b', 'error'],
  ] as const) {
    instruments.toolCalls.record(3, { 'tool.name': tool, status })
    instruments.toolDuration.record(0.2, { 'tool.name': tool })
    instruments.activeRequests.record(1, { 'tool.name': tool })
  }
  instruments.serverInfo.record(1, { 'server.name': 's', version: '1', 'node.version': process.version })
  instruments.httpServerRequestDuration.record(0.1, { 'http.request.method': 'GET', 'http.response.status_code': 200 })
  metrics.getMeter('foreign').createGauge('ratio', { unit: '1' }).record(0.5, { 'a.b': true })
}

/** Metrics that depend on the export path or on the moment of collection. */
const OWN_WAY = /^(target_info|mcp_telemetry_(export|scrape)|v8js_gc|v8js_resource|nodejs_eventloop_delay)/

function seriesOfOtlp(exported: readonly OtlpMetric[]): string[] {
  return exported
    .flatMap(({ name, unit, kind, points }) =>
      points.map(({ attributes }) => {
        const labels = Object.entries(attributes).map(([key, value]) => `${labelName(key)}="${String(value)}"`)
        return `${seriesName(name, unit, kind)}{${labels.sort().join()}}`
      }),
    )
    .filter((series) => !OWN_WAY.test(series))
    .sort()
}

function seriesOfText(text: string): string[] {
  const histograms = [...text.matchAll(/^# TYPE (\S+) histogram$/gm)].map(([, name]) => name as string)
  const series = [...parseSamples(text).keys()].map((sample) => {
    const [, name = '', labels = ''] = /^([^{]+)(?:\{(.*)\})?$/.exec(sample) ?? []
    const family = histograms.find((histogram) => new RegExp(`^${histogram}_(bucket|sum|count)$`).test(name)) ?? name
    const kept = labels
      .split(/,(?=\w+=")/)
      .filter((label) => label !== '' && !(family !== name && label.startsWith('le=')))
    return `${family}{${kept.sort().join()}}`
  })
  return [...new Set(series)].filter((each) => !OWN_WAY.test(each)).sort()
}

describe('startTelemetry', () => {
  it('exports the same metrics by name, unit and attributes through pull and push', async () => {
    const to = await sink()
    const pulled = await start('prometheus', to)
    work()
    const text = await (await fetch(pulled.metricsUrl as string)).text()
    await pulled.shutdown()
    expect(to.exports).toHaveLength(0)

    const pushed = await start('otlp', to)
    expect(pushed.metricsUrl).toBeUndefined()
    work()
    await pushed.forceFlush()
    const exported = to.exports.at(-1) ?? []
    expect(seriesOfOtlp(exported)).toEqual(seriesOfText(text))
    expect(seriesOfText(text)).toContain('mcp_tool_duration_seconds{tool_name="a"}')
    expect(exported.find(({ name }) => name === 'mcp.tool.calls')).toMatchObject({ unit: '{call}', kind: 'counter' })
  })

  it('exports equal totals when pull and push are both on, and reports successful exports', async () => {
    const to = await sink()
    const both = await start('prometheus,otlp', to)
    for (let round = 1; round <= 3; round += 1) {
      work()
      await both.forceFlush()
      const pushed = to.exports.at(-1)?.find(({ name }) => name === 'mcp.tool.calls')
      expect(pushed?.points.map(({ value }) => value)).toEqual([3 * round, 3 * round])
      const scraped = parseSamples(await (await fetch(both.metricsUrl as string)).text())
      expect(scraped.get('mcp_tool_calls_total{status="success",tool_name="a"}')).toBe(3 * round)
      expect(scraped.get('mcp_telemetry_export_failures_total{signal="metrics"}')).toBe(0)
      const last = scraped.get('mcp_telemetry_export_last_success_timestamp_seconds{signal="metrics"}') as number
      expect(Math.abs(last - Date.now() / 1000)).toBeLessThan(60)
    }
  })

  it('counts failures while the OTLP endpoint is down, and sends exact totals when it is back', async () => {
    vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    const gone = await openOtlpJsonSink()
    await gone.close()
    const both = await start('prometheus,otlp', gone, {
      OTEL_METRIC_EXPORT_INTERVAL: '50',
      OTEL_METRIC_EXPORT_TIMEOUT: '50',
    })
    for (const failures of [1, 2, 3]) {
      work()
      await waitFor(async () => {
        const scraped = parseSamples(await (await fetch(both.metricsUrl as string)).text())
        return (scraped.get('mcp_telemetry_export_failures_total{signal="metrics"}') ?? 0) >= failures
      })
    }
    const back = await openOtlpJsonSink(Number(new URL(gone.url).port))
    opened.unshift(back)
    const calls = await waitFor(() => back.exports.at(-1)?.find(({ name }) => name === 'mcp.tool.calls'))
    expect(calls.points.map(({ value }) => value)).toEqual([9, 9])
    vi.restoreAllMocks()
  })

  it('shuts down within 5 s despite a hanging endpoint, a hanging callback and a half-sent request', async () => {
    vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    const hanging = createServer(() => {}).listen(0, '127.0.0.1')
    await new Promise((resolve) => hanging.once('listening', resolve))
    const url = `http://127.0.0.1:${(hanging.address() as AddressInfo).port}`
    const telemetry = await start('prometheus,otlp', { url, exports: [], close: async () => {} })
    metrics
      .getMeter('m')
      .createObservableGauge('never')
      .addCallback(() => new Promise<void>(() => {}))
    work()
    const { hostname, port } = new URL(telemetry.metricsUrl as string)
    const half = connect(Number(port), hostname)
    half.on('error', () => {})
    half.write('GET /metrics HTTP/1.1\r\nHost: ')
    await new Promise((resolve) => half.once('connect', resolve))
    const started = performance.now()
    await telemetry.shutdown()
    expect(performance.now() - started).toBeLessThan(5_000)
    half.destroy()
    hanging.close()
    hanging.closeAllConnections()
    vi.restoreAllMocks()
  })

  it('sends measurements that are recorded just before the shutdown', async () => {
    const to = await sink()
    const telemetry = await start('otlp', to)
    work()
    await telemetry.shutdown()
    expect(to.exports.at(-1)?.some(({ name }) => name === 'mcp.tool.calls')).toBe(true)
  })
})
