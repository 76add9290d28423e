// A signal in, OTel's own OTLP exporter for it out, with a deadline. Endpoint, headers, certificates and compression are
// read from the standard variables by the exporter itself; only the protocol that is asked for is loaded.

import { diag } from '@opentelemetry/api'
import type { LogRecordExporter } from '@opentelemetry/sdk-logs'
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics'
import type { SpanExporter } from '@opentelemetry/sdk-trace'
import type { Environment, OtlpProtocol, Signal } from './environment.ts'
import { otlpProtocol } from './environment.ts'
import { createExportAgent } from './export-agent.ts'
import { withDeadline } from './export-deadline.ts'
import { withEnvironment } from './with-environment.ts'

export interface OtlpOptions {
  readonly env: Environment
  /** Milliseconds for one export, retries and all; the exporter's own time-out if that is less. */
  readonly deadlineMs: number
  readonly onSuccess: (signal: Signal) => void
  readonly onFailure: (signal: Signal) => void
}

interface Exporters {
  readonly metrics: PushMetricExporter
  readonly traces: SpanExporter
  readonly logs: LogRecordExporter
}

const MODULES = {
  metrics: {
    'http/protobuf': async () => (await import('@opentelemetry/exporter-metrics-otlp-proto')).OTLPMetricExporter,
    'http/json': async () => (await import('@opentelemetry/exporter-metrics-otlp-http')).OTLPMetricExporter,
    grpc: async () => (await import('@opentelemetry/exporter-metrics-otlp-grpc')).OTLPMetricExporter,
  },
  traces: {
    'http/protobuf': async () => (await import('@opentelemetry/exporter-trace-otlp-proto')).OTLPTraceExporter,
    'http/json': async () => (await import('@opentelemetry/exporter-trace-otlp-http')).OTLPTraceExporter,
    grpc: async () => (await import('@opentelemetry/exporter-trace-otlp-grpc')).OTLPTraceExporter,
  },
  logs: {
    'http/protobuf': async () => (await import('@opentelemetry/exporter-logs-otlp-proto')).OTLPLogExporter,
    'http/json': async () => (await import('@opentelemetry/exporter-logs-otlp-http')).OTLPLogExporter,
    grpc: async () => (await import('@opentelemetry/exporter-logs-otlp-grpc')).OTLPLogExporter,
  },
} as const satisfies Record<Signal, Record<OtlpProtocol, () => Promise<unknown>>>

/**
 * The exporter of a signal. What an endpoint does (refuses, hangs, drips, answers rubbish) ends each export within the
 * deadline, as a failure that is counted and, when it begins and when it ends, told in one line.
 */
export async function createOtlpExporter<S extends Signal>(signal: S, options: OtlpOptions): Promise<Exporters[S]> {
  type Settings = { httpAgentOptions: (protocol: string) => Promise<unknown> }
  type Constructor = new (settings: Settings) => Exporters[S]
  const load = MODULES[signal][otlpProtocol(options.env, signal)] as () => Promise<unknown>
  const Exporter = (await load()) as Constructor
  const agent = createExportAgent()
  const exporter = withEnvironment(options.env, () => new Exporter({ httpAgentOptions: agent.factory }))
  let failing = false
  return withDeadline(exporter as never, options.deadlineMs, {
    cut: () => agent.cut(),
    onSuccess() {
      if (failing) diag.warn(`OTLP export of ${signal} works again`)
      failing = false
      options.onSuccess(signal)
    },
    onFailure(error) {
      if (!failing) diag.error(`OTLP export of ${signal} fails: ${error?.message || 'refused by the endpoint'}`)
      failing = true
      options.onFailure(signal)
    },
  }) as Exporters[S]
}
