// Runs a stdio server for the comparison of two ways to attach: `node attached-two-ways.ts v1|v2|low-level|tasks [bare]`. Not bare, it has the
// two lines, and reports on stderr where its metrics are.
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { CallToolRequestSchema, ListToolsRequestSchema, McpError } from '@modelcontextprotocol/sdk/types.js'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { instrumentMcpServer, startTelemetry } from '../../../src/index.ts'
import { createOutcomeServer } from './outcome-kinds.ts'
import { createV2OutcomeServer } from './outcome-kinds-v2.ts'
import { createTaskServer } from './task-kinds.ts'

const [, , line, ...flags] = process.argv
const bare = flags.includes('bare')

/** Codes of JSON-RPC errors by tool. */
const CODES = { refuses: -32602, breaks: -32603, denies: -32050 } as const

function createLowLevelServer(): Server {
  const server = new Server({ name: 'outcomes', version: '1.0.0' }, { capabilities: { tools: {} } })
  if (!bare) instrumentMcpServer(server)
  const listed = ['ok', 'marked', 'lab_failure', ...Object.keys(CODES)]
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: listed.map((name) => ({ name, inputSchema: { type: 'object' as const } })),
  }))
  server.setRequestHandler(CallToolRequestSchema, ({ params: { name } }) => {
    if (name in CODES) throw new McpError(CODES[name as keyof typeof CODES], 'no')
    if (name === 'invented') throw new McpError(-32602, 'there is no such tool')
    const structuredContent = { success: false, error_type: 'a type that nobody declared' }
    return {
      content: [],
      ...(name === 'marked' && { isError: true }),
      ...(name === 'lab_failure' && { structuredContent }),
    }
  })
  return server
}

function serverOf(): Pick<Server, 'connect' | 'close'> {
  if (line === 'v1') return createOutcomeServer('outcomes', { bare })
  return line === 'tasks' ? createTaskServer('tasks', { bare }) : createLowLevelServer()
}

/** Starts the server. Returns how to close it. */
async function serve(): Promise<() => Promise<void>> {
  if (line === 'v2') {
    const { close } = serveStdio(() => createV2OutcomeServer({ bare }))
    return close
  }
  const server = serverOf()
  await server.connect(new StdioServerTransport())
  return () => server.close()
}

const telemetry = bare
  ? undefined
  : await startTelemetry({ metricsPort: Number(process.env['OTEL_EXPORTER_PROMETHEUS_PORT'] ?? 0), stdio: true })
const close = await serve()
if (telemetry !== undefined) process.stderr.write(`metrics at ${telemetry.metricsUrl}\n`)
process.stdin.once('end', async () => {
  await close()
  await telemetry?.shutdown()
})
