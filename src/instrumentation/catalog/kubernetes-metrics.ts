// What is asked of the Kubernetes API, what the diagnosis of a cluster finds, and what is done about it.
import { HTTP_SECONDS } from './buckets.ts'
import type { MetricDefinition } from './metric-definition.ts'

export const KUBERNETES_METRICS = {
  kubernetesOperations: {
    name: 'mcp.kubernetes.operations',
    kind: 'counter',
    unit: '{operation}',
    integer: true,
    description: 'HTTP requests to the Kubernetes API.',
    attributes: ['operation', 'resource', 'operationStatus'],
    stability: 'stable',
  },
  kubernetesOperationDuration: {
    name: 'mcp.kubernetes.operation.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Duration of HTTP requests to the Kubernetes API; a watch is measured until it has started.',
    attributes: ['operation', 'resource'],
    buckets: HTTP_SECONDS,
    stability: 'stable',
  },
  podsDiagnosed: {
    name: 'mcp.pods.diagnosed',
    kind: 'counter',
    unit: '{pod}',
    integer: true,
    description: 'Pods diagnosed, each counted under its most severe finding.',
    attributes: ['namespace', 'issueType'],
    stability: 'stable',
  },
  issuesDetected: {
    name: 'mcp.issues.detected',
    kind: 'counter',
    unit: '{issue}',
    integer: true,
    description: 'Issues found by a diagnosis that the diagnosis before did not find.',
    attributes: ['namespace', 'issueType', 'severity'],
    stability: 'stable',
  },
  remediationActions: {
    name: 'mcp.remediation.actions',
    kind: 'counter',
    unit: '{action}',
    integer: true,
    description: 'Steps of remediations, by outcome.',
    attributes: ['action', 'remediationOutcome'],
    stability: 'stable',
  },
  clusterPods: {
    name: 'mcp.cluster.pods',
    kind: 'gauge',
    unit: '{pod}',
    integer: true,
    description: 'Current pods, by phase.',
    attributes: ['namespace', 'phase'],
    stability: 'stable',
  },
  openIssues: {
    name: 'mcp.cluster.open_issues',
    kind: 'gauge',
    unit: '{issue}',
    integer: true,
    description: 'Current issues.',
    attributes: ['namespace', 'issueType', 'severity'],
    stability: 'stable',
  },
} as const satisfies Record<string, MetricDefinition>
