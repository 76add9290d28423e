// A server of SDK v1 that knows nothing of mcp-vitals.
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'

const server = new McpServer({ name: 'plain', version: '1.0.0' })
server.registerTool('ok', {}, () => ({ content: [] }))
server.registerTool('fails', {}, () => {
  throw new RangeError('no')
})
await server.connect(new StdioServerTransport())
