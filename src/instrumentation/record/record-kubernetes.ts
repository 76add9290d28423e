// What only the code that talks to Kubernetes knows: operations, diagnoses and remediations.
import type {
  IssueSeverity,
  OperationStatus,
  RemediationAction,
  RemediationOutcome,
} from '../catalog/kubernetes-values.ts'
import type { AuditedChange } from './audit.ts'
import { auditRemediation } from './audit.ts'
import { instruments } from './instruments.ts'

/**
 * Counts an operation on the Kubernetes API in `mcp_kubernetes_operations_total`, and how long it took, in seconds, in
 * `mcp_kubernetes_operation_duration_seconds`. One HTTP request is one operation: each page of a list and each retry counts;
 * a watch counts when it starts. Verbs and resources outside the catalog's lists are `_OTHER`.
 *
 * @example recordKubernetesOperation('list', 'pods', 'success', 0.012)
 */
export function recordKubernetesOperation(
  operation: string,
  resource: string,
  status: OperationStatus,
  seconds?: number,
): void {
  instruments.kubernetesOperations.record(1, { operation, resource, status })
  if (seconds !== undefined) instruments.kubernetesOperationDuration.record(seconds, { operation, resource })
}

/**
 * Counts a pod that was diagnosed in `mcp_pods_diagnosed_total`, under its gravest finding; `none` for a healthy pod. A type
 * that is not of the catalog is `_OTHER`. Only for a namespace that the Kubernetes API has confirmed: the first 100 are labels, and a name that a client made up would use
 * one of them up.
 *
 * @example recordPodDiagnosis('shop', 'crash_loop')
 */
export function recordPodDiagnosis(namespace: string, issueType: string): void {
  instruments.podsDiagnosed.record(1, { namespace, 'issue.type': issueType })
}

/**
 * Counts an issue in `mcp_issues_detected_total`. Once for each time that it comes up: who looks again at an issue that was
 * there before calls this no second time. Without a namespace for what belongs to the whole cluster, such as a node.
 *
 * @example recordIssueDetected('shop', 'oom_killed', 'critical')
 */
export function recordIssueDetected(namespace: string | undefined, issueType: string, severity: IssueSeverity): void {
  instruments.issuesDetected.record(1, { namespace, 'issue.type': issueType, severity })
}

/**
 * Sets `mcp_cluster_open_issues`: how many issues of a type are there now. What is gone has to be set to 0, since a gauge
 * keeps what it was last given.
 *
 * @example recordOpenIssues('shop', 'oom_killed', 'critical', 2)
 */
export function recordOpenIssues(
  namespace: string | undefined,
  issueType: string,
  severity: IssueSeverity,
  count: number,
): void {
  instruments.openIssues.record(count, { namespace, 'issue.type': issueType, severity })
}

/**
 * Sets `mcp_cluster_pods`: how many pods of a namespace are in a phase now. A phase without pods has to be set to 0.
 *
 * @example recordClusterPods('shop', 'Running', 12)
 */
export function recordClusterPods(namespace: string, phase: string, count: number): void {
  instruments.clusterPods.record(count, { namespace, phase })
}

/**
 * Counts a step of a remediation in `mcp_remediation_actions_total`, and records it where changes are audited.
 *
 * @example recordRemediation('restart', 'planned')
 */
export function recordRemediation(
  action: RemediationAction,
  outcome: RemediationOutcome,
  change?: AuditedChange,
): void {
  instruments.remediationActions.record(1, { action, outcome })
  auditRemediation(action, outcome, change)
}
