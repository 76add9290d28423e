// Creates instrumented MCP servers with all tools. Each session gets its own server, because a shared one could send an
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

/** The instrumentation's deadline only ends the measurement, so it must be later than the real one. */
const BOOKS_CLOSE_MS = 600_000

/** Returns a function that creates an instrumented, unconnected `McpServer` with all tools. */
export function createMcp({ name, version, tools, ...rules }: McpOptions): () => McpServer {
  const registrations = tools.map((tool) => ({
    name: tool.name,
    // All sessions share the schemas, which would be most of the memory of a session.
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
  // Only elicitation uses it, and each server would create its own: 14 kB per session.
  const jsonSchemaValidator = new AjvJsonSchemaValidator()
  let list: Promise<ListToolsResult> | undefined
  const create = () => {
    const server = instrumentMcpServer(new McpServer({ name, version }, { jsonSchemaValidator }), {
      memory: true,
      deadlineMs: Math.max(BOOKS_CLOSE_MS, 2 * rules.deadlineMs),
    })
    register(server)
    // The SDK generates the JSON Schemas for each list, which costs more than a call.
    server.server.setRequestHandler(ListToolsRequestSchema, () => {
      list ??= listedTools(register(new McpServer({ name, version })))
      return list
    })
    return server
  }
  // The first server is created immediately, so that its series start at 0 before the first client connects.
  let first: McpServer | undefined = create()
  return () => {
    const server = first ?? create()
    first = undefined
    return server
  }
}
