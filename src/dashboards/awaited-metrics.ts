// Metrics whose recording is on its way into the catalog, as they will be named there: the panels over them are ready. An
// entry goes when its metric is in the catalog, which wins as soon as it has it; the file goes with the last one.
import type { SeriesKind } from '../catalog/series.ts'

interface AwaitedMetric {
  readonly name: string
  readonly kind: SeriesKind
  readonly unit: string
  /** Labels, by their Prometheus names. */
  readonly labels: readonly string[]
}

export const AWAITED = {
  httpClientRequestDuration: {
    name: 'http.client.request.duration',
    kind: 'histogram',
    unit: 's',
    labels: ['http_request_method', 'server_address', 'server_port', 'http_response_status_code', 'error_type'],
  },
  kubernetesOperationDuration: {
    name: 'mcp.kubernetes.operation.duration',
    kind: 'histogram',
    unit: 's',
    labels: ['operation', 'resource'],
  },
  issuesDetected: {
    name: 'mcp.issues.detected',
    kind: 'counter',
    unit: '{issue}',
    labels: ['namespace', 'issue_type', 'severity'],
  },
  openIssues: {
    name: 'mcp.cluster.open_issues',
    kind: 'gauge',
    unit: '{issue}',
    labels: ['namespace', 'issue_type', 'severity'],
  },
  clusterPods: { name: 'mcp.cluster.pods', kind: 'gauge', unit: '{pod}', labels: ['namespace', 'phase'] },
  remediationActions: {
    name: 'mcp.remediation.actions',
    kind: 'counter',
    unit: '{action}',
    labels: ['action', 'outcome'],
  },
} as const satisfies Record<string, AwaitedMetric>
