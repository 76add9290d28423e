// The public API of mcp-vitals: all of the instrumentation, and the telemetry that its measurements go to.
import { followMeterProvider } from '@mcp-vitals/instrumentation'
import { ConfigError } from './telemetry/configuration/config-error.ts'
import type { Telemetry, TelemetryOptions } from './telemetry/telemetry.ts'

export * from '@mcp-vitals/instrumentation'
export { checkEnvironment } from './telemetry/configuration/check-environment.ts'
export type { HostRules, SenderRefusal } from './telemetry/listener/check-sender.ts'
export { checkSender, isLoopback } from './telemetry/listener/check-sender.ts'
export type { Readiness } from './telemetry/listener/endpoint.ts'
export { limitConnections } from './telemetry/listener/limit-connections.ts'
export type { ListenerOptions } from './telemetry/listener/listener.ts'
export { toOriginForm } from './telemetry/listener/request-target.ts'
export type { Logger } from './telemetry/logger.ts'
export type { Telemetry, TelemetryOptions } from './telemetry/telemetry.ts'
export { ConfigError }

/**
 * Starts what the environment asks for: `/metrics` for Prometheus (the default), OTLP, both or neither; traces and logs by
 * OTLP where an endpoint is set. Registers itself globally; if a meter provider is registered already, it uses that one.
 *
 * Loads the OpenTelemetry SDK: a program that only instruments does not pay for it.
 *
 * @throws {ConfigError} naming every fault of the configuration.
 * @example
 * const telemetry = await startTelemetry()
 * console.error(telemetry.metricsUrl)
 * process.once('SIGTERM', () => telemetry.shutdown().finally(() => process.exit()))
 */
export async function startTelemetry(options: TelemetryOptions = {}): Promise<Telemetry> {
  // An application with an SDK of the 2.x line has API 1.9. Our SDK cannot start on it, and is not needed.
  if (!('logs' in (await import('@opentelemetry/api')))) {
    throw new ConfigError(['startTelemetry needs @opentelemetry/api 1.10; with an SDK of your own, only instrument'])
  }
  const { startTelemetry: start } = await import('./telemetry/telemetry.ts')
  const telemetry = await start(options)
  followMeterProvider()
  return telemetry
}
