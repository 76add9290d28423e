// Every series that a rule or a runbook may ask for: those of the catalog, and of others, each with who writes it.

import type { MetricDefinition } from '../../../src/index.ts'
import { METRICS, seriesName } from '../../../src/index.ts'
import { ATTRIBUTES } from '../../../src/instrumentation/catalog/attributes.ts'
import { labelName } from '../../../src/instrumentation/catalog/series.ts'

const RUNTIME: Readonly<Record<string, readonly string[]>> = {
  process_cpu_time_seconds_total: ['cpu_mode'],
  process_memory_usage_bytes: [],
  nodejs_eventloop_time_seconds_total: ['nodejs_eventloop_state'],
  nodejs_eventloop_utilization_ratio: [],
  nodejs_eventloop_delay_p99_seconds: [],
  nodejs_eventloop_delay_max_seconds: [],
  v8js_gc_duration_seconds_sum: ['v8js_gc_type'],
  v8js_memory_heap_used_bytes: ['v8js_heap_space_name'],
}

const COLLECTOR: Readonly<Record<string, readonly string[]>> = {
  otelcol_process_uptime_seconds_total: [],
  otelcol_process_memory_rss_bytes: [],
  otelcol_receiver_accepted_metric_points_total: ['receiver', 'transport'],
  otelcol_receiver_refused_metric_points_total: ['receiver', 'transport'],
  otelcol_receiver_refused_spans_total: ['receiver', 'transport'],
  otelcol_receiver_refused_log_records_total: ['receiver', 'transport'],
  otelcol_exporter_queue_size: ['exporter', 'data_type'],
  otelcol_exporter_queue_capacity: ['exporter', 'data_type'],
  otelcol_exporter_sent_metric_points_total: ['exporter'],
  otelcol_exporter_sent_spans_total: ['exporter'],
  otelcol_exporter_sent_log_records_total: ['exporter'],
  otelcol_exporter_send_failed_metric_points_total: ['exporter'],
  otelcol_exporter_send_failed_spans_total: ['exporter'],
  otelcol_exporter_send_failed_log_records_total: ['exporter'],
}

const PROMETHEUS: Readonly<Record<string, readonly string[]>> = {
  up: [],
  target_info: ['mcp_vitals_attach'],
  ALERTS: ['alertname', 'alertstate', 'severity'],
  prometheus_notifications_errors_total: ['alertmanager'],
  prometheus_notifications_alertmanagers_discovered: [],
}

/** Series name → the labels it may have besides job and instance. */
export const KNOWN_SERIES: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ...Object.entries({ ...RUNTIME, ...COLLECTOR, ...PROMETHEUS }),
  ...Object.values<MetricDefinition>(METRICS).flatMap(seriesOf),
])

function seriesOf({ name, unit, kind, attributes }: MetricDefinition): [string, readonly string[]][] {
  const series = seriesName(name, unit, kind)
  const labels = attributes.map((attribute) => labelName(ATTRIBUTES[attribute].key))
  if (kind !== 'histogram') return [[series, labels]]
  return [
    [`${series}_bucket`, [...labels, 'le']],
    [`${series}_sum`, labels],
    [`${series}_count`, labels],
  ]
}
