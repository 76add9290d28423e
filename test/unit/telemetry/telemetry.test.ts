import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createNoopMeter, metrics } from '@opentelemetry/api'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Telemetry, TelemetryOptions } from '../../../src/index.ts'
import { ConfigError, instruments, startTelemetry } from '../../../src/index.ts'
import { openOtlpJsonSink } from '../../support/collector/otlp-json-sink.ts'
import { parseSamples } from '../../support/telemetry/recorded-series.ts'

const ANY_PORT = { OTEL_EXPORTER_PROMETHEUS_PORT: '0' }
const running = new Set<Telemetry>()
let stderr: string

beforeEach(() => {
  stderr = ''
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += String(text)
    return true
  })
})
afterEach(async () => {
  await Promise.all([...running].map((telemetry) => telemetry.shutdown()))
  running.clear()
  metrics.disable()
  vi.restoreAllMocks()
})

async function start(options: TelemetryOptions = {}): Promise<Telemetry> {
  const telemetry = await startTelemetry({ ...options, env: { ...ANY_PORT, ...options.env } })
  running.add(telemetry)
  return telemetry
}
const scrape = async (telemetry: Telemetry) => (await fetch(telemetry.metricsUrl as string)).text()
const samples = async (telemetry: Telemetry) => parseSamples(await scrape(telemetry))

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return String(port)
}

describe('startTelemetry', () => {
  it('ignores measurements before the start, and records those of the same instruments after it', async () => {
    instruments.toolCalls.record(1, { 'tool.name': 'early', status: 'success' })
    const telemetry = await start()
    instruments.toolCalls.record(2, { 'tool.name': 'early', status: 'success' })
    expect((await samples(telemetry)).get('mcp_tool_calls_total{status="success",tool_name="early"}')).toBe(2)
  })

  it("gives a foreign instrument with a catalog name only the catalog's attributes and buckets", async () => {
    const telemetry = await start()
    const histogram = metrics.getMeter('foreign').createHistogram('mcp.tool.duration', { unit: 's' })
    histogram.record(0.002, { 'tool.name': 't', 'k8s.pod.name': 'pod-1', user: 'u' })
    const found = await samples(telemetry)
    expect(found.get('mcp_tool_duration_seconds_bucket{tool_name="t",le="0.0025"}')).toBe(1)
    expect([...found.keys()].join()).not.toMatch(/pod-1|user=/)
  })

  it('starts its own metrics at 0, and counts dropped and overflowed measurements', async () => {
    const telemetry = await start()
    const first = await samples(telemetry)
    expect(first.get('mcp_telemetry_measurements_dropped_total')).toBe(0)
    expect(first.get('mcp_telemetry_measurements_overflowed_total')).toBe(0)
    const counter = metrics.getMeter('foreign').createCounter('c')
    counter.add(Number.NaN)
    for (let n = 0; n < 2_100; n += 1) counter.add(1, { n })
    instruments.toolDuration.record(-1, { 'tool.name': 't' })
    const then = await samples(telemetry)
    expect(then.get('mcp_telemetry_measurements_dropped_total')).toBe(2)
    expect(then.get('mcp_telemetry_measurements_overflowed_total')).toBe(101)
    expect(then.get('mcp_telemetry_scrape_duration_seconds_count')).toBe(1)
    expect((await samples(telemetry)).get('mcp_telemetry_series')).toBeGreaterThanOrEqual(2_000)
  })

  it('exports process and runtime metrics under their conventional names, and no system metrics', async () => {
    const telemetry = await start()
    const found = await samples(telemetry)
    expect(found.get('process_cpu_time_seconds_total{cpu_mode="user"}')).toBeGreaterThan(0)
    expect(found.get('process_memory_usage_bytes')).toBeGreaterThan(10_000_000)
    for (const name of ['nodejs_eventloop_time_seconds_total', 'v8js_memory_heap_used_bytes']) {
      expect([...found.keys()].some((sample) => sample.startsWith(`${name}{`))).toBe(true)
    }
    const utilization = await samples(telemetry)
    expect(utilization.get('process_cpu_utilization_ratio{cpu_mode="user"}')).toBeGreaterThanOrEqual(0)
    expect([...found.keys()].filter((sample) => sample.startsWith('system_'))).toEqual([])
    expect(found.get('mcp_telemetry_measurements_dropped_total')).toBe(0)
  })

  it("replaces the catalog's view of a metric with the user's, and adds views of other metrics", async () => {
    const telemetry = await start({
      views: [
        { instrumentName: 'mcp.tool.duration', aggregation: { type: 4, options: { boundaries: [7] } } },
        { instrumentName: 'mcp.request.*', aggregation: { type: 1 } },
        { instrumentName: 'mine', name: 'renamed' },
      ],
    })
    instruments.toolDuration.record(0.5, { 'tool.name': 't' })
    instruments.requestSize.record(5, { 'tool.name': 't' })
    metrics.getMeter('m').createCounter('mine').add(1)
    const found = await samples(telemetry)
    const buckets = [...found.keys()].filter((sample) => sample.startsWith('mcp_tool_duration_seconds_bucket'))
    expect(buckets.map((sample) => /le="(.*?)"/.exec(sample)?.[1])).toEqual(['7.0', '+Inf'])
    expect([...found.keys()].some((sample) => sample.startsWith('mcp_request_size'))).toBe(false)
    expect(found.get('renamed_total')).toBe(1)
  })

  it('describes the service in target_info, without the command line or the user', async () => {
    const telemetry = await start({
      serviceName: 'by-option',
      serviceVersion: '1.2.3',
      resourceAttributes: { team: 'shop' },
      env: { OTEL_RESOURCE_ATTRIBUTES: 'k8s.cluster.name=c1,team=from%20env', OTEL_SERVICE_NAME: 'by-env' },
    })
    const info = /^target_info\{(.*)\} 1$/m.exec(await scrape(telemetry))?.[1] ?? ''
    const port = new URL(telemetry.metricsUrl as string).port
    const labels = Object.fromEntries([...info.matchAll(/(\w+)="(.*?)"/g)].map(([, key, value]) => [key, value]))
    expect(labels).toEqual({
      k8s_cluster_name: 'c1',
      process_runtime_name: 'nodejs',
      process_runtime_version: process.versions.node,
      service_instance_id: `${hostname()}:${port}`,
      service_name: 'by-env',
      service_version: '1.2.3',
      team: 'from env',
      telemetry_distro_name: 'mcp-vitals',
      telemetry_distro_version: expect.any(String),
      telemetry_sdk_language: 'nodejs',
      telemetry_sdk_name: 'opentelemetry',
      telemetry_sdk_version: '3.1.0',
    })
  })

  it('logs a taken port once and keeps its handler usable, or rejects if the listener is required', async () => {
    const squatter = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => squatter.once('listening', resolve))
    const { port } = squatter.address() as AddressInfo
    const env = { OTEL_EXPORTER_PROMETHEUS_PORT: String(port) }
    await expect(start({ env, listener: { required: true } })).rejects.toThrow(
      `cannot use 127.0.0.1:${port} (EADDRINUSE)`,
    )
    expect(metrics.getMeter('m')).toBe(createNoopMeter())
    expect(stderr).toBe('')
    const telemetry = await start({ env })
    expect(telemetry.metricsUrl).toBeUndefined()
    expect(stderr.trim().split('\n')).toEqual([expect.stringContaining(`cannot use 127.0.0.1:${port}`)])
    const own = createHttpServer(telemetry.handler).listen(0, '127.0.0.1')
    await new Promise((resolve) => own.once('listening', resolve))
    const mounted = await fetch(`http://127.0.0.1:${(own.address() as AddressInfo).port}/anything`)
    expect(await mounted.text()).toContain('mcp_telemetry_series')
    own.close()
    squatter.close()
  })

  it.each([
    [{ OTEL_METRICS_EXPORTER: 'none' }, 'OTEL_METRICS_EXPORTER is none'],
    [{ OTEL_METRICS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, 'pushed by OTLP'],
    [{ OTEL_SDK_DISABLED: 'true' }, 'OTEL_SDK_DISABLED is true'],
  ])(
    'serves the probes if listener.always is set, and gives the reason for 404 on /metrics, with %o',
    async (env, reason) => {
      const sink = await openOtlpJsonSink()
      const sent = { ...env, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${sink.url}/v1/metrics` }
      const plain = await start({ env: sent })
      expect(plain.metricsUrl).toBeUndefined()
      await plain.shutdown()
      const port = await freePort()
      const telemetry = await start({
        env: { ...sent, OTEL_EXPORTER_PROMETHEUS_PORT: port },
        listener: { always: true, ready: () => ({ ready: false, reasons: ['no cluster'] }) },
      })
      expect(telemetry.metricsUrl).toBeUndefined()
      const url = `http://127.0.0.1:${port}`
      expect((await fetch(`${url}/health`)).status).toBe(200)
      const ready = await fetch(`${url}/ready`)
      expect([ready.status, await ready.json()]).toEqual([503, { status: 'not ready', reasons: ['no cluster'] }])
      const refused = await fetch(`${url}/metrics`)
      expect([refused.status, await refused.text()]).toEqual([404, expect.stringContaining(reason)])
      await telemetry.shutdown()
      await sink.close()
    },
  )

  it('uses an existing meter provider, logs that once, and leaves it registered on shutdown', async () => {
    const theirs = new MeterProvider()
    metrics.setGlobalMeterProvider(theirs)
    const telemetry = await start()
    expect(metrics.getMeterProvider()).toBe(theirs)
    expect(telemetry.metricsUrl).toBeUndefined()
    expect(stderr.match(/a meter provider is registered already/g)).toHaveLength(1)
    await telemetry.shutdown()
    expect(metrics.getMeterProvider()).toBe(theirs)
  })

  it('reuses the first start when it is called again, and keeps it running on the second shutdown', async () => {
    const first = await start()
    const second = await start()
    expect(second.metricsUrl).toBeUndefined()
    await second.shutdown()
    instruments.toolCalls.record(1, { 'tool.name': 'still', status: 'success' })
    expect(await scrape(first)).toContain('tool_name="still"')
  })

  it('starts again after each shutdown, and accepts repeated shutdowns', async () => {
    for (let round = 1; round <= 3; round += 1) {
      const telemetry = await start()
      instruments.toolCalls.record(round, { 'tool.name': 'again', status: 'success' })
      const { metricsUrl } = telemetry
      expect((await samples(telemetry)).get('mcp_tool_calls_total{status="success",tool_name="again"}')).toBe(round)
      await Promise.all([telemetry.shutdown(), telemetry.shutdown()])
      await telemetry.shutdown()
      await expect(fetch(metricsUrl as string)).rejects.toThrow()
      expect(metrics.getMeter('m')).toBe(createNoopMeter())
    }
    expect(stderr).toBe('')
  })

  it('rejects an invalid environment with every fault, and starts nothing', async () => {
    const wrong = { OTEL_METRICS_EXPORTER: 'console', OTEL_EXPORTER_PROMETHEUS_PORT: 'x' }
    const error = await startTelemetry({ env: wrong, stdio: true }).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(ConfigError)
    expect((error as ConfigError).faults).toHaveLength(2)
    expect(metrics.getMeter('m')).toBe(createNoopMeter())
  })

  it('rejects views that the SDK refuses with one fault each, and starts nothing', async () => {
    const error = await start({ views: [{}, { instrumentName: '**' }, { instrumentName: 'fine' }] }).catch(
      (caught) => caught,
    )
    expect(error).toBeInstanceOf(ConfigError)
    expect((error as ConfigError).faults.map((fault) => fault.slice(0, 8))).toEqual(['views[0]', 'views[1]'])
    expect(metrics.getMeter('m')).toBe(createNoopMeter())
  })

  it('logs one warning for each invalid variable that is not critical', async () => {
    await start({ env: { OTEL_METRIC_EXPORT_INTERVAL: 'often', OTEL_RESOURCE_ATTRIBUTES: 'a=b=c' } })
    const lines = stderr.trim().split('\n')
    expect(lines).toEqual([
      expect.stringContaining('OTEL_METRIC_EXPORT_INTERVAL'),
      expect.stringContaining('OTEL_RESOURCE_ATTRIBUTES'),
    ])
  })

  it('requires the token from the token file on /metrics', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'token-'))
    writeFileSync(join(folder, 'token'), 'secret\n')
    const telemetry = await start({ env: { MCP_VITALS_METRICS_TOKEN_FILE: join(folder, 'token') } })
    rmSync(folder, { recursive: true })
    expect((await fetch(telemetry.metricsUrl as string)).status).toBe(401)
    const headers = { authorization: 'Bearer secret' }
    expect((await fetch(telemetry.metricsUrl as string, { headers })).status).toBe(200)
  })

  it('loads no module of the OpenTelemetry SDK when OTEL_SDK_DISABLED is true', async () => {
    const program = `
    import { startTelemetry } from ${JSON.stringify(new URL('../../../src/index.ts', import.meta.url))}
    import { registerHooks } from 'node:module'
    const loaded = []
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context) } })
    const telemetry = await startTelemetry()
    await telemetry.shutdown()
    console.log(JSON.stringify(loaded))`
    const env = { ...process.env, OTEL_SDK_DISABLED: 'true' }
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { env })
    const loaded = JSON.parse(stdout) as string[]
    expect(loaded.some((url) => url.includes('/telemetry/telemetry.ts'))).toBe(true)
    expect(loaded.filter((url) => /@opentelemetry\/(?!api\/)/.test(url))).toEqual([])
  })
})
