// The configuration and a cluster in, the tools that the server offers out.
import type { ServeConfig } from './config.ts'
import { demoTools } from './tools/demo.ts'
import { helloWorld } from './tools/hello-world.ts'
import type { ToolCluster } from './tools/kubernetes/kubernetes-tools.ts'
import { kubernetesTools } from './tools/kubernetes/kubernetes-tools.ts'
import type { Tool } from './tools/tool.ts'

export function toolsOf(config: Pick<ServeConfig, 'demoTools'>, cluster: ToolCluster): readonly Tool[] {
  return [helloWorld, ...kubernetesTools(cluster), ...(config.demoTools ? demoTools : [])]
}
