// What only the code that talks to Kubernetes knows: the lab's two functions, under the lab's series.
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
  status: 'success' | 'error',
  seconds?: number,
): void {
  instruments.kubernetesOperations.record(1, { operation, resource, status })
  if (seconds !== undefined) instruments.kubernetesOperationDuration.record(seconds, { operation, resource })
}

/**
 * Counts a pod that was diagnosed in `mcp_pods_diagnosed_total`, under its gravest finding; `none` for a healthy pod. Only for
 * a namespace that the Kubernetes API has confirmed: the first 100 are labels, and a name that a client made up would use
 * one of them up.
 *
 * @example recordPodDiagnosis('shop', 'crash_loop')
 */
export function recordPodDiagnosis(namespace: string, issueType: string): void {
  instruments.podsDiagnosed.record(1, { namespace, 'issue.type': issueType })
}
