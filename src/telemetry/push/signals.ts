// Exporters of traces and logs in, tracing, logging and propagation out, registered globally by OTel's NodeSDK from the
// standard variables (sampler, limits, propagators). Loaded only where one of the two is on: without them there is no
// context to carry.
import { context, createContextKey, diag, logs, ProxyTracerProvider, propagation, trace } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import { BatchLogRecordProcessor } from '@opentelemetry/sdk-logs'
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace'
import { watchedLogs, watchedSpans } from '../../page/in-process/watched-signals.ts'
import type { Environment } from '../configuration/environment-reader.ts'
import { withEnvironment } from '../configuration/with-environment.ts'
import commonjs from './commonjs.cjs'
import type { Answering, Patience } from './export-deadline.ts'
import { lastExport, within } from './export-deadline.ts'
import type { OtlpExporter } from './otlp-exporters.ts'

interface SignalsOptions {
  readonly env: Environment
  readonly resource: Resource
  /** Undefined: the signal is off. */
  readonly traceExporter: OtlpExporter<'traces'> | undefined
  readonly logExporter: OtlpExporter<'logs'> | undefined
}

export interface Signals {
  /** Exports what is batched, within `deadlineMs`. Never rejects. */
  forceFlush(deadlineMs: number): Promise<void>
  /** Exports what is batched and stops, within about what `patience` allows. Never rejects. */
  shutdown(patience: Patience): Promise<void>
}

/**
 * Starts tracing, logging or both. What is registered already (a provider, a context manager, a propagator) is left alone,
 * and used.
 */
export function startSignals({ env, resource, traceExporter, logExporter }: SignalsOptions): Signals {
  const present = registered()
  if (traceExporter !== undefined && present.traces) {
    diag.warn('a tracer provider is registered already: spans go where it sends them')
  }
  if (logExporter !== undefined && present.logs) {
    diag.warn('a logger provider is registered already: log records go where it sends them')
  }
  const spans =
    traceExporter &&
    !present.traces &&
    new BatchSpanProcessor({ exporter: traceExporter, ...batchLimits(env, 'OTEL_BSP') })
  const records =
    logExporter &&
    !present.logs &&
    new BatchLogRecordProcessor({ exporter: logExporter, ...batchLimits(env, 'OTEL_BLRP') })
  const sdk = spans || records ? startNodeSdk() : undefined

  function startNodeSdk() {
    const { NodeSDK } = commonjs.sdkNode()
    // Without `logRecordProcessors` it would read the variable, and start an exporter of its own.
    return withEnvironment({ ...env, OTEL_LOGS_EXPORTER: 'none' }, () => {
      const node = new NodeSDK({
        resource,
        autoDetectResources: false,
        metricReaders: [],
        spanProcessors: spans ? [spans, watchedSpans] : [],
        ...(records && { logRecordProcessors: [records, watchedLogs] }),
        ...(present.context && { contextManager: null as never }),
        ...(present.propagation && { textMapPropagator: null }),
      })
      node.start()
      return node
    })
  }

  const each = (work: (part: Processor) => Promise<void>) =>
    Promise.allSettled([spans, records].filter((part) => part !== undefined && part !== false).map(work))
  const flush = async () => {
    await each((processor) => processor.forceFlush())
    // A span processor's own flush does not wait for the batch that was under way before it.
    await traceExporter?.forceFlush?.()
  }
  return {
    forceFlush: (deadlineMs) => within(deadlineMs, flush()),
    async shutdown(patience) {
      const last = async (processor: Processor, exporter: Answering & Partial<Processor>) => {
        const flushed = processor.forceFlush().then(() => exporter.forceFlush?.())
        await lastExport(
          flushed.then(() => processor.shutdown()),
          patience,
          exporter,
        )
      }
      await Promise.all([
        spans && traceExporter && last(spans, traceExporter),
        records && logExporter && last(records, logExporter),
      ])
      await Promise.all([traceExporter?.shutdown(), logExporter?.shutdown()])
      await within(0, sdk?.shutdown() ?? Promise.resolve())
      if (spans) trace.disable()
      if (records) logs.disable()
      if (sdk !== undefined && !present.context) context.disable()
      if (sdk !== undefined && !present.propagation) propagation.disable()
    },
  }
}

interface Processor {
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
}

const PROBE = createContextKey('mcp-vitals: is there a context manager')

/** What somebody else has registered. The API has no question for it, so each is asked to do what only a real one does. */
function registered() {
  const tracers = trace.getTracerProvider()
  const delegate = tracers instanceof ProxyTracerProvider ? tracers.getDelegate() : tracers
  return {
    traces: delegate.constructor !== new ProxyTracerProvider().getDelegate().constructor,
    logs: 'forceFlush' in logs.getLoggerProvider(),
    context: context.with(context.active().setValue(PROBE, true), () => context.active().getValue(PROBE) === true),
    propagation: propagation.fields().length > 0,
  }
}

/** NodeSDK reads these for processors that it makes itself only. */
function batchLimits(env: Environment, prefix: 'OTEL_BSP' | 'OTEL_BLRP') {
  const names = {
    maxQueueSize: 'MAX_QUEUE_SIZE',
    maxExportBatchSize: 'MAX_EXPORT_BATCH_SIZE',
    scheduledDelayMillis: 'SCHEDULE_DELAY',
    exportTimeoutMillis: 'EXPORT_TIMEOUT',
  }
  const limits: Partial<Record<keyof typeof names, number>> = {}
  for (const [option, name] of Object.entries(names) as [keyof typeof names, string][]) {
    const value = env[`${prefix}_${name}`]?.trim() ?? ''
    if (value === '') continue
    if (/^[1-9]\d{0,8}$/.test(value)) limits[option] = Number(value)
    else diag.warn(`${prefix}_${name}: "${value}" is no whole number above 0; the default is used`)
  }
  return limits
}
