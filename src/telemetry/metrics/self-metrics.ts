// The telemetry's own metrics: what it holds, what it refused, how long scrapes take, how exports go. They are made from the
// catalog like any other, so that they are the instruments that the instrumentation counts its refusals on too.

import type { MetricDefinition } from '@mcp-vitals/instrumentation'
import { METRICS } from '@mcp-vitals/instrumentation'
import type { Meter, MetricOptions } from '@opentelemetry/api'
import { ValueType } from '@opentelemetry/api'
import type { Signal } from '../configuration/environment.ts'

export interface SelfMetrics {
  dropped(): void
  overflowed(): void
  /** Seconds that an answer of /metrics took. */
  scraped(seconds: number): void
  exported(signal: Signal): void
  exportFailed(signal: Signal): void
}

/**
 * @param signals The signals that are exported: their counters start at 0.
 * @param seriesCount Read at each collection.
 */
export function createSelfMetrics(meter: Meter, signals: readonly Signal[], seriesCount: () => number): SelfMetrics {
  const dropped = meter.createCounter(METRICS.telemetryDropped.name, optionsOf(METRICS.telemetryDropped))
  const overflowed = meter.createCounter(METRICS.telemetryOverflowed.name, optionsOf(METRICS.telemetryOverflowed))
  const scrapes = meter.createHistogram(
    METRICS.telemetryScrapeDuration.name,
    optionsOf(METRICS.telemetryScrapeDuration),
  )
  const failures = meter.createCounter(METRICS.telemetryExportFailures.name, optionsOf(METRICS.telemetryExportFailures))
  const lastExport = meter.createGauge(METRICS.telemetryLastExport.name, optionsOf(METRICS.telemetryLastExport))
  meter
    .createObservableGauge(METRICS.telemetrySeries.name, optionsOf(METRICS.telemetrySeries))
    .addCallback((result) => result.observe(seriesCount()))
  dropped.add(0)
  overflowed.add(0)
  for (const signal of signals) {
    failures.add(0, { signal })
    lastExport.record(0, { signal })
  }
  return {
    dropped: () => dropped.add(1),
    overflowed: () => overflowed.add(1),
    scraped: (seconds) => scrapes.record(seconds),
    exported: (signal) => lastExport.record(Math.round(Date.now() / 1000), { signal }),
    exportFailed: (signal) => failures.add(1, { signal }),
  }
}

function optionsOf({ description, unit, integer, buckets }: MetricDefinition): MetricOptions {
  return {
    description,
    unit,
    valueType: integer === true ? ValueType.INT : ValueType.DOUBLE,
    ...(buckets && { advice: { explicitBucketBoundaries: [...buckets] } }),
  }
}
