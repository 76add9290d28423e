// Lists every metric that a panel can query, with its series name and labels, so that no panel spells a series name.
import { ATTRIBUTES } from '../instrumentation/catalog/attributes.ts'
import type { MetricDefinition } from '../instrumentation/catalog/metric-definition.ts'
import type { MetricName } from '../instrumentation/catalog/metrics.ts'
import { METRICS } from '../instrumentation/catalog/metrics.ts'
import { labelName, seriesName } from '../instrumentation/catalog/series.ts'

interface KnownMetric {
  readonly series: string
  readonly histogram: boolean
  readonly labels: readonly string[]
}

/** Recorded by OpenTelemetry's process and runtime packages, under the names of the conventions. */
const RUNTIME = {
  processCpu: { series: 'process_cpu_time_seconds_total', labels: ['cpu_mode'] },
  processMemory: { series: 'process_memory_usage_bytes', labels: [] },
  eventLoopUtilization: { series: 'nodejs_eventloop_utilization_ratio', labels: [] },
  eventLoopDelayP99: { series: 'nodejs_eventloop_delay_p99_seconds', labels: [] },
  eventLoopDelayMax: { series: 'nodejs_eventloop_delay_max_seconds', labels: [] },
  gcDuration: { series: 'v8js_gc_duration_seconds', histogram: true, labels: ['v8js_gc_type'] },
  heapUsed: { series: 'v8js_memory_heap_used_bytes', labels: ['v8js_heap_space_name'] },
} as const

/** Written by exporters for the resource of the metrics. */
const RESOURCE = { targetInfo: { series: 'target_info', labels: ['service_name', 'service_instance_id'] } } as const

/** Written by the Collector about itself and about the spans that it receives; otel/gateway.yaml sets their names. */
const COLLECTOR = {
  spanDuration: {
    series: 'traces_span_metrics_duration_seconds',
    histogram: true,
    labels: ['span_name', 'span_kind', 'status_code', 'mcp_method_name', 'gen_ai_tool_name', 'error_type'],
  },
  collectorUptime: { series: 'otelcol_process_uptime_seconds_total', labels: [] },
  collectorMemory: { series: 'otelcol_process_memory_rss_bytes', labels: [] },
  collectorAcceptedPoints: {
    series: 'otelcol_receiver_accepted_metric_points_total',
    labels: ['receiver', 'transport'],
  },
  collectorAcceptedSpans: { series: 'otelcol_receiver_accepted_spans_total', labels: ['receiver', 'transport'] },
  collectorAcceptedLogs: { series: 'otelcol_receiver_accepted_log_records_total', labels: ['receiver', 'transport'] },
  collectorRefusedPoints: { series: 'otelcol_receiver_refused_metric_points_total', labels: ['receiver', 'transport'] },
  collectorRefusedSpans: { series: 'otelcol_receiver_refused_spans_total', labels: ['receiver', 'transport'] },
  collectorRefusedLogs: { series: 'otelcol_receiver_refused_log_records_total', labels: ['receiver', 'transport'] },
  collectorFailedPoints: { series: 'otelcol_exporter_send_failed_metric_points_total', labels: ['exporter'] },
  collectorFailedSpans: { series: 'otelcol_exporter_send_failed_spans_total', labels: ['exporter'] },
  collectorQueueSize: { series: 'otelcol_exporter_queue_size', labels: ['exporter', 'data_type'] },
  collectorQueueCapacity: { series: 'otelcol_exporter_queue_capacity', labels: ['exporter', 'data_type'] },
} as const

/** Written by Prometheus when it evaluates rules. */
const PROMETHEUS = { alerts: { series: 'ALERTS', labels: ['alertname', 'alertstate', 'severity'] } } as const

const OTHERS = { ...RUNTIME, ...RESOURCE, ...COLLECTOR, ...PROMETHEUS }

export type KnownName = MetricName | keyof typeof OTHERS

export const KNOWN: Readonly<Record<KnownName, KnownMetric>> = {
  ...mapped(
    OTHERS,
    ({ series, labels, ...rest }: { series: string; labels: readonly string[]; histogram?: boolean }) => ({
      series,
      labels,
      histogram: rest.histogram ?? false,
    }),
  ),
  ...mapped(METRICS, ({ name, unit, kind, attributes }: MetricDefinition) => ({
    series: seriesName(name, unit, kind),
    histogram: kind === 'histogram',
    labels: attributes.map((attribute) => labelName(ATTRIBUTES[attribute].key)),
  })),
}

function mapped<K extends string, V>(table: Readonly<Record<K, V>>, known: (entry: V) => KnownMetric) {
  return Object.fromEntries(Object.entries<V>(table).map(([name, entry]) => [name, known(entry)])) as Record<
    K,
    KnownMetric
  >
}
