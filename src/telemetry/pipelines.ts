// Settings in, the pipelines of metrics, traces and logs out, in two steps: readers first, because the listener serves one
// of them and the resource wants to know the listener's port. Loads the SDK, and of it what the settings ask for.
import type { MeterProvider as ApiMeterProvider } from '@opentelemetry/api'
import type { MetricReader, ViewOptions } from '@opentelemetry/sdk-metrics'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { ConfigError } from './configuration/config-error.ts'
import type { Signal, TelemetrySettings } from './configuration/environment.ts'
import type { Environment } from './configuration/environment-reader.ts'
import type { ResourceOptions } from './configuration/resource.ts'
import { createResource } from './configuration/resource.ts'
import type { MetricsPipeline } from './metrics/metrics-pipeline.ts'
import { startMetrics } from './metrics/metrics-pipeline.ts'
import { createReaders } from './metrics/readers.ts'
import type { Patience } from './push/export-deadline.ts'
import { createOtlpExporter } from './push/otlp-exporters.ts'

interface PipelineOptions extends ResourceOptions {
  readonly env: Environment
  readonly settings: TelemetrySettings
  readonly views?: readonly ViewOptions[] | undefined
  /** Push the last metrics when the process ends by `process.exit()`, too. */
  readonly pushAtExit?: boolean | undefined
  readonly processMetrics?: ((provider: ApiMeterProvider) => () => void) | undefined
}

interface PreparedPipelines {
  /** What scrapes collect; undefined if nobody is to scrape. */
  readonly pull: MetricReader | undefined
  /** Starts and registers them. `instance` tells this process from others on its host. */
  start(instance: string | number): Pipelines
}

interface Pipelines {
  /** Seconds that an answer of /metrics took. */
  scraped(seconds: number): void
  /** Never rejects. */
  forceFlush(deadlineMs: number): Promise<void>
  /** Exports what is held, stops and unregisters, within about what `patience` allows. Never rejects. */
  shutdown(patience: Patience): Promise<void>
}

/** For the last export of a program that ends by itself. */
const EXIT_MS = 10_000

/**
 * Prepares what `settings` ask for. Metrics are left out if neither pull nor push is on.
 *
 * @throws {ConfigError} for views that the SDK refuses.
 */
export async function preparePipelines(options: PipelineOptions): Promise<PreparedPipelines> {
  const { env, settings, views, processMetrics, pushAtExit } = options
  const { pull, push } = settings.metrics
  if (pull || push) checkViews(views)
  let metrics: MetricsPipeline | undefined
  const exporter = <S extends Signal>(signal: S, deadlineMs: number) =>
    createOtlpExporter(signal, {
      env,
      deadlineMs,
      onSuccess: () => metrics?.self.exported(signal),
      onFailure: () => metrics?.self.exportFailed(signal),
    })
  const { exportDeadlineMillis } = settings
  const metricsDeadline = Math.min(exportDeadlineMillis.metrics, settings.metrics.exportTimeoutMillis)
  const metricExporter = push ? await exporter('metrics', metricsDeadline) : undefined
  const traceExporter = settings.traces ? await exporter('traces', exportDeadlineMillis.traces) : undefined
  const logExporter = settings.logs ? await exporter('logs', exportDeadlineMillis.logs) : undefined
  // NodeSDK costs as much start-up time as all the rest.
  const signals = settings.traces || settings.logs ? await import('./push/signals.ts') : undefined
  const exit = pushAtExit === true ? await import('./push/exit-push.ts') : undefined
  const readers = createReaders(settings.metrics, metricExporter)

  return {
    pull: readers.pull,
    start(instance) {
      const resource = createResource(env, options, instance)
      if (pull || push) {
        metrics = startMetrics({ settings, resource, readers, exporter: metricExporter, views, processMetrics })
      }
      const others = signals?.startSignals({ env, resource, traceExporter, logExporter })
      const forceFlush = async (deadlineMs: number) => {
        await Promise.all([metrics?.forceFlush(deadlineMs), others?.forceFlush(deadlineMs)])
      }
      const forgetExit = exit?.startExitPush({
        env,
        pushed: push ? () => metrics?.pushed() : undefined,
        flush: () => forceFlush(EXIT_MS),
      })
      return {
        scraped: (seconds) => metrics?.self.scraped(seconds),
        forceFlush,
        async shutdown(patience) {
          forgetExit?.()
          await Promise.all([metrics?.shutdown(patience), others?.shutdown(patience)])
        },
      }
    },
  }
}

/** The SDK looks at a view when a provider is made of it: too late to name the faults of all. */
function checkViews(views: readonly ViewOptions[] = []): void {
  const faults = views.flatMap((view, index) => {
    try {
      new MeterProvider({ views: [view] })
      return []
    } catch (error) {
      return [`views[${index}]: ${error instanceof Error ? error.message : String(error)}`]
    }
  })
  if (faults.length > 0) throw new ConfigError(faults)
}
