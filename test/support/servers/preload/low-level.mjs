// A low-level server, attached twice: by the preload and by lines of its own.
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { CallToolRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { instrumentMcpServer } from '../../../../src/index.ts'

const server = instrumentMcpServer(new Server({ name: 'plain', version: '1.0.0' }, { capabilities: { tools: {} } }), {
  tools: ['ok', 'fails'],
})
server.setRequestHandler(CallToolRequestSchema, ({ params }) => {
  if (params.name === 'fails') throw new RangeError('no')
  return { content: [] }
})
await server.connect(new StdioServerTransport())
