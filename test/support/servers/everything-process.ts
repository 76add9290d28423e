// A server in a process of its own that records every metric of the catalog (with `calls-only` just what its clients make it
// record), traces and logs, told where to send by its environment. It prints its addresses as JSON on stdout, and ends on
// SIGTERM. A request to /again records all of it once more, and failed Kubernetes operations besides: what is drawn is how fast
// a number grows.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { trace } from '@opentelemetry/api'
import { z } from 'zod'
import {
  instrumentHttpHandler,
  instrumentMcpServer,
  recordKubernetesOperation,
  startTelemetry,
} from '../../../src/index.ts'
import { useEverything } from '../telemetry/use-everything.ts'

const telemetry = await startTelemetry({ serviceName: 'everything', serviceVersion: '1.2.3' })
if (!process.argv.includes('calls-only')) await useEverything()

function createMcpServer(): McpServer {
  const server = instrumentMcpServer(new McpServer({ name: 'everything', version: '1.2.3' }))
  server.registerTool('work', { inputSchema: { ms: z.number() } }, ({ ms }) => {
    recordKubernetesOperation('list', 'pods', 'success', 0.01)
    return trace.getTracer('everything').startActiveSpan('work inside', async (span) => {
      await wait(ms)
      telemetry.logger.info({ ms }, 'worked')
      span.end()
      return { content: [] }
    })
  })
  return server
}

const http = createServer(
  instrumentHttpHandler(
    async (request, response) => {
      if (request.url === '/again') {
        await useEverything()
        recordKubernetesOperation('get', 'pods', 'error')
        telemetry.logger.info('once more')
        response.end()
        return
      }
      const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true })
      await createMcpServer().connect(transport as Parameters<McpServer['connect']>[0])
      await transport.handleRequest(request, response)
    },
    { route: '/mcp' },
  ),
)
http.listen(0, '127.0.0.1')
await once(http, 'listening')
const { port } = http.address() as AddressInfo
console.log(JSON.stringify({ url: `http://127.0.0.1:${port}/mcp`, metricsUrl: telemetry.metricsUrl }))

process.once('SIGTERM', async () => {
  http.close()
  http.closeAllConnections()
  await telemetry.shutdown()
  process.exit(0)
})
