// Exporters of traces and logs in, tracing, logging and propagation out, registered globally by OTel's NodeSDK from the
// standard variables (sampler, limits, propagators). Loaded only where one of the two is on.
import { context, diag, logs, ProxyTracerProvider, propagation, trace } from '@opentelemetry/api'
import { getNumberFromEnv } from '@opentelemetry/core'
import type { Resource } from '@opentelemetry/resources'
import type { LogRecordExporter } from '@opentelemetry/sdk-logs'
import { BatchLogRecordProcessor } from '@opentelemetry/sdk-logs'
import { NodeSDK } from '@opentelemetry/sdk-node'
import type { SpanExporter } from '@opentelemetry/sdk-trace'
import type { Environment } from './environment.ts'
import { within } from './export-deadline.ts'
import { withEnvironment } from './with-environment.ts'

export interface SignalsOptions {
  readonly env: Environment
  readonly resource: Resource
  /** Undefined: the signal is off. */
  readonly traceExporter: SpanExporter | undefined
  readonly logExporter: LogRecordExporter | undefined
}

export interface Signals {
  /** Exports what is batched, within `deadlineMs`. Never rejects. */
  forceFlush(deadlineMs: number): Promise<void>
  /** Exports what is batched and stops, within `deadlineMs`. Never rejects. */
  shutdown(deadlineMs: number): Promise<void>
}

/** Starts tracing, logging or both. A tracer provider that is registered already is left alone, and used. */
export function startSignals({ env, resource, traceExporter, logExporter }: SignalsOptions): Signals {
  const ownTraces = traceExporter !== undefined && !tracesElsewhere()
  if (traceExporter !== undefined && !ownTraces) {
    diag.warn('a tracer provider is registered already: spans go where it sends them')
  }
  const sdk = withEnvironment({ ...env, OTEL_LOGS_EXPORTER: 'none' }, () => {
    const node = new NodeSDK({
      resource,
      autoDetectResources: false,
      metricReaders: [],
      ...(ownTraces ? { traceExporter } : { spanProcessors: [] }),
      ...(logExporter && { logRecordProcessors: [batched(logExporter)] }),
    })
    node.start()
    return node
  })
  return {
    async forceFlush(deadlineMs) {
      const providers = [ownTraces && delegate(), logExporter !== undefined && logs.getLoggerProvider()]
      await within(deadlineMs, Promise.all(providers.map((provider) => flush(provider))))
    },
    async shutdown(deadlineMs) {
      await within(deadlineMs, sdk.shutdown())
      if (logExporter !== undefined) logs.disable()
      if (!ownTraces) return
      trace.disable()
      context.disable()
      propagation.disable()
    },
  }
}

function batched(exporter: LogRecordExporter): BatchLogRecordProcessor {
  const options = {
    maxQueueSize: getNumberFromEnv('OTEL_BLRP_MAX_QUEUE_SIZE'),
    maxExportBatchSize: getNumberFromEnv('OTEL_BLRP_MAX_EXPORT_BATCH_SIZE'),
    scheduledDelayMillis: getNumberFromEnv('OTEL_BLRP_SCHEDULE_DELAY'),
    exportTimeoutMillis: getNumberFromEnv('OTEL_BLRP_EXPORT_TIMEOUT'),
  }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  return new BatchLogRecordProcessor({ exporter, ...given })
}

/** The API's proxy stands in front of a provider that does nothing until one is registered. */
function tracesElsewhere(): boolean {
  return delegate().constructor !== new ProxyTracerProvider().getDelegate().constructor
}

function delegate(): object {
  const provider = trace.getTracerProvider()
  return provider instanceof ProxyTracerProvider ? provider.getDelegate() : provider
}

async function flush(provider: unknown): Promise<void> {
  if (typeof provider === 'object' && provider !== null && 'forceFlush' in provider) {
    await (provider as { forceFlush(): Promise<void> }).forceFlush()
  }
}
