// The public door. Who only instruments loads the OpenTelemetry API alone: the SDK is loaded by `startTelemetry`.

import { followMeterProvider } from './instrumentation/record/instruments.ts'
import { ConfigError } from './telemetry/configuration/config-error.ts'
import type { Telemetry, TelemetryOptions } from './telemetry/telemetry.ts'

// The metrics, and the names that their labels may hold, for rules and dashboards of one's own.
export type {
  IssueSeverity,
  RemediationAction,
  RemediationOutcome,
} from './instrumentation/catalog/kubernetes-values.ts'
export { ISSUE_TYPES } from './instrumentation/catalog/kubernetes-values.ts'
export type { MetricDefinition } from './instrumentation/catalog/metric-definition.ts'
export type { MetricName } from './instrumentation/catalog/metrics.ts'
export { METRICS } from './instrumentation/catalog/metrics.ts'
export type { Status, ToolErrorKind } from './instrumentation/catalog/outcome-values.ts'
export { ERROR_SIDES, ERROR_TYPES, STATUSES, TOOL_ERROR_KINDS } from './instrumentation/catalog/outcome-values.ts'
export { SCOPE } from './instrumentation/catalog/scope.ts'
export { seriesName } from './instrumentation/catalog/series.ts'
export { instrumentMcpClient } from './instrumentation/in-process/mcp-client.ts'
export { instrumentMcpServer } from './instrumentation/in-process/mcp-server.ts'
export { ToolError } from './instrumentation/outcome/tool-error.ts'
// Observing a server, a client, a function, and what only they know.
export type { DefinedMetrics, MetricSpec } from './instrumentation/record/define-metrics.ts'
export { defineMetrics } from './instrumentation/record/define-metrics.ts'
export { instrumentFetchHandler } from './instrumentation/record/instrument-fetch-handler.ts'
export { instrumentHttpHandler } from './instrumentation/record/instrument-http-handler.ts'
export type { Instrument, Instruments } from './instrumentation/record/instruments.ts'
export { instruments } from './instrumentation/record/instruments.ts'
export { limitConcurrency } from './instrumentation/record/limit-concurrency.ts'
export {
  recordClusterPods,
  recordIssueDetected,
  recordKubernetesOperation,
  recordOpenIssues,
  recordPodDiagnosis,
  recordRemediation,
} from './instrumentation/record/record-kubernetes.ts'
export { trackCache } from './instrumentation/record/track-cache.ts'
export { trackConnection, trackConnections } from './instrumentation/record/track-connections.ts'
export type { HttpRequestFacts } from './instrumentation/record/track-http-request.ts'
export { trackHttpRequest } from './instrumentation/record/track-http-request.ts'
export { trackTool } from './instrumentation/record/track-tool.ts'
export type { InstrumentOptions, ToolOptions } from './instrumentation/wire/instrument-options.ts'
export type { Captured } from './instrumentation/wire/tracing.ts'
export { checkEnvironment } from './telemetry/configuration/check-environment.ts'
export type { Readiness } from './telemetry/listener/endpoint.ts'
export type { Logger } from './telemetry/logger.ts'
export type { Telemetry, TelemetryOptions } from './telemetry/telemetry.ts'
export { ConfigError }

/**
 * Starts what the environment asks for: `/metrics` for Prometheus (the default), OTLP, both or neither; traces and logs by
 * OTLP where an endpoint is set. Registers itself globally; where a meter provider is registered already it uses that one.
 *
 * @throws {ConfigError} naming every fault of the configuration.
 * @example
 * const telemetry = await startTelemetry()
 * console.error(telemetry.metricsUrl)
 * process.once('SIGTERM', () => telemetry.shutdown())
 */
export async function startTelemetry(options: TelemetryOptions = {}): Promise<Telemetry> {
  // Who brings an SDK of the 2.x line has an API of theirs that our SDK cannot start on, and needs no second one.
  if (!('logs' in (await import('@opentelemetry/api')))) {
    throw new ConfigError(['startTelemetry needs @opentelemetry/api 1.10; with an SDK of your own, only instrument'])
  }
  const { startTelemetry: start } = await import('./telemetry/telemetry.ts')
  const telemetry = await start(options)
  followMeterProvider()
  return telemetry
}
