// Creates the tools that read a cluster, with redacted results.
import type { Tool } from '../tool.ts'
import { getLogs } from './get-logs.ts'
import { getPod } from './get-pod.ts'
import { getWorkload } from './get-workload.ts'
import { listEvents } from './list-events.ts'
import { listNamespaces } from './list-namespaces.ts'
import { listNodes } from './list-nodes.ts'
import { listPods } from './list-pods.ts'
import { listWorkloads } from './list-workloads.ts'
import { redactResult } from './redact-result.ts'
import type { ToolCluster } from './tool-cluster.ts'

export function kubernetesTools(cluster: ToolCluster): readonly Tool[] {
  const makers = [listPods, getPod, listEvents, getLogs, listWorkloads, getWorkload, listNodes, listNamespaces]
  return makers.map((make) => redactResult(make(cluster)))
}
