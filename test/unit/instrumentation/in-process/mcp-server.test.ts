import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { instrumentMcpServer } from '../../../../src/instrumentation/in-process/mcp-server.ts'
import type { InstrumentOptions } from '../../../../src/instrumentation/wire/instrument-options.ts'
import { linkedClient } from '../../../support/clients/linked-client.ts'
import { waitFor } from '../../../support/programs/wait-for.ts'
import type { RecordedSeries } from '../../../support/telemetry/recorded-series.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'

let recorded: RecordedSeries
beforeEach(() => {
  recorded = recordSeries()
})

function createServer(name = 'plain'): McpServer {
  const server = new McpServer({ name, version: '1.2.3' })
  server.registerTool('echo', { inputSchema: { text: z.string() } }, ({ text }) => ({
    content: [{ type: 'text', text }],
  }))
  return server
}

const connectTo = (server: McpServer | Server) =>
  linkedClient(server, new Client({ name: 'claude-code', version: '1' }))

describe('instrumentMcpServer', () => {
  it('returns the same server, and counts a call once when it is applied several times', async () => {
    const server = createServer()

    expect(instrumentMcpServer(server)).toBe(server)
    instrumentMcpServer(server)
    instrumentMcpServer(server.server)
    const client = await connectTo(server)
    await client.callTool({ name: 'echo', arguments: { text: 'x' } })

    expect(await recorded.nonZero('mcp_tool_calls_total')).toEqual({
      'mcp_tool_calls_total{status="success",tool_name="echo"}': 1,
    })
  })

  it('starts each tool at 0, before and after connect and on each meter provider, with the server info', async () => {
    const server = instrumentMcpServer(createServer())
    await connectTo(server)
    server.registerTool('late', {}, () => ({ content: [] }))

    for (const tool of ['echo', 'late']) {
      expect(await recorded.value(`mcp_tool_calls_total{status="success",tool_name="${tool}"}`)).toBe(0)
      expect(await recorded.value(`mcp_tool_errors_total{error_type="timeout",tool_name="${tool}"}`)).toBe(0)
      expect(await recorded.value(`mcp_active_requests{tool_name="${tool}"}`)).toBe(0)
    }
    expect(await recorded.value('mcp_tool_errors_total{error_type="unknown_tool",tool_name="_OTHER"}')).toBe(0)

    const next = recordSeries()
    const client = await connectTo(instrumentMcpServer(createServer()))
    expect(await next.value('mcp_tool_calls_total{status="success",tool_name="late"}')).toBe(0)
    expect(
      await next.value(`mcp_server_info{node_version="${process.version}",server_name="plain",version="1.2.3"}`),
    ).toBe(1)
    await client.close()
  })

  it('measures a server that is already connected from that moment on', async () => {
    const server = createServer()
    const client = await connectTo(server)
    await client.callTool({ name: 'echo', arguments: { text: 'unseen' } })

    instrumentMcpServer(server)
    await client.callTool({ name: 'echo', arguments: { text: 'seen' } })

    expect(await recorded.value('mcp_tool_calls_total{status="success",tool_name="echo"}')).toBe(1)
  })

  it('measures the updated callback of a tool, and counts calls after removal as validation_error', async () => {
    const server = instrumentMcpServer(createServer())
    const tool = server.registerTool('first', {}, () => ({ content: [] }))
    const client = await connectTo(server)
    await client.callTool({ name: 'first' })
    tool.update({
      callback: () => {
        throw new TypeError('new')
      },
    })
    await client.callTool({ name: 'first' })
    tool.remove()
    await client.callTool({ name: 'first' })

    expect(await recorded.nonZero('mcp_tool_errors_total')).toEqual({
      'mcp_tool_errors_total{error_type="TypeError",tool_name="first"}': 1,
      'mcp_tool_errors_total{error_type="validation_error",tool_name="first"}': 1,
    })
  })

  it('counts calls of constructor, __proto__ and other inherited names as unknown_tool', async () => {
    const client = await connectTo(instrumentMcpServer(createServer('prototype')))

    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) await client.callTool({ name })

    expect(await recorded.nonZero('mcp_tool_errors_total')).toEqual({
      'mcp_tool_errors_total{error_type="unknown_tool",tool_name="_OTHER"}': 4,
    })
  })

  it('counts the calls of a low-level Server by reply and error code, and names only listed tools', async () => {
    const server = instrumentMcpServer(new Server({ name: 'low', version: '1' }, { capabilities: { tools: {} } }))
    server.setRequestHandler(ListToolsRequestSchema, () => ({
      tools: [{ name: 'listed', inputSchema: { type: 'object' } }],
    }))
    server.setRequestHandler(CallToolRequestSchema, ({ params }) => {
      const code = (params.arguments as { code?: number } | undefined)?.code
      if (code !== undefined) throw Object.assign(new Error('coded'), { code })
      return { content: [] }
    })
    const client = await connectTo(server)
    await client.callTool({ name: 'listed' })
    await client.listTools()
    await client.callTool({ name: 'listed' })
    for (const code of [-32602, -32603, -32001]) {
      await client.callTool({ name: 'listed', arguments: { code } }).catch(() => {})
    }
    await client.callTool({ name: 'not listed', arguments: { code: -32602 } }).catch(() => {})

    expect(await recorded.nonZero('mcp_tool_calls_total')).toEqual({
      'mcp_tool_calls_total{status="success",tool_name="_OTHER"}': 1,
      'mcp_tool_calls_total{status="success",tool_name="listed"}': 1,
      'mcp_tool_calls_total{status="error",tool_name="listed"}': 3,
      'mcp_tool_calls_total{status="error",tool_name="_OTHER"}': 1,
    })
    expect(await recorded.nonZero('mcp_tool_errors_total')).toEqual({
      'mcp_tool_errors_total{error_type="validation_error",tool_name="listed"}': 1,
      'mcp_tool_errors_total{error_type="internal_error",tool_name="listed"}': 1,
      'mcp_tool_errors_total{error_type="_OTHER",tool_name="listed"}': 1,
      'mcp_tool_errors_total{error_type="unknown_tool",tool_name="_OTHER"}': 1,
    })
  })

  it.each([Number.POSITIVE_INFINITY, 2 ** 40, 0, -1, Number.NaN])(
    'counts a call of 20 ms as a success with a deadlineMs of %d',
    async (deadlineMs) => {
      const server = instrumentMcpServer(createServer(), { deadlineMs, tools: { slow: { deadlineMs } } })
      server.registerTool('slow', {}, () => new Promise((resolve) => setTimeout(() => resolve({ content: [] }), 20)))
      const client = await connectTo(server)

      await client.callTool({ name: 'slow' })

      expect(await recorded.nonZero('mcp_tool_calls_total')).toEqual({
        'mcp_tool_calls_total{status="success",tool_name="slow"}': 1,
      })
      await client.close()
    },
  )

  it('loses no call when the SDK rejects a second connect of the same transport', async () => {
    const server = instrumentMcpServer(createServer())
    const gate = Promise.withResolvers<{ content: [] }>()
    server.registerTool('waits', {}, () => gate.promise)
    const [clientSide, serverSide] = InMemoryTransport.createLinkedPair()
    await server.connect(serverSide)
    const client = new Client({ name: 'x', version: '1' })
    await client.connect(clientSide)
    const call = client.callTool({ name: 'waits' })
    await waitFor(async () => (await recorded.value('mcp_active_requests{tool_name="waits"}')) === 1)

    await expect(server.connect(serverSide)).rejects.toThrow('Already connected')
    gate.resolve({ content: [] })
    await call

    expect(await recorded.value('mcp_tool_calls_total{status="success",tool_name="waits"}')).toBe(1)
    expect(await recorded.nonZero('mcp_active_requests')).toEqual({})
    await client.close()
  })

  it('keeps the calls of 20 servers in one process apart, although their ids are the same', async () => {
    const clients = await Promise.all(
      Array.from({ length: 20 }, (_, index) => connectTo(instrumentMcpServer(createServer(`server-${index}`)))),
    )

    const answers = await Promise.all(
      clients.map((client, index) => client.callTool({ name: 'echo', arguments: { text: `${index}` } })),
    )

    expect(answers.map((answer) => (answer.content as { text: string }[])[0]?.text)).toEqual(
      clients.map((_, index) => `${index}`),
    )
    expect(await recorded.value('mcp_tool_calls_total{status="success",tool_name="echo"}')).toBe(20)
    await Promise.all(clients.map((client) => client.close()))
  })

  it('records each request and notification as an operation, unknown methods as _OTHER, and the session', async () => {
    const client = await connectTo(instrumentMcpServer(createServer()))
    await client.ping()
    await client.listTools()
    await client.request({ method: 'made/up' }, z.object({})).catch(() => {})
    await client.close()

    const operations = await recorded.nonZero('mcp_server_operation_duration_seconds_count')
    expect(
      Object.keys(operations)
        .map((sample) => /mcp_method_name="([^"]*)"/.exec(sample)?.[1])
        .sort(),
    ).toEqual(['_OTHER', 'initialize', 'notifications/initialized', 'ping', 'tools/list'])
    const unknown = Object.keys(operations).find((sample) => sample.includes('_OTHER'))
    expect(unknown).toContain('rpc_status_code="-32601"')
    expect(unknown).not.toContain('error_type')
    expect(await recorded.value('mcp_server_session_duration_seconds_count{mcp_protocol_version="2025-11-25"}')).toBe(1)
    expect(
      await recorded.value('mcp_client_requests_total{client_name="claude-code",protocol_version="2025-11-25"}'),
    ).toBe(4)
  })

  it('records an unknown client name as _OTHER unless the clients option lists it', async () => {
    for (const options of [{}, { clients: ['home-made'] }] satisfies InstrumentOptions[]) {
      const server = instrumentMcpServer(createServer(), options)
      const client = await linkedClient(server, new Client({ name: 'home-made', version: '1' }))
      await client.close()
    }

    expect(await recorded.nonZero('mcp_client_requests_total')).toEqual({
      'mcp_client_requests_total{client_name="_OTHER",protocol_version="2025-11-25"}': 1,
      'mcp_client_requests_total{client_name="home-made",protocol_version="2025-11-25"}': 1,
    })
  })

  it('records the byte lengths of the arguments and the result as JSON', async () => {
    const client = await connectTo(instrumentMcpServer(createServer()))

    const result = await client.callTool({ name: 'echo', arguments: { text: 'héllo' } })

    expect(await recorded.value('mcp_request_size_bytes_sum{tool_name="echo"}')).toBe(
      Buffer.byteLength('{"text":"héllo"}'),
    )
    expect(await recorded.value('mcp_response_size_bytes_sum{tool_name="echo"}')).toBe(
      Buffer.byteLength(JSON.stringify(result)),
    )
  })

  it('counts two requests with the same id as two calls, and leaves none active', async () => {
    const server = instrumentMcpServer(createServer())
    const [clientSide, serverSide] = InMemoryTransport.createLinkedPair()
    await server.connect(serverSide)
    const answers: JSONRPCMessage[] = []
    clientSide.onmessage = (message) => answers.push(message)
    const call = {
      jsonrpc: '2.0' as const,
      id: 'same',
      method: 'tools/call',
      params: { name: 'echo', arguments: { text: 'x' } },
    }

    await Promise.all([clientSide.send(call), clientSide.send(call)])
    await waitFor(() => answers.length === 2)

    await waitFor(async () => (await recorded.value('mcp_tool_calls_total{status="success",tool_name="echo"}')) === 2)
    expect(await recorded.nonZero('mcp_active_requests')).toEqual({})
  })

  it('changes no response of the server, neither results nor errors', async () => {
    const talk = async (server: McpServer) => {
      server.registerTool('throws', {}, () => {
        throw new Error('boom')
      })
      server.registerTool('nothing', {}, () => undefined as never)
      const [clientSide, serverSide] = InMemoryTransport.createLinkedPair()
      await server.connect(serverSide)
      const answers: JSONRPCMessage[] = []
      clientSide.onmessage = (message) => answers.push(message)
      const requests = [
        {
          method: 'initialize',
          params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } },
        },
        { method: 'tools/list' },
        { method: 'tools/call', params: { name: 'echo', arguments: { text: 'x' } } },
        { method: 'tools/call', params: { name: 'echo', arguments: {} } },
        { method: 'tools/call', params: { name: 'throws' } },
        { method: 'tools/call', params: { name: 'nothing' } },
        { method: 'tools/call', params: { name: 'invented' } },
        { method: 'tools/call', params: { name: 7 } },
        { method: 'tools/call' },
        { method: 'no/such' },
      ]
      for (const [id, request] of requests.entries())
        await clientSide.send({ jsonrpc: '2.0', id, ...request } as JSONRPCMessage)
      await waitFor(() => answers.length === requests.length)
      return answers.map((answer) => JSON.stringify(answer))
    }

    expect(await talk(instrumentMcpServer(createServer()))).toEqual(await talk(createServer()))
  })
})
