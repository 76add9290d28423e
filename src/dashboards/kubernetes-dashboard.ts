// Defines the Kubernetes dashboard for cluster operators: open issues, remediation, and the health of the Kubernetes API.
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

/** Counts an issue once, even if several processes report the same cluster. */
const issues = (matchers: string, by: string) =>
  sum(max(on('openIssues', matchers), 'k8s_cluster_name, namespace, issue_type, severity'), by)
const pods = (matchers: string, by: string) =>
  sum(max(on('clusterPods', matchers), 'k8s_cluster_name, namespace, phase'), by)

const open = (severity: IssueSeverity, color: string) =>
  stat({
    title: `Open Issues, ${severity}`,
    description: `Open issues of severity "${severity}" in the cluster now, as the exporter reports them.`,
    unit: 'short',
    expr: issues(outcomeIs('severity', severity), ''),
    noValue: 'none',
    thresholds: steps('green', [1, color]),
  })

const running = stat({
  title: 'Pods Running',
  description: 'Share of running pods among the pods that have not completed.',
  unit: 'percentunit',
  decimals: 1,
  expr: ratio(pods('phase="Running"', ''), pods('phase=~"Pending|Running|Unknown"', '')),
  noValue: 'no exporter',
  thresholds: steps('red', [0.9, 'yellow'], [0.99, 'green']),
})

const failedRemediation = stat({
  title: 'Failed Remediation',
  description: 'Actions in the time range that could not be applied, or did not fix the problem.',
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
    'Open issues in the cluster now. Call a diagnosis tool of the server for the evidence, cause and next step of each.',
  labels: [
    { label: 'namespace', title: 'Namespace' },
    { label: 'issue_type', title: 'Issue' },
    { label: 'severity', title: 'Severity' },
  ],
  columns: [{ title: 'Open', expr: `${issues('', 'namespace, issue_type, severity')} > 0`, decimals: 0, bars: true }],
  sortBy: 'Open',
  noValue: 'no exporter or no issues',
})

const phases = timeseries({
  title: 'Pods by Phase',
  description: 'Pods in the selected namespaces. Check pods that stay Pending.',
  unit: 'short',
  queries: [{ expr: pods('', 'phase'), legend: '{{phase}}' }],
  stacked: true,
  noValue: 'no exporter',
})

const detected = timeseries({
  title: 'Issues Detected',
  description: 'New issues per minute. An issue that stays open is counted once.',
  unit: 'cpm',
  queries: [{ expr: `${perMinute(on('issuesDetected'), 'issue_type')} > 0`, legend: '{{issue_type}}' }],
  stacked: true,
  bars: true,
  noValue: 'none',
})

const diagnosed = bargauge({
  title: 'Pods Diagnosed',
  description: 'Pods that tools diagnosed in the time range, by their most severe finding; "none" means healthy.',
  unit: 'short',
  decimals: 0,
  expr: sum(increase(on('podsDiagnosed'), '$__range'), 'issue_type'),
  legend: '{{issue_type}}',
  noValue: 'none',
})

const remediation = timeseries({
  title: 'Remediation',
  description: 'Remediation steps per minute: planned, applied, and verified as successful or failed.',
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
  description: 'Requests per second by verb and resource.',
  unit: 'reqps',
  queries: [
    { expr: sum(rate(on('kubernetesOperations')), 'operation, resource'), legend: '{{operation}} {{resource}}' },
  ],
  stacked: true,
  noValue: 'no requests',
})

const operationErrors = timeseries({
  title: 'Failed Requests',
  description:
    'Failed requests to the Kubernetes API per second. If all of them concern one resource, check the RBAC rules.',
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
  description: '95 % of the requests to the Kubernetes API were faster, by verb.',
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
  description: 'By server address and response status. Each retry counts as a separate request.',
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
  title: 'Cache Lookups',
  description: 'Cache lookups per second, by result.',
  unit: 'reqps',
  queries: [{ expr: sum(rate(on('cacheRequests')), 'cache, result'), legend: '{{cache}} {{result}}' }],
  stacked: true,
  noValue: 'no cache',
  overrides: statusColors,
})

const hits = timeseries({
  title: 'Cache Hit Rate',
  description: 'Share of lookups that the cache answers. Each hit saves a request to the Kubernetes API.',
  unit: 'percentunit',
  max: 1,
  queries: [
    {
      expr: ratio(sum(rate(on('cacheRequests', 'result="hit"')), 'cache'), sum(rate(on('cacheRequests')), 'cache')),
      legend: '{{cache}}',
    },
  ],
  noValue: 'no lookups',
})

export const kubernetesDashboard: Dashboard = dashboard({
  uid: 'mcp-kubernetes',
  description: 'For cluster operators: open issues, remediation, and the health of the Kubernetes API.',
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
