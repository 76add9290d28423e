// The settings in, the SDK's metric readers out: one that Prometheus's scrapes collect, one that pushes, both or neither.
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import type { MetricReader, PushMetricExporter } from '@opentelemetry/sdk-metrics'
import { AggregationTemporality, InstrumentType, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import type { TelemetrySettings } from '../configuration/environment.ts'
import { collectInSlices } from './sliced-collection.ts'
import { NO_LIMIT } from './streams.ts'

export interface Readers {
  readonly all: readonly MetricReader[]
  /** Collected for each scrape. */
  readonly pull: MetricReader | undefined
}

/** @param exporter Where the pushing reader sends; without one nothing is pushed. */
export function createReaders(
  settings: TelemetrySettings['metrics'],
  exporter: PushMetricExporter | undefined,
): Readers {
  const { exportIntervalMillis, exportTimeoutMillis } = settings
  const pull = settings.pull ? createPullReader() : undefined
  const push =
    exporter &&
    new PeriodicExportingMetricReader({
      exporter,
      exportIntervalMillis,
      exportTimeoutMillis,
      cardinalityLimits: { default: NO_LIMIT },
    })
  if (pull !== undefined && push !== undefined) drainIdle(pull, push)
  const all = [pull, push].filter((reader) => reader !== undefined)
  for (const reader of all) collectInSlices(reader)
  return { all, pull }
}

/** OpenTelemetry's Prometheus exporter as a reader only: the endpoint and the exposition are our own. */
function createPullReader(): MetricReader {
  const reader = new PrometheusExporter({ preventServerStart: true })
  // It has no option for it.
  reader.selectCardinalityLimit = () => NO_LIMIT
  return reader
}

/** Collections of one reader after which the other, if it had none, is collected for nothing. */
const IDLE_COLLECTIONS = 10

/**
 * With views, the SDK keeps for each reader what changed at every collection of the other, until it is collected itself: a
 * /metrics that nobody scrapes beside a push would grow for ever, and so would a push that is slower than its scrapes.
 */
function drainIdle(one: MetricReader, other: MetricReader): void {
  const unseen = new Map([one, other].map((reader) => [reader, 0]))
  for (const [reader, idle] of [
    [one, other],
    [other, one],
  ] as const) {
    const collect = reader.collect.bind(reader)
    reader.collect = async (options) => {
      unseen.set(reader, 0)
      const missed = (unseen.get(idle) ?? 0) + 1
      unseen.set(idle, missed)
      const result = await collect(options)
      if (missed >= IDLE_COLLECTIONS && keepsTotals(idle)) idle.collect(options).catch(() => {})
      return result
    }
  }
}

/** A delta that is collected for nothing is lost; a total is not. */
function keepsTotals(reader: MetricReader): boolean {
  return [InstrumentType.COUNTER, InstrumentType.HISTOGRAM].every(
    (type) => reader.selectAggregationTemporality(type) === AggregationTemporality.CUMULATIVE,
  )
}
