// Options of `startTelemetry` that take precedence over environment variables, written as those variables: both are then checked alike.
import type { Environment } from './environment-reader.ts'

export type MetricsExporter = 'prometheus' | 'otlp' | 'prometheus,otlp' | 'none'

export interface VariableOptions {
  readonly metricsHost?: string | undefined
  readonly metricsPort?: number | undefined
  readonly metricsExporter?: MetricsExporter | undefined
  readonly trustTraceContext?: boolean | undefined
  readonly baggageHosts?: readonly string[] | undefined
}

export function withOptions(env: Environment, options: VariableOptions): Environment {
  const variables = {
    OTEL_EXPORTER_PROMETHEUS_HOST: options.metricsHost,
    OTEL_EXPORTER_PROMETHEUS_PORT: options.metricsPort,
    OTEL_METRICS_EXPORTER: options.metricsExporter,
    MCP_VITALS_TRUST_TRACE_CONTEXT: options.trustTraceContext,
    MCP_VITALS_BAGGAGE_HOSTS: options.baggageHosts?.join(','),
  }
  const given = Object.entries(variables).filter(([, value]) => value !== undefined)
  return given.length === 0
    ? env
    : { ...env, ...Object.fromEntries(given.map(([name, value]) => [name, String(value)])) }
}
