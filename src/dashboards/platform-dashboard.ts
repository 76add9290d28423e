// Defines the platform dashboard for platform owners: service levels, error budgets, clients and capacity.
import type { Dashboard } from './classic-json.ts'
import { contextCost } from './context-cost.ts'
import { band, dashboard } from './dashboard.ts'
import { bargauge, steps, timeseries } from './panels.ts'
import { increase, quantile, rate, selecting, sum } from './queries.ts'
import { serviceLevels, serviceLevelVariables } from './service-levels.ts'
import { table } from './table.ts'
import type { Narrowing } from './variables.ts'
import { variables } from './variables.ts'

const narrowing: readonly Narrowing[] = ['cluster', 'job', 'instance']
const on = selecting(narrowing)

const clients = timeseries({
  title: 'Requests by Client',
  description:
    'Requests per second by client program. _OTHER stands for clients that are not on the list of known clients.',
  unit: 'reqps',
  queries: [{ expr: sum(rate(on('clientRequests')), 'client_name'), legend: '{{client_name}}' }],
  stacked: true,
  noValue: 'no requests',
})

const revisions = bargauge({
  title: 'Protocol Revisions',
  description: 'Requests in the time range by MCP revision. It shows which revisions you can drop.',
  unit: 'short',
  decimals: 0,
  expr: sum(increase(on('clientRequests'), '$__range'), 'protocol_version'),
  legend: '{{protocol_version}}',
  noValue: 'no requests',
})

const methods = timeseries({
  title: 'Operations by Method',
  description: 'All MCP requests and notifications per second, not only tool calls.',
  unit: 'reqps',
  queries: [
    { expr: sum(rate(on('serverOperationDuration', '', '_count')), 'mcp_method_name'), legend: '{{mcp_method_name}}' },
  ],
  stacked: true,
  noValue: 'no operations',
})

const methodDuration = timeseries({
  title: 'Operation Duration (p95)',
  description: '95 % of the operations were faster, by method, measured in the server.',
  unit: 's',
  queries: [
    {
      expr: quantile(0.95, on('serverOperationDuration', '', '_bucket'), 'mcp_method_name'),
      legend: '{{mcp_method_name}}',
      exemplar: true,
    },
  ],
  noValue: 'no operations',
})

const http = timeseries({
  title: 'HTTP Responses',
  description:
    'Responses per second by status. 401 and 403: missing or wrong token; 429: rate limit reached. These requests never become MCP messages, so no other panel shows them.',
  unit: 'reqps',
  queries: [
    {
      expr: sum(rate(on('httpServerRequestDuration', '', '_count')), 'http_response_status_code'),
      legend: '{{http_response_status_code}}',
    },
  ],
  stacked: true,
  noValue: 'no HTTP',
  overrides: [
    {
      matcher: { id: 'byRegexp', options: '/^5/' },
      properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: 'red' } }],
    },
    {
      matcher: { id: 'byRegexp', options: '/^4/' },
      properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: 'orange' } }],
    },
  ],
})

const sessions = timeseries({
  title: 'Sessions',
  description: 'Duration of ended sessions: 50 % and 95 % of them were shorter.',
  unit: 's',
  queries: [0.5, 0.95].map((q) => ({
    expr: quantile(q, on('serverSessionDuration', '', '_bucket')),
    legend: `p${q * 100}`,
  })),
  noValue: 'no session ended',
})

const connections = timeseries({
  title: 'Connections and Subscriptions',
  description:
    'Open sockets by transport, open sessions, and open subscription streams. Each stream occupies one socket.',
  unit: 'short',
  queries: [
    { expr: sum(on('openConnections'), 'transport'), legend: '{{transport}} connections' },
    { expr: sum(on('activeSessions')), legend: 'sessions' },
    { expr: sum(on('activeSubscriptions')), legend: 'subscriptions' },
  ],
  noValue: 'none',
})

const outgoing = table({
  title: 'Called Servers',
  description: 'MCP servers that these processes call as clients, in the time range.',
  labels: [
    { label: 'server_address', title: 'Server' },
    { label: 'server_port', title: 'Port' },
    { label: 'mcp_method_name', title: 'Method' },
  ],
  columns: [
    {
      title: 'Requests',
      expr: sum(
        increase(on('clientOperationDuration', '', '_count'), '$__range'),
        'server_address, server_port, mcp_method_name',
      ),
      decimals: 0,
      bars: true,
    },
    {
      title: 'p95',
      expr: `histogram_quantile(0.95, ${sum(increase(on('clientOperationDuration', '', '_bucket'), '$__range'), 'server_address, server_port, mcp_method_name, le')})`,
      unit: 's',
    },
  ],
  sortBy: 'Requests',
  noValue: 'no called servers',
})

const clientSessions = timeseries({
  title: 'Client Sessions',
  description: 'Duration of the sessions that these processes open to other servers.',
  unit: 's',
  queries: [0.5, 0.95].map((q) => ({
    expr: quantile(q, on('clientSessionDuration', '', '_bucket')),
    legend: `p${q * 100}`,
  })),
  noValue: 'no session ended',
})

const load = timeseries({
  title: 'Calls per Instance',
  description: 'Tool calls per second of each process. It shows whether the load is balanced.',
  unit: 'reqps',
  queries: [{ expr: sum(rate(on('toolCalls')), 'instance'), legend: '{{instance}}' }],
  noValue: 'no calls',
})

const concurrency = timeseries({
  title: 'Active and Waiting Calls',
  description:
    'All calls in progress, and the waiting calls among them, over all processes. If calls keep waiting, raise the limit or add a replica.',
  unit: 'short',
  queries: [
    { expr: sum(on('activeRequests')), legend: 'active' },
    { expr: sum(on('queueDepth')), legend: 'waiting' },
  ],
  noValue: 'no servers',
})

const cpu = timeseries({
  title: 'CPU',
  description: 'Cores that each process uses. Node.js runs JavaScript on one core, so a value close to 1 is full load.',
  unit: 'short',
  decimals: 2,
  queries: [{ expr: sum(rate(on('processCpu')), 'instance'), legend: '{{instance}}' }],
  thresholds: steps('transparent', [0.9, 'red']),
  showThresholds: true,
})

const memory = timeseries({
  title: 'Memory',
  description: 'Resident memory of each process. A line that never falls is a memory leak.',
  unit: 'bytes',
  queries: [{ expr: sum(on('processMemory'), 'instance'), legend: '{{instance}}' }],
})

const exits = timeseries({
  title: 'Exits of Wrapped Servers',
  description:
    'Exits of servers under mcp-vitals wrap, by exit code. 0 means that the client closed the server; codes from 128 are signals.',
  unit: 'short',
  queries: [{ expr: sum(increase(on('serverExits'), '$__rate_interval'), 'exit_code'), legend: '{{exit_code}}' }],
  noValue: 'no wrapped servers',
})

const startup = timeseries({
  title: 'Startup of Wrapped Servers (p95)',
  description: 'Time from the start of a wrapped server to its first message.',
  unit: 's',
  queries: [{ expr: quantile(0.95, on('serverStartup', '', '_bucket')), legend: 'p95' }],
  noValue: 'no wrapped servers',
})

const strayLines = timeseries({
  title: 'Stray Lines on stdout',
  description:
    'Lines that are not JSON-RPC messages, such as log output that belongs on stderr. Some clients reject them.',
  unit: 'short',
  queries: [{ expr: sum(increase(on('strayLines'), '$__rate_interval'), 'instance'), legend: '{{instance}}' }],
  noValue: 'no wrapped servers',
})

const upstreamErrors = timeseries({
  title: 'Errors between Proxy and Server',
  description: 'Requests that the server behind mcp-vitals proxy did not answer to their end, by what went wrong.',
  unit: 'short',
  queries: [
    { expr: sum(increase(on('proxyUpstreamErrors'), '$__rate_interval'), 'error_type'), legend: '{{error_type}}' },
  ],
  noValue: 'no proxied servers',
})

export const platformDashboard: Dashboard = dashboard({
  uid: 'mcp-platform',
  description: 'For platform owners: service levels, error budgets, clients and capacity.',
  refresh: '1m',
  from: 'now-24h',
  narrowing,
  variables: [...variables(narrowing, { job: ['serverInfo'] }), ...serviceLevelVariables],
  sections: [
    serviceLevels,
    {
      title: 'Clients',
      bands: [
        band(8, [clients, 12], [revisions, 12]),
        band(8, [methods, 12], [methodDuration, 12]),
        band(8, [http, 8], [sessions, 8], [connections, 8]),
      ],
    },
    { title: 'Called servers', bands: [band(8, [outgoing, 16], [clientSessions, 8])] },
    {
      title: 'Wrapped and proxied servers',
      bands: [band(8, [exits, 6], [startup, 6], [strayLines, 6], [upstreamErrors, 6])],
    },
    contextCost(narrowing),
    { title: 'Capacity', bands: [band(8, [load, 6], [concurrency, 6], [cpu, 6], [memory, 6])] },
  ],
})
