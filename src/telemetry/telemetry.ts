// Options and environment in, running telemetry out: what is asked for is started, registered globally and, at the end,
// flushed and undone within a deadline. The SDK is loaded when something needs it.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { SCOPE, setClients, setTrust } from '@mcp-vitals/instrumentation'
import type { MeterProvider } from '@opentelemetry/api'
import { createNoopMeter, diag, metrics } from '@opentelemetry/api'
import type { ViewOptions } from '@opentelemetry/sdk-metrics'
import { startAudit } from './audit.ts'
import { environmentOr, readSettings } from './configuration/environment.ts'
import type { Environment } from './configuration/environment-reader.ts'
import type { MetricsExporter } from './configuration/option-variables.ts'
import { withOptions } from './configuration/option-variables.ts'
import { installDiagnostics } from './diagnostics.ts'
import type { Listener, ListenerOptions } from './listener/listener.ts'
import { startListener } from './listener/listener.ts'
import type { Logger } from './logger.ts'
import { createLogger } from './logger.ts'
import type { Patience } from './push/export-deadline.ts'

export interface TelemetryOptions {
  /** Address of the metrics listener. Takes precedence over `OTEL_EXPORTER_PROMETHEUS_HOST`. @default '127.0.0.1' */
  readonly metricsHost?: string | undefined
  /** Its port; 0 means any free one. Takes precedence over `OTEL_EXPORTER_PROMETHEUS_PORT`. @default 9464 */
  readonly metricsPort?: number | undefined
  /** Where metrics go. Takes precedence over `OTEL_METRICS_EXPORTER`, but not over `OTEL_SDK_DISABLED`. @default 'prometheus' */
  readonly metricsExporter?: MetricsExporter | undefined
  /**
   * Whether a client's trace context becomes the parent of the server's span; otherwise it becomes a link. Takes precedence over
   * `MCP_VITALS_TRUST_TRACE_CONTEXT`.
   * @default true
   */
  readonly trustTraceContext?: boolean | undefined
  /** Hosts that a client's baggage is sent on to. Takes precedence over `MCP_VITALS_BAGGAGE_HOSTS`. @default [] */
  readonly baggageHosts?: readonly string[] | undefined
  /**
   * Whether the last metrics are pushed when the program ends by itself or by `process.exit()` without a `shutdown`. The latter waits for the
   * endpoint for at most 500 ms. Over HTTP only, not over gRPC.
   * @default false
   */
  readonly pushAtExit?: boolean | undefined
  /** `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` go before these. */
  readonly serviceName?: string | undefined
  readonly serviceVersion?: string | undefined
  readonly resourceAttributes?: Readonly<Record<string, string>> | undefined
  /** @default process.env */
  readonly env?: Environment | undefined
  /** Added to the catalog's; one that matches a metric of the catalog takes the place of the catalog's. */
  readonly views?: readonly ViewOptions[] | undefined
  /** stdout belongs to MCP: a console exporter is a `ConfigError`. */
  readonly stdio?: boolean | undefined
  readonly listener?: ListenerOptions | undefined
  /**
   * Starts the metrics of the process that the telemetry is about, in place of this one's; returns the stop. For a program that runs
   * the measured server as a process of its own.
   */
  readonly processMetrics?: ((provider: MeterProvider) => () => void) | undefined
}

export interface Telemetry {
  /** Where Prometheus scrapes, such as `http://127.0.0.1:9464/metrics`; undefined where there is nothing to scrape. */
  readonly metricsUrl: string | undefined
  /** The live page, with its launch token; undefined where there is none. */
  readonly pageUrl: string | undefined
  /** The listener's /health, beside /ready; undefined where nothing listens. */
  readonly healthUrl: string | undefined
  /** /metrics to mount in one's own HTTP server. */
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void
  /** Writes to stderr, and to OpenTelemetry's logs where they are exported; lines carry the active `trace_id`. */
  readonly logger: Logger
  /** Exports what is held. Resolves within 10 s, never rejects. */
  forceFlush(): Promise<void>
  /**
   * Exports what is held and undoes everything: within 5 s, and within 1.5 s if the endpoint does not answer. Idempotent, never rejects.
   */
  shutdown(): Promise<void>
}

const FLUSH_MS = 10_000
/** For the last exports of all signals beside each other; with what closing takes, a shutdown stays under 5 s, and 1.5 s with a dead endpoint. */
const LAST_EXPORT: Patience = { answeringMs: 3_000, otherwiseMs: 900 }

/**
 * Starts what the environment asks for. See `startTelemetry` in the package's index.
 *
 * @throws {ConfigError} naming every fault of the configuration.
 */
export async function startTelemetry(options: TelemetryOptions = {}): Promise<Telemetry> {
  const env = withOptions(environmentOr(options.env), options)
  const asked = readSettings(env, options)
  const undo: (() => unknown)[] = [installDiagnostics(asked.logLevel)]
  let stopping: Promise<void> | undefined
  let logger: Logger | undefined
  const stop = async () => {
    for (const each of undo.toReversed()) await each()
  }
  for (const warning of asked.warnings) diag.warn(warning)
  setTrust(asked.trust)
  undo.push(() => setTrust())
  setClients(asked.clients)
  undo.push(() => setClients())
  undo.push(startAudit(asked))

  const wanted = asked.metrics.pull || asked.metrics.push
  const taken = wanted && metrics.getMeter(SCOPE.name, SCOPE.version) !== createNoopMeter()
  if (taken) diag.warn('a meter provider is registered already: metrics go there, and no reader is started')
  const settings = taken ? { ...asked, metrics: { ...asked.metrics, pull: false, push: false } } : asked

  try {
    // The SDK takes 0.1 s to load: who has switched it off, or has an own, does not wait for it.
    const needed = (wanted && !taken) || settings.traces || settings.logs
    const prepared = needed
      ? await (await import('./pipelines.ts')).preparePipelines({ ...options, env, settings })
      : undefined
    const listener = await startListener(asked, {
      ...options.listener,
      pull: prepared?.pull,
      noMetrics: taken ? 'Metrics go to the meter provider that was registered before.' : undefined,
      onScrape: (seconds) => pipelines?.scraped(seconds),
    })
    undo.push(() => listener.close())
    const pipelines = prepared?.start(instanceOf(listener, settings.listener.port, options.stdio))
    undo.push(() => pipelines?.shutdown(LAST_EXPORT))
    return {
      metricsUrl: listener.metricsUrl,
      pageUrl: listener.pageUrl,
      healthUrl: listener.healthUrl,
      handler: listener.handler,
      get logger() {
        logger ??= createLogger()
        return logger
      },
      forceFlush: async () => pipelines?.forceFlush(FLUSH_MS),
      shutdown() {
        stopping ??= stop()
        return stopping
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/**
 * What tells this process from others on its host: its port, which is the same after a restart, so that series go on. A
 * process that could not have the port, or that a client starts over stdio as often as it likes, has nothing of the kind:
 * sharing an identity would mix its totals with another's.
 */
function instanceOf(listener: Listener, port: number, stdio = false): number {
  return listener.port ?? (stdio || listener.refused ? process.pid : port)
}
