// Tests instrumentation of servers and clients of the MCP SDK versions that users have.
import { beforeAll, describe, expect, it } from 'vitest'
import type { ScratchProject } from '../support/programs/packed-package.ts'
import { parseSamples } from '../support/telemetry/recorded-series.ts'
import { openLibraryProject } from './library-project.ts'

/** Instruments a server with the tool `add` and a client, calls well and badly, and prints /metrics. */
const DRIVE = `
import { instrumentMcpClient, instrumentMcpServer, startTelemetry } from 'mcp-vitals'
export async function drive(server, client, [clientSide, serverSide]) {
  const telemetry = await startTelemetry({ env: { OTEL_EXPORTER_PROMETHEUS_PORT: '0' } })
  await instrumentMcpServer(server).connect(serverSide)
  await instrumentMcpClient(client).connect(clientSide)
  await client.listTools()
  const call = (name, args) => client.callTool({ name, arguments: args }).catch(() => {})
  await call('add', { a: 1 })
  await call('made_up', {})
  await call('add', { a: 'one' })
  console.log(await (await fetch(telemetry.metricsUrl)).text())
  process.exit(0)
}
`

const v1 = (sdk: string) => `
import { Client } from '${sdk}/client/index.js'
import { InMemoryTransport } from '${sdk}/inMemory.js'
import { McpServer } from '${sdk}/server/mcp.js'
import { z } from 'zod'
import { drive } from './drive.js'
const server = new McpServer({ name: 'scratch', version: '1.0.0' })
server.registerTool('add', { inputSchema: { a: z.number() } }, () => ({ content: [] }))
await drive(server, new Client({ name: 'scratch', version: '1.0.0' }), InMemoryTransport.createLinkedPair())
`

const MAIN = {
  // This version has no McpServer: tools are what the handlers of the server make of them.
  '1.0': `
import { Client } from 'sdk-1.0/client/index.js'
import { InMemoryTransport } from 'sdk-1.0/inMemory.js'
import { Server } from 'sdk-1.0/server/index.js'
import { CallToolRequestSchema, ErrorCode, ListToolsRequestSchema, McpError } from 'sdk-1.0/types.js'
import { drive } from './drive.js'
const server = new Server({ name: 'scratch', version: '1.0.0' }, { capabilities: { tools: {} } })
server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [{ name: 'add', inputSchema: { type: 'object' } }] }))
server.setRequestHandler(CallToolRequestSchema, ({ params }) => {
  if (params.name !== 'add') throw new McpError(ErrorCode.InvalidParams, 'unknown tool')
  if (typeof params.arguments.a !== 'number') throw new McpError(ErrorCode.InvalidParams, 'a is not a number')
  return { content: [] }
})
const client = new Client({ name: 'scratch', version: '1.0.0' }, { capabilities: {} })
await drive(server, client, InMemoryTransport.createLinkedPair())
`,
  '1.23': v1('sdk-1.23'),
  '1 (newest)': v1('@modelcontextprotocol/sdk'),
  '2 (newest)': `
import { Client } from '@modelcontextprotocol/client'
import { InMemoryTransport, McpServer } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { drive } from './drive.js'
const server = new McpServer({ name: 'scratch', version: '1.0.0' })
server.registerTool('add', { inputSchema: z.object({ a: z.number() }) }, () => ({ content: [] }))
await drive(server, new Client({ name: 'scratch', version: '1.0.0' }), InMemoryTransport.createLinkedPair())
`,
}

type Version = keyof typeof MAIN

const VERSIONS = Object.keys(MAIN) as Version[]

let project: ScratchProject
const samples = new Map<Version, ReadonlyMap<string, number>>()
beforeAll(async () => {
  project = await openLibraryProject()
  project.write('drive.js', DRIVE)
  for (const version of VERSIONS) {
    project.write('main.js', MAIN[version])
    samples.set(version, parseSamples(await project.run('node', 'main.js')))
  }
})

/** Returns the samples that match and are not 0. */
function counted(version: Version, pattern: RegExp): Readonly<Record<string, number>> {
  return Object.fromEntries([...(samples.get(version) ?? [])].filter(([key, value]) => pattern.test(key) && value > 0))
}

describe.each(VERSIONS)('MCP SDK %s', (version) => {
  it('has each call of a server counted once, by tool and status', () => {
    expect(counted(version, /^mcp_tool_calls_total\{/)).toEqual({
      'mcp_tool_calls_total{status="success",tool_name="add"}': 1,
      'mcp_tool_calls_total{status="error",tool_name="add"}': 1,
      'mcp_tool_calls_total{status="error",tool_name="_OTHER"}': 1,
    })
  })

  it('has each call of a client counted once', () => {
    const counts = counted(version, /^mcp_client_operation_duration_seconds_count\{.*mcp_method_name="tools\/call"/)
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(3)
  })

  it('has errors of the caller counted by type', () => {
    expect(counted(version, /^mcp_tool_errors_total\{/)).toEqual({
      'mcp_tool_errors_total{error_type="validation_error",tool_name="add"}': 1,
      'mcp_tool_errors_total{error_type="unknown_tool",tool_name="_OTHER"}': 1,
    })
  })
})
