// A stdio server whose start is measured, with the telemetry that the argument names. JavaScript, because stripping types takes time too.
import { once } from 'node:events'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'

const OURS = new URL('../../dist/mcp-vitals/index.js', import.meta.url).href
const INSTRUMENTATION = new URL('../../dist/@mcp-vitals/instrumentation/index.js', import.meta.url).href

/** @type {<S>(server: S) => S} */
const asItIs = (server) => server

/** Each resolves when its /metrics listens, to what instruments the server. */
const contenders = {
  bare: async () => asItIs,
  'no-provider': async () => (await import(INSTRUMENTATION)).instrumentMcpServer,
  async 'prom-client'() {
    const { createServer } = await import('node:http')
    const { Counter, Registry } = await import('prom-client')
    const registry = new Registry()
    new Counter({ name: 'calls_total', help: 'Calls.', labelNames: ['tool_name'], registers: [registry] })
    const http = createServer(async (_request, response) => response.end(await registry.metrics()))
    await once(http.listen(0, '127.0.0.1'), 'listening')
    return asItIs
  },
  /** As the variables say: its Prometheus exporter on a free port. */
  async stock() {
    const { NodeSDK } = await import('@opentelemetry/sdk-node')
    new NodeSDK({ autoDetectResources: false }).start()
    return asItIs
  },
  async ours() {
    const { instrumentMcpServer, startTelemetry } = await import(OURS)
    await startTelemetry({ serviceName: 'start', stdio: true })
    return instrumentMcpServer
  },
}

const name = /** @type {keyof typeof contenders} */ (process.argv[2])
const instrument = await contenders[name]()
const server = instrument(new McpServer({ name: 'start', version: '1.0.0' }))
server.registerTool('look_up', { description: 'Looks something up.' }, () => ({ content: [] }))
await server.connect(new StdioServerTransport())
const milliseconds = performance.now()
const { user, system } = process.cpuUsage()
setTimeout(() => {
  process.stderr.write(`ready ${milliseconds} ${(user + system) / 1e3} ${process.memoryUsage.rss() / 1e6}\n`, () =>
    process.exit(),
  )
}, 500)
