// The outcome kinds that a server of SDK v2 can have, and a tool that asks for more input.
import { inputRequired, McpServer } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { instrumentMcpServer } from '../../../src/instrumentation/in-process/mcp-server.ts'
import { ToolError } from '../../../src/instrumentation/outcome/tool-error.ts'

/** Instrumented unless it is `bare`. */
export function createV2OutcomeServer({ bare = false } = {}): McpServer {
  const server = new McpServer({ name: 'outcomes', version: '1.0.0' })
  if (!bare) instrumentMcpServer(server)
  server.registerTool('ok', { inputSchema: z.object({ text: z.string() }) }, ({ text }) => ({
    content: [{ type: 'text', text }],
  }))
  server.registerTool('throws_error', {}, () => {
    throw new RangeError('out of range')
  })
  const throwing = (tool: string, thrown: () => unknown) =>
    server.registerTool(tool, {}, () => {
      throw thrown()
    })
  throwing('throws_tool_error', () => new ToolError('not_found', 'there is no such thing'))
  throwing('throws_string', () => 'a string')
  throwing('throws_null', () => null)
  throwing('throws_evil', () => ({
    toString() {
      throw new Error('no text')
    },
  }))
  server.registerTool('marked', {}, () => ({ content: [], isError: true }))
  server.registerTool('lab_failure', {}, () => ({
    content: [],
    structuredContent: { success: false, error_type: 'forbidden' },
  }))
  server.registerTool('misfit', { outputSchema: z.object({ n: z.number() }) }, () => ({
    content: [],
    structuredContent: { n: 'seven' },
  }))
  server.registerTool(
    'waits',
    {},
    (ctx) => new Promise((_, reject) => ctx.mcpReq.signal.addEventListener('abort', () => reject(new Error('gone')))),
  )
  server.registerTool('asks', {}, () =>
    inputRequired({
      inputRequests: {
        name: inputRequired.elicit({ message: 'Who?', requestedSchema: { type: 'object', properties: {} } }),
      },
    }),
  )
  return server
}
