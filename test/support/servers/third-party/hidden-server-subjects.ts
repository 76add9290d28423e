// Servers written with frameworks that create the SDK's server themselves, or have none, with the lines that docs/frameworks.md shows.
import type { PlannedCall, Subject } from './subject.ts'
import { AT_LOW_LEVEL_CONNECT, bothFiles, startBoth, TWO_LINES } from './subject.ts'

/** What each project of these servers depends on. */
export const HIDDEN_SERVER_DEPENDENCIES = {
  'http-frameworks': {
    '@hono/mcp': '0.3.2',
    '@hono/node-server': '2.1.9',
    '@modelcontextprotocol/sdk': '1.32.2',
    '@modelcontextprotocol/server': '2.4.0',
    '@tmcp/adapter-zod': '0.1.7',
    '@tmcp/transport-stdio': '0.5.0',
    hono: '4.13.19',
    'mcp-handler': '2.4.0',
    'mcp-lite': '0.10.0',
    tmcp: '1.20.0',
    zod: '4.6.7',
  },
  mastra: { '@mastra/core': '1.71.0', '@mastra/mcp': '2.0.0', '@modelcontextprotocol/server': '2.0.0', zod: '4.6.7' },
  'mcp-use': { 'mcp-use': '2.5.2', zod: '4.6.7' },
} as const

const GOOD: readonly PlannedCall[] = [
  { tool: 'add', args: { a: 1 }, counts: 'success' },
  { tool: 'add', args: { a: 2 }, counts: 'success' },
]
const REFUSED: PlannedCall = { tool: 'add', args: { a: 'one' }, counts: 'validation_error' }
const FAILED: PlannedCall = { tool: 'fail', counts: 'RangeError' }
const UNKNOWN: PlannedCall = { tool: 'made_up', counts: 'unknown_tool' }
const ALL = [...GOOD, REFUSED, FAILED, UNKNOWN]
/** `trackTool` sees the calls whose function runs. */
const TRACKED = [...GOOD, { ...REFUSED, counts: 'nothing' }, FAILED, { ...UNKNOWN, counts: 'nothing' }]

const HANDLER = `
const [port] = process.argv.slice(2)
const inputSchema = z.object({ a: z.number() })
const add = async ({ a }) => ({ content: [{ type: 'text', text: String(a + 1) }] })
const fail = async () => {
  throw new RangeError('out of range')
}
`

const MCP_HANDLER = bothFiles(
  'mcp-handler',
  (isAttached) => `
import { serve } from '@hono/node-server'
import { createMcpHandler } from 'mcp-handler'
import { z } from 'zod'
${isAttached ? TWO_LINES : ''}
${HANDLER}
const handler = createMcpHandler((server) => {
  ${isAttached ? 'instrumentMcpServer(server)' : ''}
  server.registerTool('add', { inputSchema }, add)
  server.registerTool('fail', {}, fail)
})
serve({ fetch: handler, port: Number(port), hostname: '127.0.0.1' })
`,
)

const HONO_MCP = bothFiles(
  'hono-mcp',
  (isAttached) => `
import { serve } from '@hono/node-server'
import { StreamableHTTPTransport } from '@hono/mcp'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { Hono } from 'hono'
import { z } from 'zod'
${isAttached ? TWO_LINES : ''}
${HANDLER}
const server = ${isAttached ? 'instrumentMcpServer' : ''}(new McpServer({ name: 'scratch', version: '1.0.0' }))
server.registerTool('add', { inputSchema }, add)
server.registerTool('fail', {}, fail)
const transport = new StreamableHTTPTransport()
const app = new Hono()
app.all('/mcp', async (context) => {
  if (!server.isConnected()) await server.connect(transport)
  return transport.handleRequest(context)
})
serve({ fetch: app.fetch, port: Number(port), hostname: '127.0.0.1' })
`,
)

const MASTRA = bothFiles(
  'mastra',
  (isAttached) => `
import { createServer } from 'node:http'
import { createTool } from '@mastra/core/tools'
import { MCPServer } from '@mastra/mcp'
${isAttached ? `import { Server } from '@modelcontextprotocol/server'` : ''}
import { z } from 'zod'
${isAttached ? TWO_LINES + AT_LOW_LEVEL_CONNECT : ''}
${HANDLER}
const tools = {
  add: createTool({ id: 'add', description: 'Adds one.', inputSchema, execute: async ({ a }) => String(a + 1) }),
  fail: createTool({ id: 'fail', description: 'Fails.', inputSchema: z.object({}), execute: fail }),
}
const server = new MCPServer({ id: 'scratch', name: 'scratch', version: '1.0.0', tools })
if (port === undefined) await server.startStdio()
else {
  createServer((req, res) => {
    void server.startHTTP({ url: new URL(req.url, 'http://127.0.0.1'), httpPath: '/mcp', req, res })
  }).listen(Number(port), '127.0.0.1')
}
`,
)

const tracked = (isAttached: boolean, name: string) => (isAttached ? `trackTool('${name}', ${name})` : name)
const TRACKED_LINES = TWO_LINES.replace('instrumentMcpServer', 'trackTool')

const MCP_USE = bothFiles(
  'mcp-use',
  (isAttached) => `
import { MCPServer } from 'mcp-use'
import { z } from 'zod'
${isAttached ? TRACKED_LINES : ''}
${HANDLER}
const server = new MCPServer({ name: 'scratch', version: '1.0.0' })
server.tool({ name: 'add', description: 'Adds one.', inputSchema }, ${tracked(isAttached, 'add')})
server.tool({ name: 'fail', description: 'Fails.' }, ${tracked(isAttached, 'fail')})
await server.listen(Number(port), { host: '127.0.0.1' })
`,
)

const TMCP = bothFiles(
  'tmcp',
  (isAttached) => `
import { ZodJsonSchemaAdapter } from '@tmcp/adapter-zod'
import { StdioTransport } from '@tmcp/transport-stdio'
import { McpServer } from 'tmcp'
import { z } from 'zod'
${isAttached ? TRACKED_LINES : ''}
${HANDLER}
const server = new McpServer(
  { name: 'scratch', version: '1.0.0', description: 'A server.' },
  { adapter: new ZodJsonSchemaAdapter(), capabilities: { tools: {} } },
)
server.tool({ name: 'add', description: 'Adds one.', schema: inputSchema }, ${tracked(isAttached, 'add')})
server.tool({ name: 'fail', description: 'Fails.' }, ${tracked(isAttached, 'fail')})
new StdioTransport(server).listen()
`,
)

const MCP_LITE = bothFiles(
  'mcp-lite',
  (isAttached) => `
import { serve } from '@hono/node-server'
import { McpServer, StreamableHttpTransport } from 'mcp-lite'
import { z } from 'zod'
${isAttached ? TRACKED_LINES : ''}
${HANDLER}
const server = new McpServer({ name: 'scratch', version: '1.0.0', schemaAdapter: (schema) => z.toJSONSchema(schema) })
server.tool('add', { description: 'Adds one.', inputSchema, handler: ${tracked(isAttached, 'add')} })
server.tool('fail', { description: 'Fails.', handler: ${tracked(isAttached, 'fail')} })
serve({ fetch: new StreamableHttpTransport().bind(server), port: Number(port), hostname: '127.0.0.1' })
`,
)

const overHttp = (name: string) => ({ http: (port: number) => startBoth(name, String(port)) })

export const HIDDEN_SERVER_SUBJECTS: readonly Subject[] = [
  {
    name: 'mcp-handler 2.4.0',
    project: 'http-frameworks',
    files: MCP_HANDLER,
    hook: 'instrumentMcpServer in createMcpHandler',
    ...overHttp('mcp-handler'),
    calls: ALL,
  },
  {
    name: '@hono/mcp 0.3.2',
    project: 'http-frameworks',
    files: HONO_MCP,
    hook: 'two lines',
    ...overHttp('hono-mcp'),
    calls: ALL,
  },
  {
    name: '@mastra/mcp 2.0.0',
    project: 'mastra',
    revision: '2026-07-28',
    files: MASTRA,
    hook: 'Server.prototype.connect',
    stdio: startBoth('mastra'),
    ...overHttp('mastra'),
    calls: [...GOOD, { ...REFUSED, counts: 'tool_error' }, { ...FAILED, counts: 'tool_error' }, UNKNOWN],
  },
  {
    name: 'mcp-use 2.5.2',
    project: 'mcp-use',
    files: MCP_USE,
    hook: 'trackTool',
    ...overHttp('mcp-use'),
    calls: TRACKED,
  },
  {
    name: 'tmcp 1.20.0',
    project: 'http-frameworks',
    files: TMCP,
    hook: 'trackTool',
    stdio: startBoth('tmcp'),
    calls: TRACKED,
  },
  {
    name: 'mcp-lite 0.10.0',
    project: 'http-frameworks',
    files: MCP_LITE,
    hook: 'trackTool',
    ...overHttp('mcp-lite'),
    calls: TRACKED,
  },
]
