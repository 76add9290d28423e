// Starts the metrics pipeline: readers, views and the meter provider, registered globally.
import { reportOnce, SCOPE, setMeterProvider } from '@mcp-vitals/instrumentation'
import type { MeterProvider as ApiMeterProvider } from '@opentelemetry/api'
import { diag, metrics } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type { ResourceMetrics, ViewOptions } from '@opentelemetry/sdk-metrics'
import { apiConflict } from '../configuration/api-version.ts'
import type { Signal, TelemetrySettings } from '../configuration/environment.ts'
import type { Patience } from '../push/export-deadline.ts'
import { lastExport, within } from '../push/export-deadline.ts'
import type { OtlpExporter } from '../push/otlp-exporters.ts'
import { createMeterProvider } from './meter-provider.ts'
import type { Readers } from './readers.ts'
import type { SelfMetrics } from './self-metrics.ts'
import { createSelfMetrics } from './self-metrics.ts'
import { createViews } from './views.ts'

interface MetricsOptions {
  readonly settings: TelemetrySettings
  readonly resource: Resource
  readonly readers: Readers
  readonly exporter: OtlpExporter<'metrics'> | undefined
  readonly views: readonly ViewOptions[] | undefined
  /** @default this process's */
  readonly processMetrics?: ((provider: ApiMeterProvider) => () => void) | undefined
}

export interface MetricsPipeline {
  readonly self: SelfMetrics
  /** What would be pushed next; undefined if nothing is. */
  pushed(): ResourceMetrics | undefined
  /** Exports what is held. Never rejects. */
  forceFlush(deadlineMs: number): Promise<void>
  /** Exports once more and stops, within about what `patience` allows. Never rejects. */
  shutdown(patience: Patience): Promise<void>
}

/**
 * After this the first push goes out, whatever the interval is: counters are then known to be at 0 before the first call, and
 * an endpoint that does not work is told of at once and not a minute later. A server has registered its tools by then.
 */
const FIRST_PUSH_MS = 1_000

/** Starts the pipeline. The global meter provider must be free. */
export function startMetrics(options: MetricsOptions): MetricsPipeline {
  const { settings, resource, readers, exporter } = options
  const provider = createMeterProvider({
    resource,
    views: createViews(options.views),
    readers: readers.all,
    scraped: readers.pull,
    ready: () => processMetrics.started(),
    onDropped: () => self.dropped(),
    onOverflow: () => self.overflowed(),
  })
  const meter = provider.getMeter(SCOPE.name, SCOPE.version)
  const self = createSelfMetrics(meter, exportedSignals(settings), () => provider.seriesCount())
  // Another version of the API that was loaded first refuses ours: what we instrument is measured all the same.
  const isGlobal = metrics.setGlobalMeterProvider(provider)
  if (!isGlobal) {
    setMeterProvider(provider)
    reportOnce(apiConflict())
  }
  const processMetrics = startLater(options.processMetrics, provider)
  const firstPush = setTimeout(() => {
    if (settings.metrics.push) provider.forceFlush().catch(() => {})
  }, FIRST_PUSH_MS).unref()
  return {
    self,
    pushed: () => readers.push && provider.collectNow(readers.push),
    forceFlush: (deadlineMs) => within(deadlineMs, provider.forceFlush()),
    async shutdown(patience) {
      clearTimeout(firstPush)
      processMetrics.stop()
      if (!isGlobal) setMeterProvider(undefined)
      else if (metrics.getMeterProvider() === provider) metrics.disable()
      await lastExport(provider.shutdown(), patience, exporter)
      // An endpoint that answers nothing keeps the provider's own shutdown: its sockets must not keep the process.
      await exporter?.shutdown()
    },
  }
}

/** The packages take a sixth of the time that telemetry needs to start: a server is ready before they are loaded. */
const LOAD_MS = 100

/** Starts the metrics of the process after a while, or for the first collection if that comes before. */
function startLater(given: MetricsOptions['processMetrics'], provider: ApiMeterProvider) {
  let stop = given?.(provider)
  let loading: Promise<void> | undefined
  let isStopped = stop !== undefined
  const load = async () => {
    try {
      const { startProcessMetrics } = await import('./process-metrics.ts')
      if (!isStopped) stop = startProcessMetrics(provider)
    } catch (error) {
      diag.error('there are no metrics of the process', error)
    }
  }
  const started = async () => {
    if (isStopped) return
    loading ??= load()
    await loading
  }
  const timer = setTimeout(started, LOAD_MS).unref()
  return {
    /** Resolves when there is something to collect. Never rejects. */
    started,
    stop() {
      isStopped = true
      clearTimeout(timer)
      stop?.()
    },
  }
}

function exportedSignals({ metrics: { push }, traces, logs }: TelemetrySettings): Signal[] {
  return [
    ...(push ? ['metrics' as const] : []),
    ...(traces ? ['traces' as const] : []),
    ...(logs ? ['logs' as const] : []),
  ]
}
