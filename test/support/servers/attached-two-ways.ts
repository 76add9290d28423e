// A stdio server as a process, for the comparison of two ways to attach: `node attached-two-ways.ts v1|v2 [bare]`. Not bare, it has the
// two lines, and says as one line of JSON on stderr where its metrics are.
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { inputRequired, McpServer } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { z } from 'zod'
import { instrumentMcpServer, startTelemetry } from '../../../src/index.ts'
import { createOutcomeServer } from './outcome-kinds.ts'

const [, , line, ...flags] = process.argv
const bare = flags.includes('bare')

function createV2Server(): McpServer {
  const server = new McpServer({ name: 'outcomes', version: '1.0.0' })
  if (!bare) instrumentMcpServer(server)
  server.registerTool('ok', { inputSchema: z.object({ text: z.string() }) }, ({ text }) => ({
    content: [{ type: 'text', text }],
  }))
  server.registerTool('throws_error', {}, () => {
    throw new RangeError('out of range')
  })
  server.registerTool('marked', {}, () => ({ content: [], isError: true }))
  server.registerTool('lab_failure', {}, () => ({
    content: [],
    structuredContent: { success: false, error_type: 'forbidden' },
  }))
  server.registerTool('misfit', { outputSchema: z.object({ n: z.number() }) }, () => ({
    content: [],
    structuredContent: { n: 'seven' },
  }))
  server.registerTool(
    'waits',
    {},
    (ctx) => new Promise((_, reject) => ctx.mcpReq.signal.addEventListener('abort', () => reject(new Error('gone')))),
  )
  server.registerTool('asks', {}, () =>
    inputRequired({
      inputRequests: {
        name: inputRequired.elicit({ message: 'Who?', requestedSchema: { type: 'object', properties: {} } }),
      },
    }),
  )
  return server
}

const telemetry = bare ? undefined : await startTelemetry({ metricsPort: 0, stdio: true })
if (line === 'v1') await createOutcomeServer('outcomes', { bare }).connect(new StdioServerTransport())
else serveStdio(createV2Server)
if (telemetry !== undefined) process.stderr.write(`metrics at ${telemetry.metricsUrl}\n`)
