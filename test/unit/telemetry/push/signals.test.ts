import { context, diag, logs, propagation, SpanKind, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Signal } from '../../../../src/telemetry/configuration/environment.ts'
import { installDiagnostics } from '../../../../src/telemetry/diagnostics.ts'
import { createLogger } from '../../../../src/telemetry/logger.ts'
import { createOtlpExporter } from '../../../../src/telemetry/push/otlp-exporters.ts'
import type { Signals } from '../../../../src/telemetry/push/signals.ts'
import { startSignals } from '../../../../src/telemetry/push/signals.ts'
import { startOtlpGrpcSink } from '../../../support/collector/otlp-grpc-sink.ts'
import type { OtlpSink } from '../../../support/collector/otlp-sink.ts'
import { startOtlpSink } from '../../../support/collector/otlp-sink.ts'
import { waitFor } from '../../../support/programs/wait-for.ts'

const told: string[] = []
const undo: (() => unknown)[] = []
const counts = { successes: [] as Signal[], failures: [] as Signal[] }
let sink: OtlpSink

beforeEach(async () => {
  told.length = 0
  counts.successes = []
  counts.failures = []
  sink = await startOtlpSink()
  undo.push(
    installDiagnostics('warn', (line) => told.push(line)),
    sink.close,
  )
})
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
  for (const api of [trace, logs, context, propagation, diag]) api.disable()
})

async function start(
  env: Record<string, string> = {},
  wanted: readonly ('traces' | 'logs')[] = ['traces', 'logs'],
  deadlineMs = 300,
): Promise<Signals> {
  const options = {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: sink.endpoint, ...env },
    deadlineMs,
    onSuccess: (signal: Signal) => counts.successes.push(signal),
    onFailure: (signal: Signal) => counts.failures.push(signal),
  }
  const signals = startSignals({
    env: options.env,
    resource: resourceFromAttributes({ 'service.name': 'ours' }),
    traceExporter: wanted.includes('traces') ? await createOtlpExporter('traces', options) : undefined,
    logExporter: wanted.includes('logs') ? await createOtlpExporter('logs', options) : undefined,
  })
  undo.push(() => signals.shutdown(PATIENCE))
  return signals
}
const PATIENCE = { answeringMs: 5_000, otherwiseMs: 5_000 }
const logger = () => createLogger({ destination: { write: () => {} } })
const tracer = () => trace.getTracer('test')

describe('startSignals', () => {
  it.each(['http/protobuf', 'http/json'])(
    'sends spans and logs over %s, and each log with the IDs of its span',
    async (protocol) => {
      const signals = await start({ OTEL_EXPORTER_OTLP_PROTOCOL: protocol }, ['traces', 'logs'], 10_000)
      tracer().startActiveSpan('tools/call hello', { kind: SpanKind.SERVER, attributes: { a: 'b' } }, (span) => {
        logger().warn({ tool: 'hello' }, 'slow')
        span.end()
      })
      await signals.forceFlush(5_000)
      const [span] = sink.spans()
      expect(span).toMatchObject({ name: 'tools/call hello', attributes: { a: 'b' } })
      expect(span?.traceId).toMatch(/^[0-9a-f]{32}$/)
      expect(sink.logs()).toMatchObject([
        { traceId: span?.traceId, spanId: span?.spanId, body: 'slow', severityText: 'warn', severity: 13 },
      ])
      expect(sink.received.map(({ resource }) => resource)).toEqual([
        { 'service.name': 'ours' },
        { 'service.name': 'ours' },
      ])
      await waitFor(() => [...counts.successes].sort().join() === 'logs,traces')
    },
  )

  it('sends spans and logs over gRPC when the environment selects it', async () => {
    const grpc = await startOtlpGrpcSink()
    undo.push(grpc.close)
    const signals = await start({ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_ENDPOINT: grpc.endpoint })
    tracer().startSpan('s').end()
    logger().info('said')
    await signals.forceFlush(5_000)
    expect(grpc.received.flatMap(({ spans }) => spans.map(({ name }) => name))).toEqual(['s'])
    expect(grpc.received.flatMap((request) => request.logs.map(({ body }) => body))).toEqual(['said'])
  })

  it('extracts and injects trace context and baggage, and keeps them across awaits', async () => {
    await start()
    const incoming = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', baggage: 'k=v' }
    const outgoing: Record<string, string> = {}
    await tracer().startActiveSpan('s', {}, propagation.extract(context.active(), incoming), async (span) => {
      await new Promise(setImmediate)
      propagation.inject(context.active(), outgoing)
      span.end()
    })
    expect(outgoing['traceparent']).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/)
    expect(outgoing['baggage']).toBe('k=v')
  })

  it('reads sampler and propagators from the given environment, and does not change process.env', async () => {
    const before = { ...process.env }
    await start({ OTEL_TRACES_SAMPLER: 'always_off', OTEL_PROPAGATORS: 'baggage', OTEL_LOG_LEVEL: 'all' })
    expect(process.env).toEqual(before)
    expect(tracer().startSpan('s').isRecording()).toBe(false)
    expect(propagation.fields()).toEqual(['baggage'])
  })

  it('applies OTEL_BSP_* and OTEL_BLRP_*, and warns once about each invalid value', async () => {
    await start({
      OTEL_BSP_SCHEDULE_DELAY: '20',
      OTEL_BLRP_SCHEDULE_DELAY: '20',
      OTEL_BLRP_MAX_QUEUE_SIZE: 'many',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '-1',
    })
    tracer().startSpan('s').end()
    logger().info('said')
    await waitFor(() => sink.spans().length === 1 && sink.logs().length === 1)
    expect(told.filter((line) => line.includes('OTEL_BLRP_MAX_QUEUE_SIZE'))).toHaveLength(1)
    expect(told.filter((line) => line.includes('OTEL_BSP_MAX_EXPORT_BATCH_SIZE'))).toHaveLength(1)
  })

  it('registers no tracer provider for logs alone, and no logger provider for traces alone', async () => {
    const first = await start({}, ['logs'])
    expect(tracer().startSpan('s').isRecording()).toBe(false)
    logger().info('said')
    await first.shutdown(PATIENCE)
    expect(sink.logs()).toHaveLength(1)
    await start({}, ['traces'])
    expect(tracer().startSpan('s').isRecording()).toBe(true)
    expect(logs.getLogger('test').enabled()).toBe(false)
  })

  it("uses a user's tracer provider and context manager, logs that once, and leaves them registered", async () => {
    const exporter = new InMemorySpanExporter()
    const theirs = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
    trace.setGlobalTracerProvider(theirs)
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    const signals = await start()
    const said = () =>
      tracer().startActiveSpan('theirs', (span) => {
        logger().info('said')
        span.end()
      })
    said()
    await signals.forceFlush(5_000)
    expect(sink.spans()).toEqual([])
    expect(sink.logs()[0]?.traceId).toBe(exporter.getFinishedSpans()[0]?.spanContext().traceId)
    expect(told).toHaveLength(1)
    expect(told[0]).toContain('a tracer provider is registered already')
    await signals.shutdown(PATIENCE)
    said()
    expect(exporter.getFinishedSpans()).toHaveLength(2)
    expect(told).toHaveLength(1)
  })

  it('sends pending batches on shutdown, unregisters everything, and can start again', async () => {
    for (const round of [1, 2]) {
      const signals = await start()
      tracer().startSpan(`round ${round}`).end()
      logger().info('said')
      await signals.shutdown(PATIENCE)
      expect(sink.spans()).toHaveLength(round)
      expect(sink.logs()).toHaveLength(round)
      expect(tracer().startSpan('late').isRecording()).toBe(false)
      expect(propagation.fields()).toEqual([])
    }
    expect(told).toEqual([])
  })

  it('waits on shutdown for an export in progress', async () => {
    await sink.behave('hang')
    const signals = await start({ OTEL_BSP_SCHEDULE_DELAY: '1' }, ['traces'], 5_000)
    tracer().startSpan('s').end()
    await waitFor(() => sink.requests.length === 1)
    const stopped = signals.shutdown(PATIENCE)
    const started = performance.now()
    await waitFor(() => performance.now() - started > 800)
    sink.release()
    await stopped
    expect(sink.spans()).toHaveLength(1)
    expect(counts).toEqual({ successes: ['traces'], failures: [] })
  })

  it('counts one failure per batch and logs one line while the endpoint is down, and then recovers', async () => {
    await sink.behave('refuse')
    const signals = await start({ OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '10', OTEL_BSP_MAX_QUEUE_SIZE: '30' })
    for (let n = 0; n < 30; n += 1) tracer().startSpan('s').end()
    await signals.forceFlush(5_000)
    expect(counts.failures).toEqual(['traces', 'traces', 'traces'])
    expect(told).toHaveLength(1)
    await sink.behave('ok')
    tracer().startSpan('after').end()
    await signals.forceFlush(5_000)
    expect(sink.spans().map(({ name }) => name)).toEqual(['after'])
  })
})
