// A signal in, OTel's own OTLP exporter for it out, with a deadline. Endpoint, headers and compression are read from the
// standard variables by the exporter itself; only the protocol that is asked for is loaded.
import { diag } from '@opentelemetry/api'
import type { LogRecordExporter } from '@opentelemetry/sdk-logs'
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics'
import type { SpanExporter } from '@opentelemetry/sdk-trace'
import type { OtlpProtocol, Signal } from '../configuration/environment.ts'
import { otlpProtocol } from '../configuration/environment.ts'
import type { Environment } from '../configuration/environment-reader.ts'
import { withEnvironment } from '../configuration/with-environment.ts'
import { readCertificates } from './certificates.ts'
import commonjs from './commonjs.cjs'
import { createExportAgent } from './export-agent.ts'
import type { Answering } from './export-deadline.ts'
import { withDeadline } from './export-deadline.ts'
import { sendExemplars } from './with-exemplars.ts'

interface OtlpOptions {
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

export type OtlpExporter<S extends Signal> = Exporters[S] & Answering

const MODULES = {
  metrics: {
    'http/protobuf': async () => (await import('@opentelemetry/exporter-metrics-otlp-proto')).OTLPMetricExporter,
    'http/json': async () => (await import('@opentelemetry/exporter-metrics-otlp-http')).OTLPMetricExporter,
    grpc: async () => commonjs.grpcMetrics().OTLPMetricExporter,
  },
  traces: {
    'http/protobuf': async () => (await import('@opentelemetry/exporter-trace-otlp-proto')).OTLPTraceExporter,
    'http/json': async () => (await import('@opentelemetry/exporter-trace-otlp-http')).OTLPTraceExporter,
    grpc: async () => commonjs.grpcTraces().OTLPTraceExporter,
  },
  logs: {
    'http/protobuf': async () => (await import('@opentelemetry/exporter-logs-otlp-proto')).OTLPLogExporter,
    'http/json': async () => (await import('@opentelemetry/exporter-logs-otlp-http')).OTLPLogExporter,
    grpc: async () => commonjs.grpcLogs().OTLPLogExporter,
  },
} as const satisfies Record<Signal, Record<OtlpProtocol, () => Promise<unknown>>>

/**
 * The exporter of a signal. What an endpoint does (refuses, hangs, drips, answers rubbish) ends each export within the
 * deadline, as a failure that is counted and, when it begins and when it ends, told in one line. Points that an endpoint
 * rejects make a failure over HTTP; gRPC's exporter lets nobody see them, and only warns.
 */
export async function createOtlpExporter<S extends Signal>(signal: S, options: OtlpOptions): Promise<OtlpExporter<S>> {
  type ExporterSettings = { httpAgentOptions: (protocol: string) => Promise<unknown>; timeoutMillis: number }
  type Constructor = new (settings: ExporterSettings) => Exporters[S]
  const { env, deadlineMs } = options
  const load = MODULES[signal][otlpProtocol(env, signal)] as () => Promise<unknown>
  const Exporter = (await load()) as Constructor
  const agent = createExportAgent(readCertificates(env, signal), await answerReader(signal))
  const settings = { httpAgentOptions: agent.factory, timeoutMillis: deadlineMs }
  const exporter = withEnvironment(env, () => new Exporter(settings))
  if (signal === 'metrics' && !sendExemplars(exporter)) diag.warn('OTLP metrics go without exemplars')
  let failures = 0
  let told = false
  const tell = (reason: string, seen: string | undefined) => {
    if (told) return
    told = true
    const target = seen ?? endpointOf(env, signal)
    diag.error(`OTLP export of ${signal}${target === undefined ? '' : ` to ${target}`} fails: ${reason}`)
  }
  return withDeadline(exporter as never, {
    deadlineMs,
    agent,
    onSlow: tell,
    onSuccess() {
      if (told) diag.warn(`OTLP export of ${signal} works again; exports that failed: ${failures}`)
      told = false
      failures = 0
      options.onSuccess(signal)
    },
    onFailure({ message }, target) {
      tell(message, target)
      failures += 1
      options.onFailure(signal)
    },
  }) as OtlpExporter<S>
}

/** What the environment says, without credentials: gRPC's connections are not seen. */
function endpointOf(env: Environment, signal: Signal): string | undefined {
  const own = env[`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`]?.trim()
  const url = URL.parse(own || env['OTEL_EXPORTER_OTLP_ENDPOINT']?.trim() || '')
  return url?.host ? `${url.protocol}//${url.host}` : undefined
}

async function answerReader(signal: Signal): Promise<(body: Uint8Array) => unknown> {
  const { ProtobufLogsSerializer, ProtobufMetricsSerializer, ProtobufTraceSerializer } = await import(
    '@opentelemetry/otlp-transformer'
  )
  const serializers = {
    metrics: ProtobufMetricsSerializer,
    traces: ProtobufTraceSerializer,
    logs: ProtobufLogsSerializer,
  }
  return (body) => serializers[signal].deserializeResponse(body)
}
