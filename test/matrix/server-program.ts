// Writes the programs under test: an instrumented MCP server in memory, which a client calls well and badly.

export type ModuleSyntax = 'ESM' | 'CommonJS'

/** A tool of the server, and the source of what it does. */
interface TriedTool {
  readonly name: string
  readonly body: string
}

/** One call, and the status or error type that must be counted for it. */
export interface TriedCall {
  readonly what: string
  readonly tool: string
  readonly args: string
  readonly expected: string
}

export const OTHER_TOOL = '_OTHER'

/** What every case calls. */
export const BASIC_CALLS: readonly TriedCall[] = [
  { what: 'success', tool: 'add', args: '{ a: 1 }', expected: 'success' },
  { what: 'unknown tool', tool: 'made_up', args: '{}', expected: 'unknown_tool' },
  { what: 'refused arguments', tool: 'add', args: "{ a: 'one' }", expected: 'validation_error' },
]

/** In addition, for the versions of the SDKs. */
export const ALL_CALLS: readonly TriedCall[] = [
  ...BASIC_CALLS,
  { what: "`ToolError('not_found')`", tool: 'missing', args: '{}', expected: 'not_found' },
  { what: '`RangeError`', tool: 'broken', args: '{}', expected: 'RangeError' },
  { what: '`isError` result', tool: 'refusing', args: '{}', expected: 'tool_error' },
]

const TOOLS: readonly TriedTool[] = [
  { name: 'missing', body: "throw new ToolError('not_found', 'no such thing')" },
  { name: 'broken', body: "throw new RangeError('out of range')" },
  { name: 'refusing', body: 'return { content: [], isError: true }' },
]

/** How a version of an SDK registers tools. */
export type Sdk = 'v1 handlers' | 'v1 tool' | 'v1 registerTool' | 'v2'

const V1 = '@modelcontextprotocol/sdk'
const V1_CLIENT = { [`${V1}/client/index.js`]: ['Client'], [`${V1}/inMemory.js`]: ['InMemoryTransport'] }

const IMPORTS: Readonly<Record<Sdk, Readonly<Record<string, readonly string[]>>>> = {
  'v1 handlers': {
    ...V1_CLIENT,
    [`${V1}/server/index.js`]: ['Server'],
    [`${V1}/types.js`]: ['CallToolRequestSchema', 'ErrorCode', 'ListToolsRequestSchema', 'McpError'],
  },
  'v1 tool': { ...V1_CLIENT, [`${V1}/server/mcp.js`]: ['McpServer'], zod: ['z'] },
  'v1 registerTool': { ...V1_CLIENT, [`${V1}/server/mcp.js`]: ['McpServer'], zod: ['z'] },
  v2: {
    '@modelcontextprotocol/client': ['Client'],
    '@modelcontextprotocol/server': ['InMemoryTransport', 'McpServer'],
    zod: ['z'],
  },
}

const NAMES = "{ name: 'scratch', version: '1.0.0' }"

const SERVERS: Readonly<Record<Sdk, string>> = {
  // This version has no McpServer: tools are what the handlers make of them.
  'v1 handlers': `
  const server = new Server(${NAMES}, { capabilities: { tools: {} } })
  const names = ['add', ${TOOLS.map(({ name }) => `'${name}'`).join(', ')}]
  const refuse = (why) => { throw new McpError(ErrorCode.InvalidParams, why) }
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: names.map((name) => ({ name, inputSchema: { type: 'object' } })),
  }))
  server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
    if (!names.includes(params.name)) refuse('unknown tool')
    if (params.name === 'add' && typeof params.arguments.a !== 'number') refuse('a is not a number')
    ${TOOLS.map(({ name, body }) => `if (params.name === '${name}') { ${body} }`).join('\n    ')}
    return { content: [] }
  })`,
  'v1 tool': `
  const server = new McpServer(${NAMES})
  server.tool('add', { a: z.number() }, async () => ({ content: [] }))
  ${TOOLS.map(({ name, body }) => `server.tool('${name}', async () => { ${body} })`).join('\n  ')}`,
  'v1 registerTool': `
  const server = new McpServer(${NAMES})
  server.registerTool('add', { inputSchema: { a: z.number() } }, async () => ({ content: [] }))
  ${TOOLS.map(({ name, body }) => `server.registerTool('${name}', {}, async () => { ${body} })`).join('\n  ')}`,
  v2: `
  const server = new McpServer(${NAMES})
  server.registerTool('add', { inputSchema: z.object({ a: z.number() }) }, async () => ({ content: [] }))
  ${TOOLS.map(({ name, body }) => `server.registerTool('${name}', {}, async () => { ${body} })`).join('\n  ')}`,
}

/** The last line of the program's output. The process must end after it. */
export const FINISHED = '# finished'

/** The same calls in a program that knows nothing of this library: it is preloaded. */
export function bareProgram(sdk: Sdk, syntax: ModuleSyntax, calls: readonly TriedCall[]): string {
  return programOf(IMPORTS[sdk], syntax, {
    connect: `${SERVERS[sdk].trim()}\n  const connected = server`,
    calls,
    end: `console.log('${FINISHED}')\n  process.exit()`,
  })
}

/** A program that makes the calls, prints /metrics if it is served, and shuts telemetry down. */
export function serverProgram(sdk: Sdk, syntax: ModuleSyntax, calls: readonly TriedCall[]): string {
  const imports = { 'mcp-vitals': ['instrumentMcpServer', 'startTelemetry', 'ToolError'], ...IMPORTS[sdk] }
  return programOf(imports, syntax, {
    connect: `const telemetry = await startTelemetry()\n  ${SERVERS[sdk].trim()}\n  const connected = instrumentMcpServer(server)`,
    calls,
    end: `if (telemetry.metricsUrl !== undefined) console.log(await (await fetch(telemetry.metricsUrl)).text())
  await telemetry.shutdown()
  console.log('${FINISHED}')`,
  })
}

interface ProgramParts {
  /** Makes `connected`, the server to connect. */
  readonly connect: string
  readonly calls: readonly TriedCall[]
  readonly end: string
}

function programOf(
  imports: Readonly<Record<string, readonly string[]>>,
  syntax: ModuleSyntax,
  { connect, calls, end }: ProgramParts,
): string {
  const lines = Object.entries(imports).map(([from, names]) => importLine(syntax, from, names))
  const calling = calls.map(({ tool, args }) => `await call('${tool}', ${args})`)
  return `${lines.join('\n')}
async function main() {
  ${connect}
  const client = new Client(${NAMES}, { capabilities: {} })
  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair()
  await connected.connect(serverSide)
  await client.connect(clientSide)
  await client.listTools()
  const call = (name, args) => client.callTool({ name, arguments: args }).catch(() => {})
  ${calling.join('\n  ')}
  await client.close()
  ${end}
}
main()
`
}

function importLine(syntax: ModuleSyntax, from: string, names: readonly string[]): string {
  const list = `{ ${names.join(', ')} }`
  return syntax === 'ESM' ? `import ${list} from '${from}'` : `const ${list} = require('${from}')`
}
