// Makes the SDK's metric readers from the settings: one that Prometheus's scrapes collect, one that pushes, both or neither.
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import type { MetricReader, PushMetricExporter } from '@opentelemetry/sdk-metrics'
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import type { TelemetrySettings } from '../configuration/environment.ts'

export interface Readers {
  readonly all: readonly MetricReader[]
  /** Collected for each scrape. */
  readonly pull: MetricReader | undefined
  readonly push: MetricReader | undefined
}

/** @param exporter Where the pushing reader sends; without one nothing is pushed. */
export function createReaders(
  settings: TelemetrySettings['metrics'],
  exporter: PushMetricExporter | undefined,
): Readers {
  const { exportIntervalMillis, exportTimeoutMillis } = settings
  // OpenTelemetry's Prometheus exporter as a reader only: the endpoint and the exposition are our own.
  const pull = settings.pull ? new PrometheusExporter({ preventServerStart: true }) : undefined
  const push = exporter && new PeriodicExportingMetricReader({ exporter, exportIntervalMillis, exportTimeoutMillis })
  return { all: [pull, push].filter((reader) => reader !== undefined), pull, push }
}
