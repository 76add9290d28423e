// Makes MCP servers with all tools, of both lines of the SDK. They are not shared: a shared one could send an answer to the wrong client.
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv'
import { Server as RequestServer } from '@modelcontextprotocol/server'
import { AjvJsonSchemaValidator as RequestValidator } from '@modelcontextprotocol/server/validators/ajv'
import { instrumentMcpServer } from 'mcp-vitals'
import type { CallRules } from './guarded-call.ts'
import { toolHandlers } from './tool-handlers.ts'
import type { Tool } from './tools/tool.ts'

export interface McpOptions extends CallRules {
  readonly name: string
  readonly version: string
  readonly tools: readonly Tool[]
}

/** Instrumented servers, not connected yet. */
export interface McpServers {
  /** For a session of a revision up to 2025-11-25, and for stdio. */
  forSession(): Server
  /** For one request of revision 2026-07-28, which has no sessions. */
  forRequest(): RequestServer
}

/** The instrumentation's deadline only ends the measurement, so it must be later than the real one. */
const BOOKS_CLOSE_MS = 600_000

export function createMcp({ name, version, tools, ...rules }: McpOptions): McpServers {
  const { list, call } = toolHandlers(tools, rules)
  const info = { name, version }
  const capabilities = { tools: {} }
  // Only elicitation asks for them, and each server would make its own: 14 kB a session.
  const jsonSchemaValidator = new AjvJsonSchemaValidator()
  const requestValidator = new RequestValidator()
  const instrumentation = {
    tools: tools.map((tool) => tool.name),
    memory: true,
    deadlineMs: Math.max(BOOKS_CLOSE_MS, 2 * rules.deadlineMs),
  }
  // Not an `McpServer`: it would hold 600 bytes for each tool in each session, and convert all schemas for each list.
  const servers: McpServers = {
    forSession() {
      const server = instrumentMcpServer(new Server(info, { capabilities, jsonSchemaValidator }), instrumentation)
      server.setRequestHandler(ListToolsRequestSchema, () => list)
      server.setRequestHandler(CallToolRequestSchema, call)
      return server
    },
    forRequest() {
      const options = { capabilities, jsonSchemaValidator: requestValidator }
      const server = instrumentMcpServer(new RequestServer(info, options), instrumentation)
      server.setRequestHandler('tools/list', () => list as never)
      server.setRequestHandler('tools/call', async ({ params }, { mcpReq }) => {
        return (await call({ method: 'tools/call', params }, mcpReq)) as never
      })
      return server
    },
  }
  // The server's series are to be there before the first client comes.
  servers.forSession()
  return servers
}
