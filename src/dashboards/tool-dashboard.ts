// Defines the tool dashboard for tool authors: duration, errors, sizes, memory and waiting time of one tool.
import type { Dashboard } from './classic-json.ts'
import { band, dashboard } from './dashboard.ts'
import { bargauge, heatmap, stat, statusColors, steps, timeseries } from './panels.ts'
import {
  CALLER_FAULTS,
  ENDED,
  heat,
  increase,
  madeBy,
  outcomeIs,
  quantile,
  quantileOf,
  rate,
  ratio,
  SERVER_FAULTS,
  selecting,
  sum,
} from './queries.ts'
import type { Narrowing } from './variables.ts'
import { variables } from './variables.ts'

const narrowing: readonly Narrowing[] = ['cluster', 'job', 'instance', 'tool']
const on = selecting(narrowing)
const latency = steps('green', [1, 'yellow'], [5, 'red'])
/** Tool call spans as the Collector counts them. Not narrowed by job and instance, which differ for scraped servers. */
const spans = selecting(['cluster', 'tool'])(
  'spanDuration',
  'mcp_method_name="tools/call", span_kind="SPAN_KIND_SERVER"',
  '_bucket',
)

const calls = stat({
  title: 'Calls',
  description: 'Calls that ended in the time range, with any outcome.',
  unit: 'short',
  decimals: 0,
  expr: sum(increase(on('toolCalls'), '$__range')),
  instant: true,
  noValue: 'no calls',
})

const success = stat({
  title: 'Success',
  description: 'Share of successful calls among the calls that ended in success or error in the time range.',
  unit: 'percentunit',
  decimals: 2,
  expr: ratio(
    sum(increase(on('toolCalls', outcomeIs('status', 'success')), '$__range')),
    sum(increase(on('toolCalls', ENDED), '$__range')),
  ),
  instant: true,
  noValue: 'no calls',
  thresholds: steps('red', [0.95, 'yellow'], [0.99, 'green']),
})

const quantileStat = (q: number, title: string) =>
  stat({
    title,
    description: `${q * 100} % of the calls in the time range were faster.`,
    unit: 's',
    expr: `histogram_quantile(${q}, ${sum(increase(on('toolDuration', '', '_bucket'), '$__range'), 'le')})`,
    instant: true,
    noValue: 'no calls',
    thresholds: latency,
  })

const now = stat({
  title: 'Active',
  description: 'Calls in progress, including waiting calls.',
  unit: 'short',
  expr: sum(on('activeRequests')),
  thresholds: steps('green', [25, 'yellow'], [50, 'red']),
})

const durations = heatmap({
  title: 'Duration',
  description:
    'Distribution of durations. Two bands show two kinds of call, such as cached and uncached. Each point is a single call and links to its trace.',
  unit: 's',
  expr: heat(on('toolDuration', '', '_bucket')),
  exemplar: true,
  noValue: 'no calls',
})

const percentiles = timeseries({
  title: 'Duration by Percentile',
  description:
    '50 %, 95 % and 99 % of the calls were faster. Wide gaps between the lines mean that a few calls are slow.',
  unit: 's',
  queries: [0.5, 0.95, 0.99].map((q) => ({
    expr: quantile(q, on('toolDuration', '', '_bucket')),
    legend: `p${q * 100}`,
    exemplar: q === 0.99,
  })),
  noValue: 'no calls',
})

const traced = timeseries({
  title: 'Duration by Spans (p95)',
  description:
    'The same duration, which the Collector derives from spans. For servers that push, these points link to traces. Empty if no traces go through a Collector.',
  unit: 's',
  queries: [
    {
      expr: quantileOf(0.95, madeBy(rate(spans), selecting(['cluster', 'job', 'instance'])), 'gen_ai_tool_name'),
      legend: '{{gen_ai_tool_name}} p95',
      exemplar: true,
    },
  ],
  noValue: 'no spans from a Collector',
})

const outcomes = timeseries({
  title: 'Outcomes',
  description: 'Calls per second by outcome. Clients often cancel calls because they take too long.',
  unit: 'reqps',
  queries: [{ expr: sum(rate(on('toolCalls')), 'status'), legend: '{{status}}' }],
  stacked: true,
  noValue: 'no calls',
  overrides: statusColors,
})

const errors = timeseries({
  title: 'Errors by Cause',
  description: 'Failed calls per second, by cause.',
  unit: 'cps',
  queries: [{ expr: `${sum(rate(on('toolErrors')), 'error_type')} > 0`, legend: '{{error_type}}' }],
  stacked: true,
  bars: true,
  noValue: 'no errors',
})

const sides = timeseries({
  title: 'Server and Caller Faults',
  description:
    "Failed calls per second, by who caused them. Callers cause errors with invalid arguments; if there are many, improve the tool's description.",
  unit: 'cps',
  queries: [
    { expr: sum(rate(on('toolErrors', SERVER_FAULTS))), legend: 'server' },
    { expr: sum(rate(on('toolErrors', CALLER_FAULTS))), legend: 'caller' },
  ],
  stacked: true,
  bars: true,
  noValue: 'no errors',
})

const failedOperations = (matcher: string) =>
  sum(
    increase(on('serverOperationDuration', `mcp_method_name="tools/call", ${matcher}`, '_count'), '$__range'),
    'error_type, rpc_status_code',
  )

const protocol = bargauge({
  title: 'Protocol Errors',
  description:
    'Calls in the time range by error.type and reply code, as the OpenTelemetry conventions for MCP define them. A caller error has a code but no error.type; an error result has no code.',
  unit: 'short',
  decimals: 0,
  expr: `(${failedOperations('error_type!=""')} or ${failedOperations('rpc_status_code!=""')}) > 0`,
  legend: '{{error_type}} {{rpc_status_code}}',
  noValue: 'no errors',
})

const sizes = (title: string, description: string, metric: 'requestSize' | 'responseSize') =>
  timeseries({
    title,
    description,
    unit: 'bytes',
    queries: [
      { expr: quantile(0.5, on(metric, '', '_bucket')), legend: 'p50' },
      { expr: quantile(0.95, on(metric, '', '_bucket')), legend: 'p95' },
      {
        expr: ratio(sum(rate(on(metric, '', '_sum'))), sum(rate(on(metric, '', '_count')))),
        legend: 'mean',
      },
    ],
    noValue: 'no calls',
  })

const requestSize = sizes('Argument Size', 'UTF-8 bytes of the arguments as JSON.', 'requestSize')
const responseSize = sizes(
  'Result Size',
  'UTF-8 bytes of the results as JSON. The model reads and pays for all of them.',
  'responseSize',
)

const memory = timeseries({
  title: 'Heap Growth',
  description: 'Heap growth per call. Measured only for calls that ran alone, and only if the server enables it.',
  unit: 'bytes',
  queries: [
    { expr: quantile(0.5, on('toolMemory', '', '_bucket')), legend: 'p50' },
    { expr: quantile(0.95, on('toolMemory', '', '_bucket')), legend: 'p95' },
  ],
  noValue: 'not measured',
})

const waiting = timeseries({
  title: 'Waiting Calls',
  description: "Calls that wait because the server's concurrency limit is reached.",
  unit: 'short',
  queries: [{ expr: sum(on('queueDepth'), 'tool_name'), legend: '{{tool_name}}' }],
  stacked: true,
  noValue: 'no limit',
})

const wait = heatmap({
  title: 'Queue Wait',
  description:
    'How long calls waited before they ran. Values above the lowest row mean that the limit is too low or a tool is stuck.',
  unit: 's',
  expr: heat(on('queueWait', '', '_bucket')),
  noValue: 'no limit',
})

export const toolDashboard: Dashboard = dashboard({
  uid: 'mcp-tool',
  description: 'For tool authors: duration, errors, sizes and waiting time. Select one tool above.',
  refresh: '30s',
  from: 'now-1h',
  narrowing,
  variables: variables(narrowing, { job: ['toolCalls'] }),
  sections: [
    {
      bands: [
        band(
          4,
          [calls, 4],
          [success, 4],
          [quantileStat(0.5, 'p50'), 4],
          [quantileStat(0.95, 'p95'), 4],
          [quantileStat(0.99, 'p99'), 4],
          [now, 4],
        ),
      ],
    },
    { title: 'Latency', bands: [band(9, [durations, 24]), band(8, [percentiles, 12], [traced, 12])] },
    { title: 'Errors', bands: [band(8, [outcomes, 12], [errors, 12]), band(8, [sides, 12], [protocol, 12])] },
    { title: 'Size and memory', bands: [band(8, [requestSize, 8], [responseSize, 8], [memory, 8])] },
    { title: 'Queue', bands: [band(8, [waiting, 12], [wait, 12])] },
  ],
})
