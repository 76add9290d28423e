// Tests servers that are instrumented late, twice, or not at all, over transports of every shape.
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { CallToolRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { McpServer as McpServerV2 } from '@modelcontextprotocol/server'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { instrumentMcpServer } from '../../../../src/index.ts'
import type { OnMessage } from '../../../support/servers/transport-shapes.ts'
import { SHAPES } from '../../../support/servers/transport-shapes.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'

const { value, nonZero } = recordSeries()

let servers = 0

/** A server with tools that succeed and fail, under names that no other test has. */
function createServer() {
  servers += 1
  const tool = `late_${servers}`
  const server = new McpServer({ name: `late-${servers}`, version: '1.0.0' })
  server.registerTool(tool, { inputSchema: { n: z.number() } }, ({ n }) => {
    if (n < 0) throw new RangeError('negative')
    return { content: [] }
  })
  return { server, tool }
}

async function connectClient(transport: InMemoryTransport): Promise<Client> {
  const client = new Client({ name: 'cline', version: '1.0.0' })
  await client.connect(transport)
  return client
}

async function callThrice(client: Client, tool: string): Promise<void> {
  await client.callTool({ name: tool, arguments: { n: 1 } })
  await client.callTool({ name: tool, arguments: { n: -1 } })
  await client.callTool({ name: tool, arguments: { n: 'x' } })
}

async function expectThree(tool: string): Promise<void> {
  expect(await value(`mcp_tool_calls_total{status="success",tool_name="${tool}"}`)).toBe(1)
  expect(await value(`mcp_tool_calls_total{status="error",tool_name="${tool}"}`)).toBe(2)
  expect(await value(`mcp_tool_errors_total{error_type="RangeError",tool_name="${tool}"}`)).toBe(1)
  expect(await value(`mcp_tool_errors_total{error_type="validation_error",tool_name="${tool}"}`)).toBe(1)
  expect(await value(`mcp_active_requests{tool_name="${tool}"}`)).toBe(0)
}

function stderrLines(): string[] {
  const lines: string[] = []
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => lines.push(String(text)) > 0)
  return lines
}
afterEach(() => vi.restoreAllMocks())

describe.each(SHAPES)('instrumentMcpServer, over a transport whose onmessage is on %s,', (_shape, Shape) => {
  it('counts each call once when it is called before connect', async () => {
    const { server, tool } = createServer()
    instrumentMcpServer(server)
    const [clientSide, serverSide] = InMemoryTransport.createLinkedPair()
    await server.connect(new Shape(serverSide))
    const client = await connectClient(clientSide)

    await callThrice(client, tool)

    await expectThree(tool)
    await client.close()
  })

  it('counts each call once when it is called after connect, and the server stays able to hear', async () => {
    const { server, tool } = createServer()
    const [clientSide, serverSide] = InMemoryTransport.createLinkedPair()
    await server.connect(new Shape(serverSide))
    const client = await connectClient(clientSide)
    await client.callTool({ name: tool, arguments: { n: 1 } })

    instrumentMcpServer(server)
    await callThrice(client, tool)

    await expectThree(tool)
    await client.close()
  })

  it('counts the calls of a second connection once, after a first one that it was attached to late', async () => {
    const { server, tool } = createServer()
    const [firstClient, firstServer] = InMemoryTransport.createLinkedPair()
    await server.connect(new Shape(firstServer))
    const first = await connectClient(firstClient)
    instrumentMcpServer(server)
    await first.close()

    const [clientSide, serverSide] = InMemoryTransport.createLinkedPair()
    await server.connect(new Shape(serverSide))
    const client = await connectClient(clientSide)
    await callThrice(client, tool)

    await expectThree(tool)
    await client.close()
  })
})

describe('instrumentMcpServer, called after connect,', () => {
  it('knows the client that introduced itself before, and measures the rest of its session', async () => {
    const { server, tool } = createServer()
    const [clientSide, serverSide] = InMemoryTransport.createLinkedPair()
    await server.connect(serverSide)
    const client = await connectClient(clientSide)
    const named = async () =>
      Object.entries(await nonZero('mcp_client_requests_total'))
        .filter(([series]) => series.includes('client_name="cline"'))
        .reduce((sum, [, count]) => sum + count, 0)
    const sessions = async () =>
      Object.values(await nonZero('mcp_server_session_duration_seconds_count')).reduce((sum, count) => sum + count, 0)
    const [requestsBefore, sessionsBefore] = [await named(), await sessions()]

    instrumentMcpServer(server)
    await callThrice(client, tool)
    await client.close()

    expect((await named()) - requestsBefore).toBe(3)
    expect((await sessions()) - sessionsBefore).toBe(1)
  })
})

describe('two copies of instrumentMcpServer', () => {
  it('count each call once, whichever comes first', async () => {
    const { server, tool } = createServer()
    vi.resetModules()
    const other = await import('../../../../src/instrumentation/in-process/mcp-server.ts')
    expect(other.instrumentMcpServer).not.toBe(instrumentMcpServer)
    instrumentMcpServer(other.instrumentMcpServer(instrumentMcpServer(server)))
    const [clientSide, serverSide] = InMemoryTransport.createLinkedPair()
    await server.connect(serverSide)
    const client = await connectClient(clientSide)

    await callThrice(client, tool)

    await expectThree(tool)
    await client.close()
  })

  it('leave an accessor that another tool put on the transport in use', async () => {
    const { server, tool } = createServer()
    instrumentMcpServer(server)
    const [clientSide, serverSide] = InMemoryTransport.createLinkedPair()
    let seen = 0
    let handler: OnMessage
    Object.defineProperty(serverSide, 'onmessage', {
      configurable: true,
      get: () => handler,
      set(given: NonNullable<OnMessage>) {
        handler = (message, extra) => {
          seen += 1
          given(message, extra)
        }
      },
    })
    await server.connect(serverSide)
    const client = await connectClient(clientSide)

    await callThrice(client, tool)

    expect(seen).toBe(5)
    await expectThree(tool)
    await client.close()
  })
})

describe('instrumentMcpServer, given something else,', () => {
  class FastServer {
    async connect() {}
  }

  it.each<[string, unknown]>([
    ['an object of another protocol implementation', new FastServer()],
    ['undefined', undefined],
    ['null', null],
    ['a string', 'server'],
    ['a function', () => {}],
    ['an empty object', {}],
  ])('returns %s as it is, and says in one line on stderr that nothing is measured', (_what, given) => {
    vi.resetModules()
    const lines = stderrLines()

    expect(instrumentMcpServer(given as never)).toBe(given)

    // Each kind of value is reported once in the life of the process.
    expect(lines.length).toBeLessThanOrEqual(1)
    for (const line of lines)
      expect(line).toMatch(/^mcp-vitals: instrumentMcpServer was given .* measures nothing of it; .*\n$/)
  })

  it('names the class of the object in that line', () => {
    class OtherServer {}
    const lines = stderrLines()
    instrumentMcpServer(new OtherServer() as never)
    expect(lines).toEqual([expect.stringContaining('an object of the class OtherServer')])
  })

  it('leaves a frozen server as it is, and says so', async () => {
    const lines = stderrLines()
    const { server } = createServer()
    expect(() => instrumentMcpServer(Object.freeze(server))).not.toThrow()
    expect(lines).toEqual([expect.stringContaining('cannot be changed')])
  })
})

describe("a program's own tools/call handler on an McpServer with registered tools", () => {
  it.each(['before', 'after'] as const)(
    'is judged by its replies alone, set %s the server is instrumented',
    async (when) => {
      const { server, tool } = createServer()
      const setOwn = () =>
        server.server.setRequestHandler(CallToolRequestSchema, ({ params }) => {
          if (params.arguments?.['n'] === 'x') throw new Error('a server fault')
          return { content: [], isError: Number(params.arguments?.['n']) < 0 }
        })
      instrumentMcpServer(server)
      setOwn()
      if (when === 'before') server.registerTool(`${tool}_more`, {}, () => ({ content: [] }))
      const [clientSide, serverSide] = InMemoryTransport.createLinkedPair()
      await server.connect(serverSide)
      const client = await connectClient(clientSide)

      await client.callTool({ name: tool, arguments: { n: 1 } })
      await client.callTool({ name: tool, arguments: { n: -1 } })
      await client.callTool({ name: tool, arguments: { n: 'x' } }).catch(() => {})

      expect(await value(`mcp_tool_calls_total{status="success",tool_name="${tool}"}`)).toBe(1)
      expect(await value(`mcp_tool_errors_total{error_type="tool_error",tool_name="${tool}"}`)).toBe(1)
      expect(await value(`mcp_tool_errors_total{error_type="internal_error",tool_name="${tool}"}`)).toBe(1)
      expect(await value(`mcp_tool_errors_total{error_type="validation_error",tool_name="${tool}"}`)).toBe(0)
      await client.close()
    },
  )

  it('is seen on SDK v2 as well', async () => {
    const server = instrumentMcpServer(new McpServerV2({ name: 'late-v2', version: '1.0.0' }))
    server.registerTool('late_v2', { inputSchema: z.object({ n: z.number() }) }, () => ({ content: [] }))
    server.server.setRequestHandler('tools/call', () => ({ content: [], isError: true }))
    const [clientSide, serverSide] = InMemoryTransport.createLinkedPair()
    await server.connect(serverSide as never)
    const client = await connectClient(clientSide)

    await client.callTool({ name: 'late_v2', arguments: { n: 1 } })

    expect(await value('mcp_tool_errors_total{error_type="tool_error",tool_name="late_v2"}')).toBe(1)
    expect(await value('mcp_tool_errors_total{error_type="validation_error",tool_name="late_v2"}')).toBe(0)
    await client.close()
  })
})
