// An instrumented server for each connection, opened and closed many times, as a process of its own: `node --expose-gc
// connection-churn.ts <connections>`. Says as one line of JSON what it left on the heap, and then must end by itself though
// a call that nobody answers is still open.
import { setImmediate as turn } from 'node:timers/promises'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { instrumentMcpServer } from '../../../src/instrumentation/in-process/mcp-server.ts'
import { recordSeries } from '../telemetry/recorded-series.ts'

const CALLS = 100
const RESULT_BYTES = 100_000
const connections = Number(process.argv[2])
const recorded = recordSeries()

async function open() {
  const server = instrumentMcpServer(new McpServer({ name: 'churn', version: '1' }))
  server.registerTool('ok', {}, () => ({ content: [] }))
  server.registerTool('never', {}, () => new Promise(() => {}))
  server.registerTool('pools', {}, () => {
    // What a driver does that opens a connection at the first query: it lives on in the asynchronous context of that call.
    pool.push(setInterval(() => {}, 1e9).unref())
    return { content: [], structuredContent: { bytes: 'x'.repeat(RESULT_BYTES) + pool.length } }
  })
  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair()
  await server.connect(serverSide)
  clientSide.onmessage = () => {}
  const call = async (id: number, name: string) => {
    await clientSide.send({ jsonrpc: '2.0', id, method: 'tools/call', params: { name } } as JSONRPCMessage)
    await turn()
  }
  return { server, call }
}
const pool: NodeJS.Timeout[] = []

async function churn(times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    const { server, call } = await open()
    await call(0, time % 2 === 0 ? 'ok' : 'never')
    await server.close()
  }
}

function heapUsed(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

async function growth(work: () => Promise<void>): Promise<number> {
  const before = heapUsed()
  await work()
  await turn()
  return heapUsed() - before
}

await churn(500)
const byConnections = await growth(() => churn(connections))
const { call } = await open()
await call(-1, 'pools')
const byResults = await growth(async () => {
  for (let id = 0; id < CALLS; id += 1) await call(id, 'pools')
})
const active = await recorded.nonZero('mcp_active_requests')
await call(CALLS, 'never')
process.stdout.write(`${JSON.stringify({ byConnections, byResult: byResults / CALLS, active })}\n`)
