import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { createMcpHandler, InMemoryTransport, inputRequired, McpServer, Server } from '@modelcontextprotocol/server'
import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { instrumentMcpClient } from '../../../../src/instrumentation/in-process/mcp-client.ts'
import { instrumentMcpServer } from '../../../../src/instrumentation/in-process/mcp-server.ts'
import { ToolError } from '../../../../src/instrumentation/outcome/tool-error.ts'
import { waitFor } from '../../../support/programs/wait-for.ts'
import type { RecordedSeries } from '../../../support/telemetry/recorded-series.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'

let recorded: RecordedSeries
beforeEach(() => {
  recorded = recordSeries()
})

function createServer(): McpServer {
  const server = instrumentMcpServer(new McpServer({ name: 'v2', version: '2.0.0' }))
  server.registerTool('ok', { inputSchema: z.object({ text: z.string() }) }, ({ text }) => ({
    content: [{ type: 'text', text }],
  }))
  server.registerTool('fails', {}, () => {
    throw new ToolError('conflict', 'somebody else was first')
  })
  server.registerTool('misfit', { outputSchema: z.object({ n: z.number() }) }, () => ({
    content: [],
    structuredContent: { n: 'x' },
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

async function callAll(client: Client): Promise<void> {
  await client.callTool({ name: 'ok', arguments: { text: 'hi' } })
  await client.callTool({ name: 'ok', arguments: { text: 7 } })
  await client.callTool({ name: 'fails' })
  await client.callTool({ name: 'misfit' })
  await client.callTool({ name: 'invented' }).catch(() => {})
}

const EXPECTED_CALLS = {
  'mcp_tool_calls_total{status="success",tool_name="ok"}': 1,
  'mcp_tool_calls_total{status="error",tool_name="ok"}': 1,
  'mcp_tool_calls_total{status="error",tool_name="fails"}': 1,
  'mcp_tool_calls_total{status="error",tool_name="misfit"}': 1,
  'mcp_tool_calls_total{status="error",tool_name="_OTHER"}': 1,
}
const EXPECTED_ERRORS = {
  'mcp_tool_errors_total{error_type="validation_error",tool_name="ok"}': 1,
  'mcp_tool_errors_total{error_type="conflict",tool_name="fails"}': 1,
  'mcp_tool_errors_total{error_type="internal_error",tool_name="misfit"}': 1,
  'mcp_tool_errors_total{error_type="unknown_tool",tool_name="_OTHER"}': 1,
}

describe('instrumentMcpServer with SDK v2', () => {
  it('counts the calls and errors of an McpServer over in-memory transports, and leaves none active', async () => {
    const [clientSide, serverSide] = InMemoryTransport.createLinkedPair()
    await createServer().connect(serverSide)
    const client = instrumentMcpClient(new Client({ name: 'claude-code', version: '1.0.0' }))
    await client.connect(clientSide)

    await callAll(client)

    expect(await recorded.nonZero('mcp_tool_calls_total')).toEqual(EXPECTED_CALLS)
    expect(await recorded.nonZero('mcp_tool_errors_total')).toEqual(EXPECTED_ERRORS)
    await client.close()
    expect(await recorded.nonZero('mcp_active_requests')).toEqual({})
  })

  it.each([
    { era: 'stateless (2026-07-28)', mode: { pin: '2026-07-28' }, version: '2026-07-28' },
    { era: 'legacy (2025-11-25)', mode: 'legacy', version: '2025-11-25' },
  ] as const)(
    'counts the same calls with one server per request, with the protocol version and without a session: $era',
    async ({ mode, version }) => {
      const handler = createMcpHandler(createServer)
      const transport = new StreamableHTTPClientTransport(new URL('http://127.0.0.1:1/mcp'), {
        fetch: (url, init) => handler.fetch(new Request(url, init)),
      })
      const client = instrumentMcpClient(
        new Client({ name: 'claude-code', version: '1.0.0' }, { versionNegotiation: { mode } }),
      )
      await client.connect(transport)

      await callAll(client)

      expect(await recorded.nonZero('mcp_tool_calls_total')).toEqual(EXPECTED_CALLS)
      expect(await recorded.nonZero('mcp_tool_errors_total')).toEqual(EXPECTED_ERRORS)
      const calls = await recorded.nonZero('mcp_server_operation_duration_seconds_count')
      expect(
        Object.keys(calls).filter(
          (sample) =>
            sample.includes('tools/call') &&
            sample.includes(`mcp_protocol_version="${version}"`) &&
            sample.includes('network_transport="tcp"'),
        ).length,
      ).toBeGreaterThan(0)
      const clients = await recorded.nonZero('mcp_client_requests_total')
      expect(Object.keys(clients).some((sample) => sample.includes(`protocol_version="${version}"`))).toBe(true)
      expect(await recorded.nonZero('mcp_server_session_duration_seconds_count')).toEqual({})
      await client.close()
      expect(await recorded.nonZero('mcp_active_requests')).toEqual({})
      await handler.close()
    },
  )

  it('counts a call that asks for more input as input_required, not as success or error', async () => {
    const handler = createMcpHandler(createServer)
    const transport = new StreamableHTTPClientTransport(new URL('http://127.0.0.1:1/mcp'), {
      fetch: (url, init) => handler.fetch(new Request(url, init)),
    })
    const client = new Client(
      { name: 'claude-code', version: '1.0.0' },
      { versionNegotiation: { mode: { pin: '2026-07-28' } }, capabilities: { elicitation: { form: {} } } },
    )
    await client.connect(transport)

    await client.callTool({ name: 'asks' }, { timeout: 2_000 }).catch(() => {})

    const calls = await recorded.nonZero('mcp_tool_calls_total')
    expect(Object.keys(calls)).toEqual(['mcp_tool_calls_total{status="input_required",tool_name="asks"}'])
    await client.close()
    await handler.close()
  })

  it('counts a call as cancelled when a stateless client closes the response stream', async () => {
    const handler = createMcpHandler(createServer)
    const transport = new StreamableHTTPClientTransport(new URL('http://127.0.0.1:1/mcp'), {
      fetch: (url, init) => handler.fetch(new Request(url, init)),
    })
    const client = new Client({ name: 'x', version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } })
    await client.connect(transport)
    const abort = new AbortController()
    const call = client.callTool({ name: 'waits' }, { signal: abort.signal }).catch(() => {})
    await waitFor(async () => (await recorded.value('mcp_active_requests{tool_name="waits"}')) === 1)

    abort.abort()
    await call

    await waitFor(
      async () => (await recorded.value('mcp_tool_calls_total{status="cancelled",tool_name="waits"}')) === 1,
    )
    expect(await recorded.nonZero('mcp_active_requests')).toEqual({})
    await client.close()
    await handler.close()
  })

  it('counts the calls of a low-level Server by reply, and names only listed and declared tools', async () => {
    const server = instrumentMcpServer(new Server({ name: 'low-v2', version: '1' }, { capabilities: { tools: {} } }), {
      tools: ['declared'],
    })
    server.setRequestHandler('tools/list', () => ({ tools: [{ name: 'listed', inputSchema: { type: 'object' } }] }))
    server.setRequestHandler('tools/call', ({ params }) => {
      if (params.name === 'declared') throw new Error('boom')
      return { content: [] }
    })
    const [clientSide, serverSide] = InMemoryTransport.createLinkedPair()
    await server.connect(serverSide)
    const client = new Client({ name: 'x', version: '1' })
    await client.connect(clientSide)

    await client.listTools()
    await client.callTool({ name: 'listed' })
    await client.callTool({ name: 'declared' }).catch(() => {})
    await client.callTool({ name: 'never listed, and answered all the same' })

    expect(await recorded.nonZero('mcp_tool_calls_total')).toEqual({
      'mcp_tool_calls_total{status="success",tool_name="listed"}': 1,
      'mcp_tool_calls_total{status="error",tool_name="declared"}': 1,
      'mcp_tool_calls_total{status="success",tool_name="_OTHER"}': 1,
    })
    expect(await recorded.nonZero('mcp_tool_errors_total')).toEqual({
      'mcp_tool_errors_total{error_type="internal_error",tool_name="declared"}': 1,
    })
    await client.close()
  })
})

describe('instrumentMcpClient with SDK v2', () => {
  it.each(['auto', 'sse'] as const)(
    'records cancelled as soon as a stateless call is aborted, with responseMode %s',
    async (responseMode) => {
      const handler = createMcpHandler(createServer, { responseMode })
      const transport = new StreamableHTTPClientTransport(new URL('http://127.0.0.1:1/mcp'), {
        fetch: (url, init) => handler.fetch(new Request(url, init)),
      })
      const client = instrumentMcpClient(
        new Client({ name: 'x', version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } }),
      )
      await client.connect(transport)
      const abort = new AbortController()
      const call = client.callTool({ name: 'waits' }, { signal: abort.signal }).catch(() => {})
      await waitFor(async () => (await recorded.value('mcp_active_requests{tool_name="waits"}')) === 1)

      abort.abort()
      await call

      const operations = Object.keys(await recorded.nonZero('mcp_client_operation_duration_seconds_count'))
      expect(operations.filter((sample) => sample.includes('tools/call'))).toEqual([
        expect.stringContaining('error_type="cancelled"'),
      ])
      await client.close()
      await handler.close()
    },
  )
})
