import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { beforeEach, describe, expect, it } from 'vitest'
import { instrumentMcpClient } from '../../../../src/instrumentation/in-process/mcp-client.ts'
import { linkedClient } from '../../../support/clients/linked-client.ts'
import type { RecordedSeries } from '../../../support/telemetry/recorded-series.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'

let recorded: RecordedSeries
beforeEach(() => {
  recorded = recordSeries()
})

async function connect(): Promise<Client> {
  const server = new McpServer({ name: 'bare', version: '1' })
  server.registerTool('ok', {}, () => ({ content: [] }))
  server.registerTool('fails', {}, () => ({ content: [], isError: true }))
  server.registerTool('waits', {}, () => new Promise(() => {}))
  const client = instrumentMcpClient(new Client({ name: 'x', version: '1' }))
  expect(instrumentMcpClient(client)).toBe(client)
  return linkedClient(server, client)
}

const operation = (labels: string) => `mcp_client_operation_duration_seconds_count{${labels}}`
const call = (tool: string, error = '') =>
  operation(
    `${error}gen_ai_operation_name="execute_tool",gen_ai_tool_name="${tool}",mcp_method_name="tools/call",mcp_protocol_version="2025-11-25"`,
  )

describe('instrumentMcpClient', () => {
  it('records each call as an operation, names only tools the server has listed, and counts the session', async () => {
    const client = await connect()
    await client.callTool({ name: 'ok' })
    await client.listTools()
    await client.callTool({ name: 'ok' })
    await client.callTool({ name: 'fails' })
    await client.callTool({ name: 'invented' })

    expect(await recorded.value(call('_OTHER'))).toBe(1)
    expect(await recorded.value(call('ok'))).toBe(1)
    expect(await recorded.value(call('fails', 'error_type="tool_error",'))).toBe(1)
    expect(await recorded.value(call('_OTHER', 'error_type="tool_error",'))).toBe(1)
    await client.close()
    expect(await recorded.value('mcp_client_session_duration_seconds_count{mcp_protocol_version="2025-11-25"}')).toBe(1)
  })

  it('records a timeout, a cancellation and a closed connection as different error types', async () => {
    const client = await connect()
    await client.listTools()
    await client.callTool({ name: 'waits' }, undefined, { timeout: 5 }).catch(() => {})
    const abort = new AbortController()
    const cancelled = client.callTool({ name: 'waits' }, undefined, { signal: abort.signal }).catch(() => {})
    abort.abort('the user changed their mind')
    await cancelled
    const cut = client.callTool({ name: 'waits' }).catch(() => {})
    await client.close()
    await cut

    for (const error of ['timeout', 'cancelled', 'connection_closed']) {
      expect(await recorded.value(call('waits', `error_type="${error}",`)), error).toBe(1)
    }
  })

  it.each([
    ['with calls that have no answer', 1, 'error_type="connection_closed",'],
    ['without them', 0, ''],
  ])('records a session that ends %s with or without an error type', async (_, calls, error) => {
    const client = await connect()
    const cut = Array.from({ length: calls }, () => client.callTool({ name: 'waits' }).catch(() => {}))
    await client.close()
    await Promise.all(cut)

    expect(await recorded.nonZero('mcp_client_session_duration_seconds_count')).toEqual({
      [`mcp_client_session_duration_seconds_count{${error}mcp_protocol_version="2025-11-25"}`]: 1,
    })
  })

  it('records no tool calls or client requests, which are metrics of the server', async () => {
    const client = await connect()
    await client.callTool({ name: 'ok' })

    expect(await recorded.nonZero('mcp_tool_calls_total')).toEqual({})
    expect(await recorded.nonZero('mcp_client_requests_total')).toEqual({})
    await client.close()
  })
})
