// For whoever looks after a cluster through these servers: what is wrong in it, what was done about it, and how its API fares.
import type { IssueSeverity } from '../instrumentation/catalog/kubernetes-values.ts'
import type { Dashboard } from './classic-json.ts'
import { band, dashboard } from './dashboard.ts'
import { bargauge, stat, statusColors, steps, timeseries } from './panels.ts'
import { increase, max, outcomeIs, perMinute, quantile, rate, ratio, selecting, sum } from './queries.ts'
import { table } from './table.ts'
import type { Narrowing } from './variables.ts'
import { variables } from './variables.ts'

const narrowing: readonly Narrowing[] = ['cluster', 'job', 'instance', 'namespace']
const on = selecting(narrowing)

/** What several processes that look at one cluster all report is counted once. */
const issues = (matchers: string, by: string) =>
  sum(max(on('openIssues', matchers), 'k8s_cluster_name, namespace, issue_type, severity'), by)
const pods = (matchers: string, by: string) =>
  sum(max(on('clusterPods', matchers), 'k8s_cluster_name, namespace, phase'), by)

const open = (severity: IssueSeverity, color: string) =>
  stat({
    title: `Open Issues, ${severity}`,
    description: `Findings of severity "${severity}" that are there now, as the exporter sees the cluster.`,
    unit: 'short',
    expr: issues(outcomeIs('severity', severity), ''),
    noValue: 'none',
    thresholds: steps('green', [1, color]),
  })

const running = stat({
  title: 'Pods Running',
  description: 'Of the pods that are not done, the share that runs.',
  unit: 'percentunit',
  decimals: 1,
  expr: ratio(pods('phase="Running"', ''), pods('phase=~"Pending|Running|Unknown"', '')),
  noValue: 'no exporter',
  thresholds: steps('red', [0.9, 'yellow'], [0.99, 'green']),
})

const failedRemediation = stat({
  title: 'Failed Remediation',
  description: 'Actions in the time range that were applied and did not help, or could not be applied.',
  unit: 'short',
  decimals: 0,
  expr: sum(increase(on('remediationActions', outcomeIs('outcome', 'failed')), '$__range')),
  instant: true,
  noValue: 'none',
  thresholds: steps('green', [1, 'red']),
})

const apiErrors = stat({
  title: 'Kubernetes API Errors',
  description: 'Share of the requests to the Kubernetes API that failed.',
  unit: 'percentunit',
  decimals: 2,
  expr: ratio(
    sum(rate(on('kubernetesOperations', outcomeIs('status', 'error')))),
    sum(rate(on('kubernetesOperations'))),
  ),
  noValue: 'no requests',
  thresholds: steps('green', [0.01, 'yellow'], [0.05, 'red']),
})

const openIssues = table({
  title: 'Open Issues',
  description:
    'What is wrong in the cluster now. Ask the server for its diagnosis: each has evidence, a cause and a next step.',
  labels: [
    { label: 'namespace', title: 'Namespace' },
    { label: 'issue_type', title: 'Issue' },
    { label: 'severity', title: 'Severity' },
  ],
  columns: [{ title: 'Open', expr: `${issues('', 'namespace, issue_type, severity')} > 0`, decimals: 0, bars: true }],
  sortBy: 'Open',
  noValue: 'no exporter, or nothing is wrong',
})

const phases = timeseries({
  title: 'Pods by Phase',
  description: 'Pods in the chosen namespaces. Pending ones that stay are worth a look.',
  unit: 'short',
  queries: [{ expr: pods('', 'phase'), legend: '{{phase}}' }],
  stacked: true,
  noValue: 'no exporter',
})

const detected = timeseries({
  title: 'Issues Detected',
  description: 'Issues that came up, a minute. One that stays is counted once.',
  unit: 'cpm',
  queries: [{ expr: `${perMinute(on('issuesDetected'), 'issue_type')} > 0`, legend: '{{issue_type}}' }],
  stacked: true,
  bars: true,
  noValue: 'none',
})

const diagnosed = bargauge({
  title: 'Pods Diagnosed',
  description:
    'Pods that tools looked at over the time range, each under its gravest finding; "none" for healthy ones.',
  unit: 'short',
  decimals: 0,
  expr: sum(increase(on('podsDiagnosed'), '$__range'), 'issue_type'),
  legend: '{{issue_type}}',
  noValue: 'none',
})

const remediation = timeseries({
  title: 'Remediation',
  description: 'Steps of actions on the cluster, a minute: planned, then applied, then seen to have helped or not.',
  unit: 'cpm',
  queries: [
    { expr: `${perMinute(on('remediationActions'), 'action, outcome')} > 0`, legend: '{{action}} - {{outcome}}' },
  ],
  stacked: true,
  bars: true,
  noValue: 'none',
  overrides: statusColors,
})

const operations = timeseries({
  title: 'Kubernetes API Requests',
  description: 'Requests a second by verb and resource.',
  unit: 'reqps',
  queries: [
    { expr: sum(rate(on('kubernetesOperations')), 'operation, resource'), legend: '{{operation}} {{resource}}' },
  ],
  stacked: true,
  noValue: 'no requests',
})

const operationErrors = timeseries({
  title: 'Failed Requests',
  description: 'Requests to the Kubernetes API a second that failed. All of one resource: look at the RBAC rules.',
  unit: 'reqps',
  queries: [
    {
      expr: sum(rate(on('kubernetesOperations', outcomeIs('status', 'error'))), 'operation, resource'),
      legend: '{{operation}} {{resource}}',
    },
  ],
  noValue: 'none',
})

const operationDuration = timeseries({
  title: 'Operation Duration (p95)',
  description: 'By verb: 19 of 20 requests to the Kubernetes API were faster.',
  unit: 's',
  queries: [
    {
      expr: quantile(0.95, on('kubernetesOperationDuration', '', '_bucket'), 'operation'),
      legend: '{{operation}}',
      exemplar: true,
    },
  ],
  noValue: 'no requests',
})

const http = timeseries({
  title: 'HTTP Requests Sent (p95)',
  description: 'By the server that was asked and its answer, each HTTP request by itself: retries count one by one.',
  unit: 's',
  queries: [
    {
      expr: quantile(0.95, on('httpClientRequestDuration', '', '_bucket'), 'server_address, http_response_status_code'),
      legend: '{{server_address}} {{http_response_status_code}}',
    },
  ],
  noValue: 'no requests',
})

const cache = timeseries({
  title: 'Cache Look-ups',
  description: 'Look-ups a second that a cache could answer, and those that it could not.',
  unit: 'reqps',
  queries: [{ expr: sum(rate(on('cacheRequests')), 'cache, result'), legend: '{{cache}} {{result}}' }],
  stacked: true,
  noValue: 'no cache',
  overrides: statusColors,
})

const hits = timeseries({
  title: 'Cache Hit Rate',
  description: 'Share of the look-ups that a cache could answer: each hit is a request less to the Kubernetes API.',
  unit: 'percentunit',
  max: 1,
  queries: [
    {
      expr: ratio(sum(rate(on('cacheRequests', 'result="hit"')), 'cache'), sum(rate(on('cacheRequests')), 'cache')),
      legend: '{{cache}}',
    },
  ],
  noValue: 'no look-ups',
})

export const kubernetesDashboard: Dashboard = dashboard({
  uid: 'mcp-kubernetes',
  description: 'What is wrong in the cluster, what was done about it, and how its API answers.',
  tags: ['kubernetes'],
  refresh: '30s',
  from: 'now-3h',
  narrowing,
  variables: variables(narrowing, {
    job: ['serverInfo', 'clusterPods'],
    namespace: ['podsDiagnosed', 'clusterPods', 'openIssues'],
  }),
  sections: [
    {
      bands: [
        band(
          4,
          [open('critical', 'red'), 4],
          [open('warning', 'orange'), 4],
          [open('info', 'blue'), 4],
          [running, 4],
          [failedRemediation, 4],
          [apiErrors, 4],
        ),
        band(8, [openIssues, 12], [phases, 12]),
      ],
    },
    { title: 'Diagnosis and remediation', bands: [band(8, [detected, 8], [diagnosed, 8], [remediation, 8])] },
    {
      title: 'Kubernetes API',
      bands: [band(8, [operations, 12], [operationErrors, 12]), band(8, [operationDuration, 12], [http, 12])],
    },
    { title: 'Cache', bands: [band(8, [cache, 12], [hits, 12])] },
  ],
})
