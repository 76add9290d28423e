// The same with SDK v2.
import { McpServer } from '@modelcontextprotocol/server'
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio'

const server = new McpServer({ name: 'plain', version: '1.0.0' })
server.registerTool('ok', {}, () => ({ content: [] }))
server.registerTool('fails', {}, () => {
  throw new RangeError('no')
})
await server.connect(new StdioServerTransport())
