// Tools and rules in, a maker of MCP servers out. Each session gets a server of its own: one that is shared could send an
// answer to the wrong client.
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { instrumentMcpServer } from 'mcp-vitals'
import type { CallRules } from './guarded-call.ts'
import { guardedCall } from './guarded-call.ts'
import type { Tool } from './tools/tool.ts'

export interface McpOptions extends CallRules {
  readonly name: string
  readonly version: string
  readonly tools: readonly Tool[]
}

/** The instrumentation's own deadline only closes the books; it must not come before the real one. */
const BOOKS_CLOSE_MS = 600_000

/** Returns a function that makes an instrumented `McpServer` with all the tools, not connected yet. */
export function createMcp({ name, version, tools, ...rules }: McpOptions): () => McpServer {
  const callbacks = tools.map((tool) => ({ tool, call: guardedCall(tool, rules) }))
  const create = () => {
    const server = instrumentMcpServer(new McpServer({ name, version }), {
      memory: true,
      deadlineMs: Math.max(BOOKS_CLOSE_MS, 2 * rules.deadlineMs),
    })
    for (const { tool, call } of callbacks) {
      const { title, description, input, output, annotations } = tool
      const described = { title, description, inputSchema: input, outputSchema: output, annotations }
      server.registerTool(tool.name, described, (args, { signal }) => call(args, { signal }))
    }
    return server
  }
  // The first is made at once: its tools' series are to start at 0 before the first client comes.
  let first: McpServer | undefined = create()
  return () => {
    const server = first ?? create()
    first = undefined
    return server
  }
}
