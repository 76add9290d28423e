// The fixture server of outcome-kinds.ts or task-kinds.ts as a process of its own: `node outcome-process.ts http|stdio outcomes|tasks`.
// Says on stderr, as one line of JSON, where it listens.
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { startTelemetry } from '../../../src/index.ts'
import { createOutcomeServer } from './outcome-kinds.ts'
import { createTaskServer } from './task-kinds.ts'

const [transportName, kinds] = process.argv.slice(2)
const newServer = () => (kinds === 'tasks' ? createTaskServer() : createOutcomeServer())
const unhandled: string[] = []
process.on('unhandledRejection', (reason) => unhandled.push(String(reason)))

const telemetry = await startTelemetry({ stdio: transportName === 'stdio' })
let url: string | undefined
if (transportName === 'stdio') {
  await newServer().connect(new StdioServerTransport())
  process.stdin.once('end', () => process.exit(unhandled.length))
} else {
  const sessions = new Map<string, StreamableHTTPServerTransport>()
  const http = createServer(async (request, response) => {
    const known = sessions.get(String(request.headers['mcp-session-id']))
    if (known !== undefined) return known.handleRequest(request, response)
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void sessions.set(id, transport),
    })
    await newServer().connect(transport)
    await transport.handleRequest(request, response)
  })
  // A connection that is closed for being idle as the client takes it up again is a call that never came.
  http.keepAliveTimeout = 0
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`
  process.once('SIGTERM', () => process.exit(unhandled.length))
}
process.stderr.write(`${JSON.stringify({ metricsUrl: telemetry.metricsUrl, url })}\n`)
