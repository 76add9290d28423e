// Starts the telemetry of a wrapped server: pushed every 5 s to this machine unless the environment says otherwise.
import { startTelemetry } from '../../index.ts'
import type { Telemetry } from '../../telemetry/telemetry.ts'
import { startTreeMetrics } from './process-tree.ts'

export interface WrapTelemetryOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Takes precedence over `OTEL_SERVICE_NAME`. */
  readonly serviceName: string | undefined
  /** The name where neither says one. */
  readonly fallbackName: string
  /** Serve /metrics there as well; 0 means any free port. */
  readonly metricsPort: number | undefined
  /** The process whose tree is measured, while it runs. */
  readonly pid: () => number | undefined
  /** Called before metrics are read. */
  readonly beforeCollection: () => void
}

/** @throws {ConfigError} for an environment that says wrongly where telemetry goes. */
export function startWrapTelemetry(options: WrapTelemetryOptions): Promise<Telemetry> {
  const { serviceName, fallbackName, metricsPort } = options
  const isPulled = metricsPort !== undefined
  const exporter = options.env['OTEL_METRICS_EXPORTER']?.trim() ?? ''
  const pushes = exporter === '' || exporter.includes('otlp')
  return startTelemetry({
    env: withDefaults(options.env, serviceName),
    serviceName: fallbackName,
    stdio: true,
    metricsPort,
    ...(isPulled && { metricsExporter: pushes ? 'prometheus,otlp' : 'prometheus' }),
    ...(!isPulled && exporter === '' && { metricsExporter: 'otlp' }),
    resourceAttributes: { 'mcp_vitals.attach': 'wrap' },
    processMetrics: (provider) => startTreeMetrics(provider, options),
  })
}

function withDefaults(env: WrapTelemetryOptions['env'], serviceName: string | undefined): WrapTelemetryOptions['env'] {
  const isSet = (name: string) => (env[name]?.trim() ?? '') !== ''
  const protocol = env['OTEL_EXPORTER_OTLP_METRICS_PROTOCOL'] ?? env['OTEL_EXPORTER_OTLP_PROTOCOL']
  const isAddressed = isSet('OTEL_EXPORTER_OTLP_ENDPOINT') || isSet('OTEL_EXPORTER_OTLP_METRICS_ENDPOINT')
  return {
    ...env,
    ...(serviceName !== undefined && { OTEL_SERVICE_NAME: serviceName }),
    ...(!isSet('OTEL_METRIC_EXPORT_INTERVAL') && { OTEL_METRIC_EXPORT_INTERVAL: '5000' }),
    ...(!isAddressed &&
      protocol?.trim() !== 'grpc' && { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://127.0.0.1:4318/v1/metrics' }),
    // A shorter time-out than the pause before a retry: where nobody listens, the last push does not hold up the exit.
    ...(!isAddressed &&
      !isSet('OTEL_EXPORTER_OTLP_TIMEOUT') &&
      !isSet('OTEL_EXPORTER_OTLP_METRICS_TIMEOUT') && { OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '750' }),
    // Nobody asked for a push: if nobody listens, there is nothing to tell.
    ...(!isAddressed && !isSet('OTEL_LOG_LEVEL') && { OTEL_LOG_LEVEL: 'none' }),
  }
}
