// The configuration and a cluster in, the tools that the server offers out.
import type { ServeConfig } from './config.ts'
import { createIssueTracker } from './kubernetes/issue-tracker.ts'
import { readCluster } from './kubernetes/read-cluster.ts'
import { demoTools } from './tools/demo.ts'
import { diagnosisTools } from './tools/diagnosis-tools.ts'
import { helloWorld } from './tools/hello-world.ts'
import type { ToolCluster } from './tools/kubernetes/kubernetes-tools.ts'
import { kubernetesTools } from './tools/kubernetes/kubernetes-tools.ts'
import { redactResult } from './tools/kubernetes/redact-result.ts'
import type { Tool } from './tools/tool.ts'

export function toolsOf(config: Pick<ServeConfig, 'demoTools'>, cluster: ToolCluster): readonly Tool[] {
  const { now } = cluster
  // One for the process: what one client's look has counted, another's does not count again.
  const tracker = createIssueTracker({ now })
  return [
    helloWorld,
    ...kubernetesTools(cluster),
    ...diagnosisTools(readCluster(cluster), tracker, now).map(redactResult),
    ...(config.demoTools ? demoTools : []),
  ]
}
