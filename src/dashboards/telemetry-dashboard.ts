// Defines the telemetry dashboard: whether the other dashboards are reliable, and what the measurement costs.
import type { Dashboard } from './classic-json.ts'
import { band, dashboard } from './dashboard.ts'
import { stat, steps, timeseries } from './panels.ts'
import { increase, max, perMinute, quantile, rate, ratio, selecting, sum } from './queries.ts'
import type { Narrowing } from './variables.ts'
import { variables } from './variables.ts'

const narrowing: readonly Narrowing[] = ['cluster', 'job', 'instance']
const on = selecting(narrowing)

/** Ignores the timestamp 0, which holds before the first export. */
const sinceExport = (by = '') => max(`time() - (${on('telemetryLastExport')} > 0)`, by)

const reporting = stat({
  title: 'Processes',
  description: 'Processes that report their own telemetry.',
  unit: 'short',
  expr: `count(${on('telemetrySeries')})`,
  noValue: 'none',
  thresholds: steps('red', [1, 'green']),
})

const series = stat({
  title: 'Series',
  description: 'Label sets that all processes hold in memory. A process keeps each until it exits.',
  unit: 'short',
  decimals: 0,
  expr: sum(on('telemetrySeries')),
  noValue: 'no processes',
})

const overflowed = stat({
  title: 'Overflowed',
  description:
    'Measurements in the time range that were recorded under the overflow series, because a metric reached its series limit.',
  unit: 'short',
  decimals: 0,
  expr: sum(increase(on('telemetryOverflowed'), '$__range')),
  instant: true,
  noValue: 'no processes',
  thresholds: steps('green', [1, 'yellow']),
})

const dropped = stat({
  title: 'Dropped',
  description:
    'Measurements in the time range that were dropped because their value was invalid. This is a bug in the code that records them.',
  unit: 'short',
  decimals: 0,
  expr: sum(increase(on('telemetryDropped'), '$__range')),
  instant: true,
  noValue: 'no processes',
  thresholds: steps('green', [1, 'red']),
})

const failures = stat({
  title: 'Failed Exports',
  description:
    'OTLP exports in the time range that failed. The next export includes the metrics; spans and logs are lost.',
  unit: 'short',
  decimals: 0,
  expr: sum(increase(on('telemetryExportFailures'), '$__range')),
  instant: true,
  noValue: 'nothing pushed',
  thresholds: steps('green', [1, 'red']),
})

const age = stat({
  title: 'Oldest Export',
  description: 'Time since the last successful export, of the process that is furthest behind.',
  unit: 's',
  expr: sinceExport(),
  noValue: 'nothing pushed',
  thresholds: steps('green', [180, 'yellow'], [600, 'red']),
})

const seriesOverTime = timeseries({
  title: 'Series by Process',
  description: 'A line that keeps rising means that a label has unbounded values.',
  unit: 'short',
  queries: [{ expr: on('telemetrySeries'), legend: '{{job}} {{instance}}' }],
  noValue: 'no processes',
})

const lost = timeseries({
  title: 'Overflowed and Dropped',
  description: 'Measurements per minute. Overflowed measurements still count in totals; dropped ones do not.',
  unit: 'cpm',
  queries: [
    { expr: perMinute(on('telemetryOverflowed'), 'job'), legend: '{{job}} overflowed' },
    { expr: perMinute(on('telemetryDropped'), 'job'), legend: '{{job}} dropped' },
  ],
  bars: true,
  noValue: 'no processes',
})

const scrapes = timeseries({
  title: 'Scrape Duration',
  description:
    'Time to collect and write a response of /metrics. The work is done in slices, so that it does not block tool calls.',
  unit: 's',
  queries: [0.5, 0.99].map((q) => ({
    expr: quantile(q, on('telemetryScrapeDuration', '', '_bucket'), 'job'),
    legend: `{{job}} p${q * 100}`,
  })),
  noValue: 'nothing scraped',
})

const exportFailures = timeseries({
  title: 'Failed Exports by Signal',
  description: 'OTLP exports per minute that failed, were rejected or timed out.',
  unit: 'cpm',
  queries: [{ expr: perMinute(on('telemetryExportFailures'), 'signal'), legend: '{{signal}}' }],
  bars: true,
  stacked: true,
  noValue: 'nothing pushed',
})

const ages = timeseries({
  title: 'Time Since Last Export',
  description:
    'By signal, of the process that is furthest behind. A sawtooth is normal; a steady rise means that the endpoint is down.',
  unit: 's',
  queries: [{ expr: sinceExport('signal'), legend: '{{signal}}' }],
  noValue: 'nothing pushed',
})

const accepted = timeseries({
  title: 'Collector: Received',
  description: 'Metric points, spans and log records per second that the Collector accepted.',
  unit: 'short',
  queries: [
    { expr: sum(rate(on('collectorAcceptedPoints'))), legend: 'metric points' },
    { expr: sum(rate(on('collectorAcceptedSpans'))), legend: 'spans' },
    { expr: sum(rate(on('collectorAcceptedLogs'))), legend: 'log records' },
  ],
  noValue: 'no Collector',
})

const refused = timeseries({
  title: 'Collector: Refused and Failed',
  description:
    'Items per second that were rejected for lack of memory, or not delivered. The queue retries items that were not delivered.',
  unit: 'short',
  queries: [
    { expr: sum(rate(on('collectorRefusedPoints'))), legend: 'points refused' },
    { expr: sum(rate(on('collectorRefusedSpans'))), legend: 'spans refused' },
    { expr: sum(rate(on('collectorRefusedLogs'))), legend: 'log records refused' },
    { expr: sum(rate(on('collectorFailedPoints')), 'exporter'), legend: 'points failed: {{exporter}}' },
    { expr: sum(rate(on('collectorFailedSpans')), 'exporter'), legend: 'spans failed: {{exporter}}' },
  ],
  noValue: 'no Collector',
})

const collectorQueue = timeseries({
  title: 'Collector: Queue',
  description:
    'Fill level of the queues. A full queue rejects new data: spans and logs are lost; the next push includes the metrics.',
  unit: 'percentunit',
  max: 1,
  queries: [
    {
      expr: ratio(
        max(on('collectorQueueSize'), 'exporter, data_type'),
        max(on('collectorQueueCapacity'), 'exporter, data_type'),
      ),
      legend: '{{exporter}} {{data_type}}',
    },
  ],
  thresholds: steps('transparent', [0.8, 'red']),
  showThresholds: true,
  noValue: 'no Collector',
})

const collectorMemory = timeseries({
  title: 'Collector: Memory',
  description: 'Resident memory. Near its limit, the Collector rejects data.',
  unit: 'bytes',
  queries: [{ expr: max(on('collectorMemory'), 'instance'), legend: '{{instance}}' }],
  noValue: 'no Collector',
})

const cpu = timeseries({
  title: 'CPU',
  description: 'Cores in use, by CPU mode: user for the code of the process, system for the kernel.',
  unit: 'short',
  decimals: 2,
  queries: [{ expr: sum(rate(on('processCpu')), 'instance, cpu_mode'), legend: '{{instance}} {{cpu_mode}}' }],
  stacked: true,
})

const memory = timeseries({
  title: 'Memory',
  description: 'Resident memory of each process, and the part that JavaScript objects use.',
  unit: 'bytes',
  queries: [
    { expr: sum(on('processMemory'), 'instance'), legend: '{{instance}} resident' },
    { expr: sum(on('heapUsed'), 'instance'), legend: '{{instance}} heap' },
  ],
})

const delay = timeseries({
  title: 'Event Loop Delay',
  description:
    'How late timers ran since the previous measurement. Every call waits this long in addition to its own work.',
  unit: 's',
  queries: [
    { expr: max(on('eventLoopDelayP99'), 'instance'), legend: '{{instance}} p99' },
    { expr: max(on('eventLoopDelayMax'), 'instance'), legend: '{{instance}} max' },
  ],
  thresholds: steps('transparent', [0.1, 'red']),
})

const gc = timeseries({
  title: 'Garbage Collection',
  description: 'Share of time that V8 spends on garbage collection, by kind.',
  unit: 'percentunit',
  queries: [
    {
      expr: sum(rate(on('gcDuration', '', '_sum')), 'instance, v8js_gc_type'),
      legend: '{{instance}} {{v8js_gc_type}}',
    },
  ],
  stacked: true,
})

export const telemetryDashboard: Dashboard = dashboard({
  uid: 'mcp-telemetry',
  description:
    'Shows whether the other dashboards are reliable, and what the measurement costs. Select the Collector as a job, too.',
  refresh: '30s',
  from: 'now-3h',
  narrowing,
  variables: variables(narrowing, { cluster: ['telemetrySeries'], job: ['telemetrySeries', 'collectorUptime'] }),
  sections: [
    {
      bands: [
        band(4, [reporting, 4], [series, 4], [overflowed, 4], [dropped, 4], [failures, 4], [age, 4]),
        band(8, [seriesOverTime, 12], [lost, 12]),
      ],
    },
    { title: 'Routes', bands: [band(8, [scrapes, 8], [exportFailures, 8], [ages, 8])] },
    {
      title: 'Collector',
      bands: [band(8, [accepted, 6], [refused, 6], [collectorQueue, 6], [collectorMemory, 6])],
    },
    { title: 'Process and runtime', bands: [band(8, [cpu, 6], [memory, 6], [delay, 6], [gc, 6])] },
  ],
})
