// Defines the server dashboard for on-call engineers: availability, errors, latency and saturation, by tool.

import { FIRING } from './annotations.ts'
import type { Dashboard } from './classic-json.ts'
import { band, dashboard } from './dashboard.ts'
import { drillDown } from './links.ts'
import { bargauge, piechart, stat, statusColors, steps, timeseries } from './panels.ts'
import { ended, faults as faultsOf, increase, max, quantile, rate, ratio, selecting, sum } from './queries.ts'
import { table } from './table.ts'
import type { Narrowing } from './variables.ts'
import { variables } from './variables.ts'

const narrowing: readonly Narrowing[] = ['cluster', 'job', 'instance', 'tool']
const on = selecting(narrowing)
const toTool = drillDown('mcp-tool', 'tool', { label: 'tool_name' })
const inRange = (selector: string) => increase(selector, '$__range')
const latency = steps('green', [1, 'yellow'], [5, 'red'])
const faults = steps('green', [0.01, 'yellow'], [0.05, 'red'])

const servers = stat({
  title: 'Servers',
  description: 'Processes that report. If there are fewer than you expect, some are down or unreachable.',
  unit: 'short',
  expr: `count(${on('serverInfo')})`,
  noValue: 'none',
  thresholds: steps('red', [1, 'green']),
})

const activeRequests = stat({
  title: 'Active Requests',
  description:
    'Tool calls in progress, including waiting calls. The number grows when calls arrive faster than they end.',
  unit: 'short',
  expr: sum(on('activeRequests')),
  noValue: 'no servers',
  thresholds: steps('green', [25, 'yellow'], [50, 'red']),
})

const errorRate = stat({
  title: 'Error Rate',
  description:
    'Failed tool calls per second, including caller errors. HighErrorRate fires above 0.1 for a tool, without caller errors.',
  unit: 'cps',
  decimals: 2,
  expr: sum(rate(on('toolErrors'))),
  noValue: 'no servers',
  thresholds: steps('green', [0.1, 'yellow'], [1, 'red']),
})

const faultRatio = stat({
  title: 'Server Faults',
  description:
    'Share of ended calls that failed because of the server. These failures use the error budget. Unknown tools and invalid arguments are caller errors and do not count.',
  unit: 'percentunit',
  decimals: 2,
  expr: ratio(sum(faultsOf(on, rate)), sum(ended(on, rate))),
  noValue: 'no calls',
  thresholds: faults,
})

const slowest = stat({
  title: 'Duration (p95)',
  description: '95 % of the calls were faster, over all tools.',
  unit: 's',
  expr: quantile(0.95, on('toolDuration', '', '_bucket')),
  noValue: 'no calls',
  thresholds: latency,
})

const firing = stat({
  title: 'Firing Alerts',
  description: 'Alerts about these jobs, and alerts without a job. Red marks on the graphs show when each fired.',
  unit: 'short',
  expr: `count(${FIRING}) or vector(0)`,
  thresholds: steps('green', [1, 'red']),
})

const callRate = timeseries({
  title: 'Tool Call Rate',
  description: 'Tool calls per second, by tool and outcome. Click a line to open the dashboard of the tool.',
  unit: 'reqps',
  queries: [{ expr: sum(rate(on('toolCalls')), 'tool_name, status'), legend: '{{tool_name}} - {{status}}' }],
  noValue: 'no calls',
  links: [toTool],
  overrides: statusColors.filter(({ matcher }) => matcher.options.includes('error')),
})

const duration = timeseries({
  title: 'Tool Duration (p95)',
  description:
    'Time from the arrival of a call to its reply; 95 % were faster. Each point is a single call and links to its trace.',
  unit: 's',
  queries: [
    {
      expr: quantile(0.95, on('toolDuration', '', '_bucket'), 'tool_name'),
      legend: '{{tool_name}} p95',
      exemplar: true,
    },
  ],
  noValue: 'no calls',
  thresholds: steps('transparent', [5, 'red']),
  showThresholds: true,
  links: [toTool],
})

const byTool = piechart({
  title: 'Tool Calls by Tool',
  description: 'Calls of each tool in the time range. _OTHER stands for unknown tools that clients invented.',
  unit: 'short',
  decimals: 0,
  expr: sum(increase(on('toolCalls'), '$__range'), 'tool_name'),
  legend: '{{tool_name}}',
  noValue: 'no calls',
  links: [toTool],
})

const causes = bargauge({
  title: 'Errors by Cause',
  description: 'Failed calls in the time range, by cause.',
  unit: 'short',
  decimals: 0,
  expr: `${sum(increase(on('toolErrors'), '$__range'), 'error_type')} > 0`,
  legend: '{{error_type}}',
  noValue: 'no errors',
})

const tools = table({
  title: 'Tools',
  description: 'Each tool in the time range. Click a name to open the dashboard of the tool.',
  labels: [{ label: 'tool_name', title: 'Tool', link: drillDown('mcp-tool', 'tool', 'cell') }],
  columns: [
    { title: 'Calls', expr: sum(increase(on('toolCalls'), '$__range'), 'tool_name'), decimals: 0 },
    {
      title: 'Server faults',
      expr: ratio(sum(faultsOf(on, inRange), 'tool_name'), sum(ended(on, inRange), 'tool_name')),
      unit: 'percentunit',
      decimals: 2,
      thresholds: faults,
    },
    {
      title: 'p50',
      expr: `histogram_quantile(0.5, ${sum(increase(on('toolDuration', '', '_bucket'), '$__range'), 'tool_name, le')})`,
      unit: 's',
    },
    {
      title: 'p95',
      expr: `histogram_quantile(0.95, ${sum(increase(on('toolDuration', '', '_bucket'), '$__range'), 'tool_name, le')})`,
      unit: 's',
      thresholds: latency,
    },
    { title: 'Active', expr: sum(on('activeRequests'), 'tool_name'), decimals: 0 },
  ],
  sortBy: 'Calls',
})

const active = timeseries({
  title: 'Active Requests by Tool',
  description: 'Tool calls in progress. A line that rises and does not fall means that the tool hangs.',
  unit: 'short',
  queries: [{ expr: sum(on('activeRequests'), 'tool_name'), legend: '{{tool_name}}' }],
  stacked: true,
  links: [toTool],
})

const queue = timeseries({
  title: 'Waiting Calls',
  description: "Calls that wait because the server's concurrency limit is reached.",
  unit: 'short',
  queries: [{ expr: sum(on('queueDepth'), 'tool_name'), legend: '{{tool_name}}' }],
  stacked: true,
  noValue: 'no waiting calls',
  links: [toTool],
})

const wait = timeseries({
  title: 'Queue Wait (p95)',
  description:
    '95 % of the calls waited less than this for the concurrency limit. If it is more than some milliseconds, raise the limit or add a replica.',
  unit: 's',
  queries: [{ expr: quantile(0.95, on('queueWait', '', '_bucket'), 'tool_name'), legend: '{{tool_name}}' }],
  noValue: 'no limit',
  links: [toTool],
})

const tasks = timeseries({
  title: 'Tasks by End',
  description:
    'Tasks that ended, a second, by tool and how. Failed ones count as faults of the server; expired ones had no end within their time to live.',
  unit: 'cps',
  queries: [{ expr: sum(rate(on('tasks')), 'tool_name, status'), legend: '{{tool_name}} - {{status}}' }],
  noValue: 'no tasks',
  links: [toTool],
  overrides: statusColors.filter(({ matcher }) => matcher.options.includes('failed')),
})

const activeTasks = timeseries({
  title: 'Active Tasks',
  description: 'Tasks that were created and have not ended. MCPTasksStuck fires where they stay and none ends for 6 h.',
  unit: 'short',
  queries: [{ expr: sum(on('activeTasks'), 'tool_name'), legend: '{{tool_name}}' }],
  stacked: true,
  noValue: 'no tasks',
  links: [toTool],
})

const taskDuration = timeseries({
  title: 'Task Duration (p95)',
  description: 'From the answer that creates a task to the first message that tells its end.',
  unit: 's',
  queries: [{ expr: quantile(0.95, on('taskDuration', '', '_bucket'), 'tool_name'), legend: '{{tool_name}}' }],
  noValue: 'no tasks',
  links: [toTool],
})

const eventLoop = timeseries({
  title: 'Event Loop',
  description: 'Share of time that the event loop is busy. Near 100 %, all calls wait, even short ones.',
  unit: 'percentunit',
  max: 1,
  queries: [{ expr: max(on('eventLoopUtilization'), 'job, instance'), legend: '{{instance}}' }],
  thresholds: steps('transparent', [0.9, 'red']),
  showThresholds: true,
})

const operations = table({
  title: 'Kubernetes Operations',
  description: 'Requests to the Kubernetes API in the time range, by verb, resource and status.',
  labels: [
    { label: 'operation', title: 'Operation' },
    { label: 'resource', title: 'Resource' },
    { label: 'status', title: 'Status' },
  ],
  columns: [
    {
      title: 'Operations',
      expr: sum(increase(on('kubernetesOperations'), '$__range'), 'operation, resource, status'),
      decimals: 0,
      bars: true,
    },
  ],
  sortBy: 'Operations',
  noValue: 'no operations',
})

const versions = table({
  title: 'Running Servers',
  description: 'Every process that reports, with its version.',
  labels: [
    { label: 'instance', title: 'Instance' },
    { label: 'job', title: 'Job' },
    { label: 'server_name', title: 'Server' },
    { label: 'version', title: 'Version' },
    { label: 'node_version', title: 'Node' },
  ],
  columns: [
    { title: 'Up', expr: sum(on('serverInfo'), 'instance, job, server_name, version, node_version'), decimals: 0 },
  ],
  sortBy: 'Instance',
})

const protocols = table({
  title: 'Protocol',
  description: 'Revisions of MCP that each server has spoken since it started, and the SDK that it is written with.',
  labels: [
    { label: 'server_name', title: 'Server' },
    { label: 'protocol_version', title: 'Revision' },
    { label: 'sdk', title: 'SDK' },
  ],
  columns: [
    { title: 'Processes', expr: sum(on('serverProtocolInfo'), 'server_name, protocol_version, sdk'), decimals: 0 },
  ],
  sortBy: 'Processes',
  noValue: 'no calls',
})

export const serverDashboard: Dashboard = dashboard({
  uid: 'mcp-server',
  description: 'For on-call engineers: availability, errors, latency and saturation, by tool.',
  tags: ['kubernetes'],
  refresh: '10s',
  from: 'now-1h',
  narrowing,
  variables: variables(narrowing, { job: ['serverInfo'], tool: ['toolCalls'] }),
  sections: [
    {
      bands: [
        band(4, [servers, 4], [activeRequests, 4], [errorRate, 4], [faultRatio, 4], [slowest, 4], [firing, 4]),
        band(8, [callRate, 12], [byTool, 12]),
        band(8, [duration, 12], [causes, 12]),
        band(8, [tools, 24]),
      ],
    },
    { title: 'Saturation', bands: [band(8, [active, 6], [queue, 6], [wait, 6], [eventLoop, 6])] },
    { title: 'Tasks', bands: [band(8, [tasks, 8], [activeTasks, 8], [taskDuration, 8])] },
    { title: 'Kubernetes and versions', bands: [band(8, [operations, 8], [versions, 8], [protocols, 8])] },
  ],
})
