// A process with an OpenTelemetry API of another version: `node foreign-api-process.ts <module> first|second`. It counts one call, and prints
// as JSON what /metrics says and what the application's own API still does.

import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { metrics as ours } from '@opentelemetry/api'
import { instrumentMcpServer, startTelemetry } from '../../../src/index.ts'

const [, , name = '', order] = process.argv
// A version that does not exist yet leaves its mark, as every version does.
if (name === 'newer') Object.assign(globalThis, { [Symbol.for('opentelemetry.js.api.1')]: { version: '1.99.0' } })
const foreign = (await import(name === 'newer' ? 'otel-api-1.9' : name)) as typeof import('@opentelemetry/api')
const provider = { getMeter: () => ours.getMeter('noop') }

const register = () => foreign.trace.setGlobalTracerProvider({ getTracer: () => foreign.trace.getTracer('x') } as never)
const before = order === 'first' ? name === 'newer' || register() : undefined
const telemetry = await startTelemetry({ metricsPort: 0 })
const server = instrumentMcpServer(new McpServer({ name: 'foreign', version: '1.0.0' }))
server.registerTool('ok', {}, () => ({ content: [] }))
const [clientSide, serverSide] = InMemoryTransport.createLinkedPair()
await server.connect(serverSide)
const client = new Client({ name: 'x', version: '1' })
await client.connect(clientSide)
await client.callTool({ name: 'ok' })
const exposition = await (await fetch(telemetry.metricsUrl ?? '')).text()
const after = order === 'second' ? foreign.metrics.setGlobalMeterProvider(provider) : undefined
await client.close()
await telemetry.shutdown()
console.log(
  JSON.stringify({
    calls: /^mcp_tool_calls_total\{status="success",tool_name="ok"\} (\d+)/m.exec(exposition)?.[1],
    process: /^process_cpu_time_seconds_total/m.test(exposition),
    registered: before ?? after,
  }),
)
