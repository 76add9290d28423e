// Tools and rules in, a maker of MCP servers out. Each session gets a server of its own: one that is shared could send an
// answer to the wrong client.
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { ListToolsResult } from '@modelcontextprotocol/sdk/types.js'
import { ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv'
import { instrumentMcpServer } from 'mcp-vitals'
import { z } from 'zod'
import type { CallRules } from './guarded-call.ts'
import { guardedCall } from './guarded-call.ts'
import { listedTools } from './listed-tools.ts'
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
  const registrations = tools.map((tool) => ({
    name: tool.name,
    // Schemas are shared by all sessions: they are most of what a session would hold.
    described: {
      title: tool.title,
      description: tool.description,
      inputSchema: z.object(tool.input),
      outputSchema: z.object(tool.output),
      annotations: tool.annotations,
    },
    call: guardedCall(tool, rules),
  }))
  const register = (server: McpServer) => {
    for (const { name, described, call } of registrations) {
      server.registerTool(name, described, (args, { signal }) => call(args, { signal }))
    }
    return server
  }
  // Only elicitation asks for it, and each server would make its own: 14 kB a session.
  const jsonSchemaValidator = new AjvJsonSchemaValidator()
  let list: Promise<ListToolsResult> | undefined
  const create = () => {
    const server = instrumentMcpServer(new McpServer({ name, version }, { jsonSchemaValidator }), {
      memory: true,
      deadlineMs: Math.max(BOOKS_CLOSE_MS, 2 * rules.deadlineMs),
    })
    register(server)
    // The SDK makes JSON Schemas anew for each list, which costs more than a call.
    server.server.setRequestHandler(ListToolsRequestSchema, () => {
      list ??= listedTools(register(new McpServer({ name, version })))
      return list
    })
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
