// A server that ends itself: at the end of its input by `process.exit`, as many published servers do, or by itself.
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'

const server = new McpServer({ name: 'exits', version: '1.0.0' })
server.registerTool('ok', {}, () => ({ content: [] }))
if (process.argv[2] === 'exit') process.stdin.once('end', () => process.exit(3))
await server.connect(new StdioServerTransport())
