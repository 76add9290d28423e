// Small servers of our own on versions of the MCP SDK that users have.
import type { PlannedCall, Subject } from './subject.ts'
import { bothFiles, startBoth, TWO_LINES } from './subject.ts'

/** The SDK versions, under the names that the servers import. */
export const SDK_DEPENDENCIES = {
  'zod-3': {
    'sdk-1.0': 'npm:@modelcontextprotocol/sdk@1.0.4',
    'sdk-1.10': 'npm:@modelcontextprotocol/sdk@1.10.2',
    'sdk-1.20': 'npm:@modelcontextprotocol/sdk@1.20.2',
  },
  'zod-4': {
    '@modelcontextprotocol/sdk': '1.32.2',
    '@modelcontextprotocol/server': '2.4.0',
    'sdk-1.23': 'npm:@modelcontextprotocol/sdk@1.23.1',
    'server-2.0': 'npm:@modelcontextprotocol/server@2.0.0',
  },
} as const

const CALLS: readonly PlannedCall[] = [
  { tool: 'add', args: { a: 1 }, counts: 'success' },
  { tool: 'add', args: { a: 2 }, counts: 'success' },
  { tool: 'add', args: { a: 'one' }, counts: 'validation_error' },
  { tool: 'made_up', counts: 'unknown_tool' },
  { tool: 'fail', counts: 'RangeError' },
  { tool: 'add', args: { a: 3 }, counts: 'success' },
]

/** This version has no McpServer: tools are what the handlers of the server make of them. */
const lowLevel = (sdk: string) =>
  bothFiles(
    sdk,
    (isAttached) => `
import { Server } from '${sdk}/server/index.js'
import { StdioServerTransport } from '${sdk}/server/stdio.js'
import { CallToolRequestSchema, ErrorCode, ListToolsRequestSchema, McpError } from '${sdk}/types.js'
${isAttached ? TWO_LINES : ''}
const server = ${isAttached ? 'instrumentMcpServer' : ''}(new Server({ name: 'scratch', version: '1.0.0' }, { capabilities: { tools: {} } }))
const tools = ['add', 'fail'].map((name) => ({ name, inputSchema: { type: 'object' } }))
server.setRequestHandler(ListToolsRequestSchema, () => ({ tools }))
server.setRequestHandler(CallToolRequestSchema, ({ params }) => {
  if (params.name === 'fail') throw new RangeError('out of range')
  if (params.name !== 'add') throw new McpError(ErrorCode.InvalidParams, 'unknown tool')
  if (typeof params.arguments.a !== 'number') throw new McpError(ErrorCode.InvalidParams, 'a is not a number')
  return { content: [] }
})
await server.connect(new StdioServerTransport())
`,
  )

/** Versions before 1.13 have `tool` alone. */
const v1 = (sdk: string) =>
  bothFiles(
    sdk.replaceAll('/', '-'),
    (isAttached) => `
import { McpServer } from '${sdk}/server/mcp.js'
import { StdioServerTransport } from '${sdk}/server/stdio.js'
import { z } from 'zod'
${isAttached ? TWO_LINES : ''}
const server = ${isAttached ? 'instrumentMcpServer' : ''}(new McpServer({ name: 'scratch', version: '1.0.0' }))
server.tool('add', { a: z.number() }, ({ a }) => ({ content: [{ type: 'text', text: String(a + 1) }] }))
server.tool('fail', () => {
  throw new RangeError('out of range')
})
await server.connect(new StdioServerTransport())
`,
  )

const v2 = (sdk: string) =>
  bothFiles(
    sdk.replaceAll('/', '-'),
    (isAttached) => `
import { McpServer } from '${sdk}'
import { StdioServerTransport } from '${sdk}/stdio'
import { z } from 'zod'
${isAttached ? TWO_LINES : ''}
const server = ${isAttached ? 'instrumentMcpServer' : ''}(new McpServer({ name: 'scratch', version: '1.0.0' }))
const inputSchema = z.object({ a: z.number() })
server.registerTool('add', { inputSchema }, ({ a }) => ({ content: [{ type: 'text', text: String(a + 1) }] }))
server.registerTool('fail', {}, () => {
  throw new RangeError('out of range')
})
await server.connect(new StdioServerTransport())
`,
  )

/** A server for each request, which is what the stateless transport asks for. */
const v1OverHttp = bothFiles(
  'v1-http',
  (isAttached) => `
import { createServer } from 'node:http'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { z } from 'zod'
${isAttached ? TWO_LINES : ''}
createServer(async (request, response) => {
  const server = ${isAttached ? 'instrumentMcpServer' : ''}(new McpServer({ name: 'scratch', version: '1.0.0' }))
  server.registerTool('add', { inputSchema: { a: z.number() } }, () => ({ content: [] }))
  server.registerTool('fail', {}, () => {
    throw new RangeError('out of range')
  })
  const transport = new StreamableHTTPServerTransport({})
  response.on('close', () => void server.close())
  await server.connect(transport)
  await transport.handleRequest(request, response)
}).listen(Number(process.argv[2]), '127.0.0.1')
`,
)

/** The way that serves both revisions of the protocol: a server for each connection, or for each request. */
const v2Modern = bothFiles(
  'v2-modern',
  (isAttached) => `
import { createServer } from 'node:http'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { z } from 'zod'
${isAttached ? TWO_LINES : ''}
const inputSchema = z.object({ a: z.number() })
const createScratch = () => {
  const server = ${isAttached ? 'instrumentMcpServer' : ''}(new McpServer({ name: 'scratch', version: '1.0.0' }))
  server.registerTool('add', { inputSchema }, ({ a }) => ({ content: [{ type: 'text', text: String(a + 1) }] }))
  server.registerTool('fail', {}, () => {
    throw new RangeError('out of range')
  })
  return server
}
const [port] = process.argv.slice(2)
if (port === undefined) serveStdio(createScratch)
else createServer(toNodeHandler(createMcpHandler(createScratch))).listen(Number(port), '127.0.0.1')
`,
)

function subjectOf(name: string, project: Subject['project'], files: Subject['files'], calls = CALLS): Subject {
  const [file = ''] = Object.keys(files)
  return { name, project, files, calls, hook: 'two lines', stdio: startBoth(file.replace(/\.js$/, '')) }
}

export const SDK_SUBJECTS: readonly Subject[] = [
  // A handler's own error is a JSON-RPC error, and nothing tells its class.
  subjectOf('MCP SDK 1.0.4, low-level Server', 'zod-3', lowLevel('sdk-1.0'), [
    ...CALLS.filter(({ tool }) => tool !== 'fail'),
    { tool: 'fail', counts: 'internal_error' },
  ]),
  subjectOf('MCP SDK 1.10.2', 'zod-3', v1('sdk-1.10')),
  subjectOf('MCP SDK 1.20.2', 'zod-3', v1('sdk-1.20')),
  subjectOf('MCP SDK 1.23.1', 'zod-4', v1('sdk-1.23')),
  {
    ...subjectOf('MCP SDK 1.32.2', 'zod-4', { ...v1('@modelcontextprotocol/sdk'), ...v1OverHttp }),
    http: (port) => startBoth('v1-http', String(port)),
  },
  subjectOf('MCP SDK 2.0.0', 'zod-4', v2('server-2.0')),
  subjectOf('MCP SDK 2.4.0', 'zod-4', v2('@modelcontextprotocol/server')),
  {
    ...subjectOf('MCP SDK 2.4.0, revision 2026-07-28', 'zod-4', v2Modern),
    http: (port) => startBoth('v2-modern', String(port)),
    revision: '2026-07-28',
  },
]
