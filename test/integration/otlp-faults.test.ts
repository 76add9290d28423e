import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { context, diag, logs, metrics, propagation, trace } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Telemetry } from '../../src/index.ts'
import { instruments, startTelemetry } from '../../src/index.ts'
import type { Behaviour, OtlpSink } from '../support/collector/otlp-sink.ts'
import { startOtlpSink } from '../support/collector/otlp-sink.ts'
import { waitFor } from '../support/programs/wait-for.ts'

const INTERVAL_MS = 100
let sink: OtlpSink
let telemetry: Telemetry | undefined

beforeEach(async () => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  sink = await startOtlpSink()
})
afterEach(async () => {
  await telemetry?.shutdown()
  telemetry = undefined
  await sink.close()
  for (const api of [metrics, trace, logs, context, propagation, diag]) api.disable()
  vi.restoreAllMocks()
})

async function start(env: Record<string, string> = {}): Promise<Telemetry> {
  telemetry = await startTelemetry({
    env: {
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: sink.endpoint,
      OTEL_EXPORTER_OTLP_TIMEOUT: '100',
      OTEL_METRIC_EXPORT_INTERVAL: String(INTERVAL_MS),
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_BLRP_SCHEDULE_DELAY: '50',
      ...env,
    },
  })
  return telemetry
}
const call = () => {
  instruments.toolCalls.record(1, { 'tool.name': 't', status: 'success' })
  trace.getTracer('test').startSpan('tools/call t').end()
}
const callsAtTheSink = () =>
  sink.metric('mcp.tool.calls')?.points.find((point) => point.attributes['status'] === 'success')?.value
const failures = (signal: string) =>
  sink.metric('mcp.telemetry.export.failures')?.points.find((point) => point.attributes['signal'] === signal)?.value

const FAULTS: Behaviour[] = ['refuse', 'hang', 'drip', 'hammer', 'unavailable', 'noise', 'garbage', 'reset', 'torn']

const ENDPOINTS: [level: string, Behaviour][] = [
  ['none', 'ok'],
  ['error', 'refuse'],
  ['warn', 'drip'],
  ['info', 'hang'],
  ['debug', 'hammer'],
  ['verbose', 'reset'],
  ['all', 'unavailable'],
]

describe('startTelemetry with OTLP push', () => {
  it.each(FAULTS)(
    'keeps recording while the endpoint fails (%s), and sends exact totals after the recovery',
    async (fault) => {
      await start()
      for (let n = 0; n < 10; n += 1) call()
      await waitFor(() => callsAtTheSink() === 10, 5_000, 'the first export')
      await sink.behave(fault)
      const seen = sink.requests.length
      let turns = 0
      const until = performance.now() + 5 * INTERVAL_MS
      while (performance.now() < until || (fault !== 'refuse' && sink.requests.length < seen + 2)) {
        call()
        turns += 1
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
      // If recording waited for the endpoint, it would have only one turn per export.
      expect(turns).toBeGreaterThan(10)
      await sink.behave('ok')
      await waitFor(() => callsAtTheSink() === 10 + turns, 5_000, 'the exact total')
      expect(failures('metrics')).toBeGreaterThanOrEqual(1)
      await waitFor(() => Number(failures('traces')) >= 1, 5_000, 'the failed exports of traces')
    },
  )

  it('reports the failed exports and the last success of each signal in its own metrics', async () => {
    const running = await start({ OTEL_METRIC_EXPORT_INTERVAL: '60000', OTEL_EXPORTER_OTLP_TIMEOUT: '2000' })
    await sink.behave('garbage')
    for (let n = 0; n < 4; n += 1) {
      call()
      await running.forceFlush()
    }
    await sink.behave('ok')
    const before = Math.floor(Date.now() / 1_000)
    call()
    await running.forceFlush()
    await running.forceFlush()
    expect([failures('metrics'), failures('traces'), failures('logs')]).toEqual([4, 4, 0])
    const last = sink.metric('mcp.telemetry.export.last_success.timestamp')?.points
    const at = (signal: string) => last?.find((point) => point.attributes['signal'] === signal)?.value
    expect(at('metrics')).toBeGreaterThanOrEqual(before)
    expect(at('traces')).toBeGreaterThanOrEqual(before)
    expect(at('logs')).toBe(0)
  })

  it('stops a process within 5 s at every OTEL_LOG_LEVEL, with no open connection and an empty stdout', async () => {
    const run = async ([level, behaviour]: (typeof ENDPOINTS)[number]) => {
      const own = await startOtlpSink()
      await own.behave(behaviour)
      const { stdout, stderr } = await runProcess({ OTEL_LOG_LEVEL: level, OTEL_EXPORTER_OTLP_ENDPOINT: own.endpoint })
      const connections = own.openSockets
      await own.close()
      const { ms } = JSON.parse(/.*"stopped".*/.exec(stderr)?.[0] ?? '{}')
      const said = { called: stderr.match(/"called"/g)?.length, fault: stderr.includes('OTLP export of metrics to') }
      return { level, stdout, ...said, inTime: ms < 5_000, connections, lines: stderr, sink: own }
    }
    const runs = await Promise.all(ENDPOINTS.map(run))
    for (const { level, stdout, called, fault, inTime, connections } of runs) {
      expect({ level, stdout, called, fault, inTime, connections }).toEqual({
        ...{ level, stdout: '', called: 10, fault: level !== 'none', inTime: true, connections: 0 },
      })
    }
    expect(runs[0]?.lines).not.toContain('mcp-vitals telemetry')
    expect(runs[4]?.lines).toContain('mcp-vitals telemetry debug:')
    const { sink: healthy } = runs[0] as (typeof runs)[number]
    expect(healthy.metric('mcp.tool.calls')?.points.map(({ value }) => value)).toContain(10)
    expect(healthy.logs()).toHaveLength(10)
    expect(healthy.logs().map(({ traceId }) => traceId)).toEqual(healthy.spans().map(({ traceId }) => traceId))
  }, 60_000)
})

function runProcess(env: Record<string, string>): Promise<{ stdout: string; stderr: string }> {
  const script = fileURLToPath(new URL('../support/telemetry/telemetry-process.ts', import.meta.url))
  const options = { env: { OTEL_METRICS_EXPORTER: 'otlp', ...env }, maxBuffer: 1e8, timeout: 50_000 }
  return promisify(execFile)(process.execPath, [script], options)
}
