// The telemetry itself.
import type { MetricDefinition } from './metric-definition.ts'

export const TELEMETRY_METRICS = {
  telemetrySeries: {
    name: 'mcp.telemetry.series',
    kind: 'gauge',
    unit: '{series}',
    integer: true,
    description: 'Attribute sets held in memory, over all instruments.',
    attributes: [],
    stability: 'stable',
  },
  telemetryOverflowed: {
    name: 'mcp.telemetry.measurements.overflowed',
    kind: 'counter',
    unit: '{measurement}',
    integer: true,
    description: 'Measurements recorded under a catch-all series because a bound was reached.',
    attributes: [],
    stability: 'stable',
  },
  telemetryDropped: {
    name: 'mcp.telemetry.measurements.dropped',
    kind: 'counter',
    unit: '{measurement}',
    integer: true,
    description: 'Measurements refused because their value was invalid (NaN, infinite, or negative on a counter).',
    attributes: [],
    stability: 'stable',
  },
  telemetryScrapeDuration: {
    name: 'mcp.telemetry.scrape.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Time to collect the metrics and write a response of /metrics.',
    attributes: [],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    stability: 'stable',
  },
  telemetryExportFailures: {
    name: 'mcp.telemetry.export.failures',
    kind: 'counter',
    unit: '{export}',
    integer: true,
    description: 'OTLP exports that failed, were refused, or passed their deadline.',
    attributes: ['signal'],
    stability: 'stable',
  },
  telemetryLastExport: {
    name: 'mcp.telemetry.export.last_success.timestamp',
    kind: 'gauge',
    unit: 's',
    description: 'Unix time of the last successful OTLP export; 0 before the first.',
    attributes: ['signal'],
    stability: 'stable',
  },
} as const satisfies Record<string, MetricDefinition>
