// The configuration in, the tools that the server offers out.
import type { ServeConfig } from './config.ts'
import { demoTools } from './tools/demo.ts'
import { helloWorld } from './tools/hello-world.ts'
import type { Tool } from './tools/tool.ts'

export function toolsOf(config: Pick<ServeConfig, 'demoTools'>): readonly Tool[] {
  return [helloWorld, ...(config.demoTools ? demoTools : [])]
}
