import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { diag } from '@opentelemetry/api'
import type { ExportResult } from '@opentelemetry/core'
import { ExportResultCode } from '@opentelemetry/core'
import type { MetricReader, PushMetricExporter } from '@opentelemetry/sdk-metrics'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { installDiagnostics } from '../../../../src/telemetry/diagnostics.ts'
import { createReaders } from '../../../../src/telemetry/metrics/readers.ts'
import { createOtlpExporter } from '../../../../src/telemetry/push/otlp-exporters.ts'
import { LOOPBACK_CERTIFICATE, LOOPBACK_KEY } from '../../../support/collector/loopback-certificate.ts'
import { startOtlpGrpcSink } from '../../../support/collector/otlp-grpc-sink.ts'
import type { Behaviour, OtlpSink } from '../../../support/collector/otlp-sink.ts'
import { startOtlpSink } from '../../../support/collector/otlp-sink.ts'
import { waitFor } from '../../../support/programs/wait-for.ts'

const told: string[] = []
const undo: (() => unknown)[] = []

beforeEach(() => {
  told.length = 0
  undo.push(installDiagnostics('warn', (line) => told.push(line)))
})
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
  diag.disable()
})

async function sinkOf(tls?: Parameters<typeof startOtlpSink>[0]): Promise<OtlpSink> {
  const sink = await startOtlpSink(tls)
  undo.push(sink.close)
  return sink
}

/** Creates two instruments on the real SDK, and the exporter under test. */
async function pipeline(endpoint: string, deadlineMs = 200, env: Record<string, string> = {}) {
  const counts = { successes: 0, failures: 0 }
  const exporter: PushMetricExporter = await createOtlpExporter('metrics', {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...env },
    deadlineMs,
    onSuccess: (signal) => {
      if (signal === 'metrics') counts.successes += 1
    },
    onFailure: (signal) => {
      if (signal === 'metrics') counts.failures += 1
    },
  })
  undo.push(() => exporter.shutdown())
  const settings = { pull: true, push: false, exportIntervalMillis: 60_000, exportTimeoutMillis: 30_000 }
  const reader = createReaders(settings, undefined).pull as MetricReader
  const meter = new MeterProvider({ readers: [reader] }).getMeter('test')
  const calls = meter.createCounter('calls', { unit: '{call}' })
  const duration = meter.createHistogram('duration', { unit: 's', advice: { explicitBucketBoundaries: [1, 2] } })
  const exportOnce = async () => {
    const { resourceMetrics } = await reader.collect()
    return new Promise<ExportResult>((resolve) => {
      exporter.export(resourceMetrics, resolve)
    })
  }
  return { calls, duration, exporter, exportOnce, counts }
}

const FAULTS: [Behaviour, RegExp][] = [
  ['refuse', /ECONNREFUSED/],
  ['hang', /no complete answer within 200 ms|timed out/],
  ['drip', /no complete answer within 200 ms/],
  ['hammer', /HTTP 429/],
  ['unavailable', /HTTP 503/],
  ['noise', /does not speak HTTP/],
  ['garbage', /not OTLP/],
  ['page', /web page/],
  ['reset', /ECONNRESET|socket hang up/],
  ['torn', /broke off/],
  ['partial', /rejected 5/],
]

describe('createOtlpExporter', () => {
  it.each(['http/protobuf', 'http/json'])('sends metrics over %s as they were recorded', async (protocol) => {
    const sink = await sinkOf()
    const { calls, duration, exportOnce, counts } = await pipeline(sink.endpoint, 5_000, {
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
    })
    calls.add(3, { 'tool.name': 't' })
    duration.record(1.5)
    expect((await exportOnce()).code).toBe(ExportResultCode.SUCCESS)
    expect(sink.lastHeaders['content-type']).toContain(protocol.split('/')[1])
    expect(sink.metric('calls')).toMatchObject({
      unit: '{call}',
      temporality: 2,
      points: [{ value: 3, attributes: { 'tool.name': 't' } }],
    })
    expect(sink.metric('duration')).toMatchObject({ unit: 's', temporality: 2, points: [{ count: 1, bounds: [1, 2] }] })
    expect(counts).toEqual({ successes: 1, failures: 0 })
  })

  it('sends metrics over gRPC, and fails at the deadline when the endpoint never answers', async () => {
    const sink = await startOtlpGrpcSink()
    undo.push(sink.close)
    const { calls, exportOnce, counts, exporter } = await pipeline(sink.endpoint, 400, {
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'grpc',
    })
    calls.add(3)
    expect((await exportOnce()).code).toBe(ExportResultCode.SUCCESS)
    expect(sink.received[0]?.metrics.find(({ name }) => name === 'calls')?.points[0]?.value).toBe(3)
    sink.behave('hang')
    expect((await exportOnce()).code).toBe(ExportResultCode.FAILED)
    expect(counts).toEqual({ successes: 1, failures: 1 })
    const started = performance.now()
    await exporter.shutdown()
    expect(performance.now() - started).toBeLessThan(3_000)
  })

  it('reads headers and compression from the given environment, and adds nothing to process.env', async () => {
    const sink = await sinkOf()
    const { exportOnce, calls } = await pipeline(sink.endpoint, 5_000, {
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=abc',
    })
    calls.add(1)
    expect((await exportOnce()).code).toBe(ExportResultCode.SUCCESS)
    expect(sink.lastHeaders).toMatchObject({ 'content-encoding': 'gzip', 'api-key': 'abc' })
    expect(sink.metric('calls')?.points[0]?.value).toBe(1)
    expect(Object.keys(process.env).filter((name) => name.startsWith('OTEL_EXPORTER'))).toEqual([])
  })

  it('trusts a self-signed certificate only if the environment names it', async () => {
    const sink = await sinkOf({ cert: LOOPBACK_CERTIFICATE, key: LOOPBACK_KEY })
    const folder = mkdtempSync(join(tmpdir(), 'mcp-vitals-'))
    undo.push(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'ca.pem'), LOOPBACK_CERTIFICATE)
    const stranger = await pipeline(sink.endpoint)
    stranger.calls.add(1)
    expect((await stranger.exportOnce()).code).toBe(ExportResultCode.FAILED)
    expect(told.join()).toContain('self-signed certificate')
    const friend = await pipeline(sink.endpoint, 5_000, { OTEL_EXPORTER_OTLP_CERTIFICATE: join(folder, 'ca.pem') })
    friend.calls.add(1)
    expect((await friend.exportOnce()).code).toBe(ExportResultCode.SUCCESS)
  })

  it.each(FAULTS)(
    'counts every export failure (%s), logs the first one, and logs again after a recovery',
    async (fault, reason) => {
      const sink = await sinkOf()
      const { calls, exportOnce, counts } = await pipeline(sink.endpoint)
      calls.add(7)
      await sink.behave(fault)
      for (let n = 0; n < 3; n += 1) expect((await exportOnce()).code).toBe(ExportResultCode.FAILED)
      expect(counts).toEqual({ successes: 0, failures: 3 })
      const lines = told.filter((line) => line.includes(' fails: '))
      expect(lines).toHaveLength(1)
      expect(lines[0]).toMatch(reason)
      await sink.behave('ok')
      // On a busy machine, an answer can take longer than the short deadline that the faults need.
      let failures = 3
      while ((await exportOnce()).code !== ExportResultCode.SUCCESS && failures < 30) failures += 1
      expect(sink.metric('calls')?.points[0]?.value).toBe(7)
      expect(told.filter((line) => line.includes(`works again; exports that failed: ${failures}`))).toHaveLength(1)
      await sink.behave(fault)
      await exportOnce()
      expect(told.filter((line) => line.includes(' fails: '))).toHaveLength(2)
      expect(counts).toEqual({ successes: 1, failures: failures + 1 })
    },
  )

  it('retries at most once a second when Retry-After is 0', async () => {
    const sink = await sinkOf()
    await sink.behave('hammer')
    const { calls, exportOnce } = await pipeline(sink.endpoint, 2_500)
    calls.add(1)
    await exportOnce()
    const gaps = sink.requests.slice(1).map((at, index) => at - (sink.requests[index] ?? 0))
    expect(sink.requests.length).toBeGreaterThanOrEqual(2)
    expect(sink.requests.length).toBeLessThanOrEqual(3)
    // A timer may fire a millisecond early.
    expect(Math.min(...gaps)).toBeGreaterThan(990)
  })

  it('exports again after 40 dripped answers, and leaves no connection open', async () => {
    const sink = await sinkOf()
    // Longer than the pause between two bytes, so that no idle timeout ends the answers.
    const { calls, exportOnce, counts, exporter } = await pipeline(sink.endpoint, 250)
    calls.add(5)
    await sink.behave('drip')
    for (let n = 0; n < 10; n += 1) await Promise.all([exportOnce(), exportOnce(), exportOnce(), exportOnce()])
    expect(counts).toEqual({ successes: 0, failures: 40 })
    await sink.behave('ok')
    await waitFor(async () => (await exportOnce()).code === ExportResultCode.SUCCESS)
    expect(sink.metric('calls')?.points[0]?.value).toBe(5)
    await waitFor(() => sink.openSockets <= 4)
    await exporter.shutdown()
    await waitFor(() => sink.openSockets === 0)
  })

  it('cuts off an export without affecting a newer one', async () => {
    const sink = await sinkOf()
    await sink.behave('drip')
    const { calls, exportOnce, counts } = await pipeline(sink.endpoint, 400)
    calls.add(1)
    const started = performance.now()
    const old = exportOnce()
    await waitFor(() => performance.now() - started > 200 && sink.requests.length === 1)
    await sink.behave('hang')
    const young = exportOnce()
    await waitFor(() => sink.requests.length === 2)
    expect((await old).code).toBe(ExportResultCode.FAILED)
    sink.release()
    expect((await young).code).toBe(ExportResultCode.SUCCESS)
    expect(counts).toEqual({ successes: 1, failures: 1 })
  })

  it('ends an export in progress on shutdown, closes its connections, and sends nothing afterwards', async () => {
    const sink = await sinkOf()
    await sink.behave('hang')
    const { calls, exportOnce, exporter } = await pipeline(sink.endpoint, 60_000)
    calls.add(1)
    const pending = exportOnce()
    await waitFor(() => sink.requests.length === 1)
    await exporter.shutdown()
    expect((await pending).code).toBe(ExportResultCode.FAILED)
    await waitFor(() => sink.openSockets === 0)
    expect((await exportOnce()).code).toBe(ExportResultCode.FAILED)
    expect(sink.requests).toHaveLength(1)
  })
})
