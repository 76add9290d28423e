// Servers written with frameworks, with the lines that a user of each adds.
import type { PlannedCall, Subject } from './subject.ts'
import { AT_LOW_LEVEL_CONNECT, bothFiles, startBoth, TWO_LINES } from './subject.ts'

/** Frameworks catch what a tool throws and answer with `isError`: the class of the error does not get out. */
const calls = (unlike: { readonly refused: string }): readonly PlannedCall[] => [
  { tool: 'add', args: { a: 1 }, counts: 'success' },
  { tool: 'add', args: { a: 2 }, counts: 'success' },
  { tool: 'add', args: { a: 'one' }, counts: unlike.refused },
  { tool: 'made_up', counts: 'unknown_tool' },
  { tool: 'fail', counts: 'tool_error' },
  { tool: 'add', args: { a: 3 }, counts: 'success' },
]

/** Over stdio without an argument, over HTTP at the port of the first one. */
function overBoth(name: string): Required<Pick<Subject, 'stdio' | 'http'>> {
  return { stdio: startBoth(name), http: (port) => startBoth(name, String(port)) }
}

const FASTMCP = bothFiles('fastmcp', (isAttached) => {
  const attach = `
${TWO_LINES}
const { connect } = FastMCPSession.prototype
FastMCPSession.prototype.connect = function (transport) {
  instrumentMcpServer(this.server)
  return connect.call(this, transport)
}
`
  return `
import { FastMCP, FastMCPSession } from 'fastmcp'
import { z } from 'zod'
${isAttached ? attach : ''}
const server = new FastMCP({ name: 'scratch', version: '1.0.0' })
server.addTool({
  name: 'add',
  description: 'Adds one.',
  parameters: z.object({ a: z.number() }),
  execute: async ({ a }) => String(a + 1),
})
server.addTool({
  name: 'fail',
  description: 'Fails.',
  execute: async () => {
    throw new RangeError('out of range')
  },
})
const [port] = process.argv.slice(2)
await server.start(
  port === undefined
    ? { transportType: 'stdio' }
    : { transportType: 'httpStream', httpStream: { port: Number(port), host: '127.0.0.1', endpoint: '/mcp' } },
)
`
})

const MCP_FRAMEWORK = bothFiles('mcp-framework', (isAttached) => {
  const attach = `
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
${TWO_LINES}
${AT_LOW_LEVEL_CONNECT}
`
  return `
import { MCPServer, MCPTool } from 'mcp-framework'
import { z } from 'zod'
${isAttached ? attach : ''}
class Add extends MCPTool {
  name = 'add'
  description = 'Adds one.'
  schema = z.object({ a: z.number().describe('A number.') })
  async execute({ a }) {
    return a + 1
  }
}
class Fail extends MCPTool {
  name = 'fail'
  description = 'Fails.'
  schema = z.object({})
  async execute() {
    throw new RangeError('out of range')
  }
}
const [port] = process.argv.slice(2)
const transport = port === undefined ? { type: 'stdio' } : { type: 'http-stream', options: { port: Number(port) } }
const server = new MCPServer({ name: 'scratch', version: '1.0.0', basePath: import.meta.dirname, transport })
server.addTool(Add)
server.addTool(Fail)
await server.start()
`
})

const MCP_NEST = bothFiles(
  'mcp-nest',
  (isAttached) => `
import 'reflect-metadata'
import { Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { McpStrategy, StdioTransport, StreamableHttpTransport } from '@rekog/mcp-nest'
import { z } from 'zod'
${isAttached ? TWO_LINES : ''}
const [port] = process.argv.slice(2)
const strategy = new McpStrategy({
  name: 'scratch',
  version: '1.0.0',
  transports: [port === undefined ? new StdioTransport() : new StreamableHttpTransport()],
  logging: false,
  ${isAttached ? 'serverMutator: (server) => instrumentMcpServer(server),' : ''}
})
strategy.registerTool({
  name: 'add',
  description: 'Adds one.',
  parameters: z.object({ a: z.number() }),
  handler: async ({ a }) => ({ content: [{ type: 'text', text: String(a + 1) }] }),
})
strategy.registerTool({
  name: 'fail',
  description: 'Fails.',
  handler: async () => {
    throw new RangeError('out of range')
  },
})
class App {}
Module({})(App)
if (port === undefined) {
  const app = await NestFactory.createMicroservice(App, { strategy, logger: false })
  await app.listen()
} else {
  const app = await NestFactory.create(App, { logger: false })
  strategy.setHttpAdapter(app.getHttpAdapter())
  app.connectMicroservice({ strategy })
  await app.startAllMicroservices()
  await app.listen(Number(port), '127.0.0.1')
}
`,
)

export const FRAMEWORK_DEPENDENCIES = {
  'zod-4': {
    '@modelcontextprotocol/core': '2.4.0',
    '@modelcontextprotocol/node': '2.1.2',
    '@nestjs/common': '12.5.1',
    '@nestjs/core': '12.5.1',
    '@nestjs/microservices': '12.1.1',
    '@nestjs/platform-express': '12.5.1',
    '@rekog/mcp-nest': '2.0.5',
    fastmcp: '4.20.16',
    'reflect-metadata': '0.2.2',
  },
  'zod-3': { '@modelcontextprotocol/sdk': '1.32.2', 'mcp-framework': '0.2.22' },
} as const

export const FRAMEWORK_SUBJECTS: readonly Subject[] = [
  {
    name: 'fastmcp 4.20.16',
    project: 'zod-4',
    files: FASTMCP,
    hook: 'FastMCPSession.prototype.connect',
    calls: calls({ refused: 'validation_error' }),
    ...overBoth('fastmcp'),
  },
  {
    name: 'mcp-framework 0.2.22',
    project: 'zod-3',
    files: MCP_FRAMEWORK,
    hook: 'Server.prototype.connect',
    calls: calls({ refused: 'tool_error' }),
    ...overBoth('mcp-framework'),
  },
  {
    name: '@rekog/mcp-nest 2.0.5',
    project: 'zod-4',
    files: MCP_NEST,
    hook: 'serverMutator',
    calls: calls({ refused: 'tool_error' }),
    ...overBoth('mcp-nest'),
  },
]
