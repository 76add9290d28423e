// A server of two lines as a process: `node two-lines.ts stdio|http [bare]`. With `bare` it has no telemetry. It says where it is as
// one JSON line on stderr.
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'

const [, , transport, ...flags] = process.argv
const bare = flags.includes('bare')
const library = bare ? undefined : await import('../../../src/index.ts')
const telemetry = await library?.startTelemetry({ metricsPort: 0, stdio: transport === 'stdio' })
const say = (more: object) =>
  process.stderr.write(`${JSON.stringify({ metricsUrl: telemetry?.metricsUrl, ...more })}\n`)

function createMcpServer(): McpServer {
  const server = new McpServer({ name: 'two-lines', version: '1.0.0' })
  library?.instrumentMcpServer(server)
  server.registerTool('ok', {}, () => ({ content: [] }))
  return server
}

if (transport === 'stdio') {
  await createMcpServer().connect(new StdioServerTransport())
  say({})
} else {
  const http = createServer(async (request, response) => {
    const session = new StreamableHTTPServerTransport({ sessionIdGenerator: () => randomUUID() })
    response.on('close', () => void session.close())
    await createMcpServer().connect(session as Transport)
    await session.handleRequest(request, response)
  })
  http.listen(0, '127.0.0.1', () => say({ url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp` }))
}

// The README's line.
if (telemetry !== undefined) {
  process.once('SIGTERM', () => telemetry.shutdown().finally(() => process.exit()))
}
