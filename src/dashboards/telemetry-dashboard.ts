// For whoever runs the telemetry: can the other dashboards be believed, and what does measuring cost.
import type { Dashboard } from './classic-json.ts'
import { band, dashboard } from './dashboard.ts'
import { stat, steps, timeseries } from './panels.ts'
import { increase, max, perMinute, quantile, rate, ratio, selecting, sum } from './queries.ts'
import type { Narrowing } from './variables.ts'
import { variables } from './variables.ts'

const narrowing: readonly Narrowing[] = ['cluster', 'job', 'instance']
const on = selecting(narrowing)

/** Before the first export the time stamp is 0, and its age would be half a century. */
const sinceExport = (by = '') => max(`time() - (${on('telemetryLastExport')} > 0)`, by)

const reporting = stat({
  title: 'Processes',
  description: 'Processes that report about their own telemetry.',
  unit: 'short',
  expr: `count(${on('telemetrySeries')})`,
  noValue: 'none',
  thresholds: steps('red', [1, 'green']),
})

const series = stat({
  title: 'Series',
  description: 'Sets of labels that all processes hold together. Each is kept for the life of its process.',
  unit: 'short',
  decimals: 0,
  expr: sum(on('telemetrySeries')),
  noValue: 'no processes',
})

const overflowed = stat({
  title: 'Overflowed',
  description:
    'Measurements in the time range that were counted under a catch-all series, because a label had reached its bound.',
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
    'Measurements in the time range that were refused because their number was none: a bug in what records them.',
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
    'OTLP exports in the time range that failed. Metrics catch up with the next one; spans and logs are lost.',
  unit: 'short',
  decimals: 0,
  expr: sum(increase(on('telemetryExportFailures'), '$__range')),
  instant: true,
  noValue: 'nothing is pushed',
  thresholds: steps('green', [1, 'red']),
})

const age = stat({
  title: 'Oldest Export',
  description: 'How long ago the process that is furthest behind could last export a signal.',
  unit: 's',
  expr: sinceExport(),
  noValue: 'nothing is pushed',
  thresholds: steps('green', [180, 'yellow'], [600, 'red']),
})

const seriesOverTime = timeseries({
  title: 'Series by Process',
  description: 'A line that rises for ever is a label that is not as bounded as it should be.',
  unit: 'short',
  queries: [{ expr: on('telemetrySeries'), legend: '{{job}} {{instance}}' }],
  noValue: 'no processes',
})

const lost = timeseries({
  title: 'Overflowed and Dropped',
  description: 'Measurements a minute. Totals stay exact when a label overflows; dropped ones are gone.',
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
    'Time to collect and write an answer of /metrics. It is done in slices, so that calls do not wait for all of it.',
  unit: 's',
  queries: [0.5, 0.99].map((q) => ({
    expr: quantile(q, on('telemetryScrapeDuration', '', '_bucket'), 'job'),
    legend: `{{job}} p${q * 100}`,
  })),
  noValue: 'nothing is scraped',
})

const exportFailures = timeseries({
  title: 'Failed Exports by Signal',
  description: 'OTLP exports a minute that failed, were refused or passed their deadline.',
  unit: 'cpm',
  queries: [{ expr: perMinute(on('telemetryExportFailures'), 'signal'), legend: '{{signal}}' }],
  bars: true,
  stacked: true,
  noValue: 'nothing is pushed',
})

const ages = timeseries({
  title: 'Since the Last Export',
  description: 'By signal, of the process that is furthest behind. A saw is right; a ramp is an endpoint that is gone.',
  unit: 's',
  queries: [{ expr: sinceExport('signal'), legend: '{{signal}}' }],
  noValue: 'nothing is pushed',
})

const accepted = timeseries({
  title: 'Collector: Received',
  description: 'Points, spans and log records a second that the Collector took.',
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
    'A second: refused for want of memory, and not delivered. What was not delivered is tried again from the queue.',
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
    'How full the queues are. A full one refuses: what comes then is lost, but for metrics, which come again.',
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
  description: 'Resident memory. Near its limit the Collector refuses.',
  unit: 'bytes',
  queries: [{ expr: max(on('collectorMemory'), 'instance'), legend: '{{instance}}' }],
  noValue: 'no Collector',
})

const cpu = timeseries({
  title: 'CPU',
  description: 'Cores in use, in the code of the process (user) and in the system for it.',
  unit: 'short',
  decimals: 2,
  queries: [{ expr: sum(rate(on('processCpu')), 'instance, cpu_mode'), legend: '{{instance}} {{cpu_mode}}' }],
  stacked: true,
})

const memory = timeseries({
  title: 'Memory',
  description: 'Resident memory of each process, and what of it JavaScript objects use.',
  unit: 'bytes',
  queries: [
    { expr: sum(on('processMemory'), 'instance'), legend: '{{instance}} resident' },
    { expr: sum(on('heapUsed'), 'instance'), legend: '{{instance}} heap' },
  ],
})

const delay = timeseries({
  title: 'Event Loop Delay',
  description:
    'How much later than planned a timer ran, since the look before: what every call waits for besides its work.',
  unit: 's',
  queries: [
    { expr: max(on('eventLoopDelayP99'), 'instance'), legend: '{{instance}} p99' },
    { expr: max(on('eventLoopDelayMax'), 'instance'), legend: '{{instance}} max' },
  ],
  thresholds: steps('transparent', [0.1, 'red']),
})

const gc = timeseries({
  title: 'Garbage Collection',
  description: 'Share of the time in which V8 collected garbage, by kind.',
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
    'Can the other dashboards be believed, and what does measuring cost. Choose the Collector as a job as well.',
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
