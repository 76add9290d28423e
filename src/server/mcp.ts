// Makes the MCP server of each session: one that is shared could send an answer to the wrong client.
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv'
import { instrumentMcpServer } from 'mcp-vitals'
import type { CallRules } from './guarded-call.ts'
import { toolHandlers } from './tool-handlers.ts'
import type { Tool } from './tools/tool.ts'

export interface McpOptions extends CallRules {
  readonly name: string
  readonly version: string
  readonly tools: readonly Tool[]
}

/** The instrumentation's deadline only ends the measurement, so it must be later than the real one. */
const BOOKS_CLOSE_MS = 600_000

/** Returns a function that makes an instrumented server with all the tools, not connected yet. */
export function createMcp({ name, version, tools, ...rules }: McpOptions): () => Server {
  const { list, call } = toolHandlers(tools, rules)
  const info = { name, version }
  const options = {
    capabilities: { tools: {} },
    // Only elicitation asks for it, and each server would make its own: 14 kB a session.
    jsonSchemaValidator: new AjvJsonSchemaValidator(),
  }
  const instrumentation = {
    tools: tools.map((tool) => tool.name),
    memory: true,
    deadlineMs: Math.max(BOOKS_CLOSE_MS, 2 * rules.deadlineMs),
  }
  // Not an `McpServer`: it would hold 600 bytes for each tool in each session, and convert all schemas for each list.
  const create = () => {
    const server = instrumentMcpServer(new Server(info, options), instrumentation)
    server.setRequestHandler(ListToolsRequestSchema, () => list)
    server.setRequestHandler(CallToolRequestSchema, call)
    return server
  }
  // The server's series are to be there before the first client comes.
  create()
  return create
}
