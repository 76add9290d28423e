// The public API of @mcp-vitals/instrumentation/plugin.
import '../require-node.ts'

export type { McpInstrumentationConfig } from './mcp-instrumentation.ts'
export { McpInstrumentation } from './mcp-instrumentation.ts'
