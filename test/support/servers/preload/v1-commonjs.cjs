// The same in CommonJS, which connects without waiting.
const { McpServer } = require('@modelcontextprotocol/sdk/server/mcp.js')
const { StdioServerTransport } = require('@modelcontextprotocol/sdk/server/stdio.js')

const server = new McpServer({ name: 'plain', version: '1.0.0' })
server.registerTool('ok', {}, () => ({ content: [] }))
server.registerTool('fails', {}, () => {
  throw new RangeError('no')
})
server.connect(new StdioServerTransport())
