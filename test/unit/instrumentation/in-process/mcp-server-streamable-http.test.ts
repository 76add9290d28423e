import { randomUUID } from 'node:crypto'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import { beforeEach, describe, expect, it } from 'vitest'
import { instrumentMcpServer } from '../../../../src/instrumentation/in-process/mcp-server.ts'
import { waitFor } from '../../../support/programs/wait-for.ts'
import type { RecordedSeries } from '../../../support/telemetry/recorded-series.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'

let recorded: RecordedSeries
beforeEach(() => {
  recorded = recordSeries()
})

const MODES = [
  { mode: 'SSE', json: false },
  { mode: 'JSON', json: true },
] as const
const HELLO = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'zed', version: '1' } }

/** Connects an instrumented server to the request handler of its transport, and returns the actions of a client. */
async function listen(json: boolean, stateful = true) {
  const gate = Promise.withResolvers<void>()
  const server = instrumentMcpServer(new McpServer({ name: 'http', version: '1' }))
  server.registerTool('ok', {}, () => ({ content: [] }))
  server.registerTool('bigint', {}, () => ({ content: [], _meta: { n: 1n } }))
  server.registerTool('waits', {}, async () => {
    await gate.promise
    return { content: [] }
  })
  const transport = new WebStandardStreamableHTTPServerTransport({
    ...(stateful && { sessionIdGenerator: randomUUID }),
    enableJsonResponse: json,
  })
  await server.connect(transport as never)
  const request = (method: string, body?: unknown) =>
    transport.handleRequest(
      new Request('http://127.0.0.1/mcp', {
        method,
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          ...(transport.sessionId && { 'mcp-session-id': transport.sessionId }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    )
  const post = (...messages: object[]) => {
    const [one, ...more] = messages.map((message) => ({ jsonrpc: '2.0', ...message }))
    return request('POST', more.length === 0 ? one : [one, ...more])
  }
  if (stateful) {
    await (await post({ id: 'hello', method: 'initialize', params: HELLO })).text()
  }
  return { post, hangUp: () => request('DELETE'), close: () => transport.close(), openGate: gate.resolve }
}

const call = (id: string | number, name: string) => ({ id, method: 'tools/call', params: { name } })
const ended = (labels: string) => async () => (await recorded.value(`mcp_tool_calls_total{${labels}}`)) ?? 0

describe('instrumentMcpServer over Streamable HTTP', () => {
  it.each(MODES)(
    'records connection_closed for a result that JSON cannot represent, with $mode responses',
    async ({ json }) => {
      const { post } = await listen(json)

      void post(call(1, 'bigint'))

      await waitFor(ended('status="error",tool_name="bigint"'))
      expect(await recorded.nonZero('mcp_tool_errors_total')).toEqual({
        'mcp_tool_errors_total{error_type="connection_closed",tool_name="bigint"}': 1,
      })
      const operations = Object.keys(await recorded.nonZero('mcp_server_operation_duration_seconds_count'))
      expect(operations.filter((sample) => sample.includes('bigint'))).toEqual([
        expect.stringContaining('error_type="connection_closed"'),
      ])
      expect(await recorded.nonZero('mcp_active_requests')).toEqual({})
    },
  )

  it.each(MODES)(
    'ends the session and its open calls on DELETE, and ignores a late reply, with $mode responses',
    async ({ json }) => {
      const { post, hangUp, openGate } = await listen(json)
      void post(call('a', 'waits'))
      await waitFor(async () => (await recorded.value('mcp_active_requests{tool_name="waits"}')) === 1)
      const open = (await recorded.value('mcp_active_sessions')) ?? 0

      await hangUp()
      openGate()
      await new Promise(setImmediate)

      expect(await recorded.value('mcp_active_sessions')).toBe(open - 1)
      expect(await recorded.nonZero('mcp_tool_errors_total')).toEqual({
        'mcp_tool_errors_total{error_type="connection_closed",tool_name="waits"}': 1,
      })
      expect(await recorded.nonZero('mcp_tool_calls_total')).toEqual({
        'mcp_tool_calls_total{status="error",tool_name="waits"}': 1,
      })
      expect(Object.values(await recorded.nonZero('mcp_server_session_duration_seconds_count'))).toEqual([1])
      expect(await recorded.nonZero('mcp_active_requests')).toEqual({})
    },
  )

  it.each(MODES)(
    'assigns a reply to the call that sends it when two calls have the same id, with $mode responses',
    async ({ json }) => {
      const { post, hangUp, openGate } = await listen(json)
      void post(call(1, 'waits'))
      await waitFor(async () => (await recorded.value('mcp_active_requests{tool_name="waits"}')) === 1)

      await (await post(call(1, 'ok'))).text()
      openGate()
      await waitFor(ended('status="error",tool_name="waits"'))
      await hangUp()

      expect(await recorded.nonZero('mcp_tool_calls_total')).toEqual({
        'mcp_tool_calls_total{status="success",tool_name="ok"}': 1,
        'mcp_tool_calls_total{status="error",tool_name="waits"}': 1,
      })
      expect(await recorded.nonZero('mcp_active_requests')).toEqual({})
    },
  )

  it.each(MODES)(
    'counts a cancelled call with the id 0 once, and ignores its late reply, with $mode responses',
    async ({ json }) => {
      const { post, openGate } = await listen(json)
      void post(call(0, 'waits'))
      await waitFor(async () => (await recorded.value('mcp_active_requests{tool_name="waits"}')) === 1)

      await post({ method: 'notifications/cancelled', params: { requestId: 0 } })
      openGate()
      await new Promise(setImmediate)

      expect(await recorded.nonZero('mcp_tool_calls_total')).toEqual({
        'mcp_tool_calls_total{status="cancelled",tool_name="waits"}': 1,
      })
      expect(await recorded.nonZero('mcp_tool_errors_total')).toEqual({})
      expect(await recorded.nonZero('mcp_active_requests')).toEqual({})
    },
  )

  it.each(MODES)(
    'counts each call of a batch, and treats 1 and "1" as different ids, with $mode responses',
    async ({ json }) => {
      const { post } = await listen(json)

      const answer = await post(call(1, 'ok'), call('1', 'ok'), call(2, 'invented'))

      expect(answer.status).toBe(200)
      expect((await answer.text()).match(/"id":/g)).toHaveLength(3)
      expect(await recorded.nonZero('mcp_tool_calls_total')).toEqual({
        'mcp_tool_calls_total{status="success",tool_name="ok"}': 2,
        'mcp_tool_calls_total{status="error",tool_name="_OTHER"}': 1,
      })
    },
  )

  it('counts the calls and client requests of a stateless server, but no sessions', async () => {
    const open: unknown[] = []
    for (const message of [{ id: 0, method: 'initialize', params: HELLO }, call(1, 'ok')]) {
      const { post, close } = await listen(false, false)
      await (await post(message)).text()
      open.push(await recorded.value('mcp_active_sessions'))
      await close()
    }

    expect(await ended('status="success",tool_name="ok"')()).toBe(1)
    expect(await recorded.nonZero('mcp_client_requests_total')).toEqual({
      'mcp_client_requests_total{client_name="zed",protocol_version="2025-11-25"}': 1,
      // The server of the second request knows neither the client name nor the protocol version.
      'mcp_client_requests_total{client_name="_OTHER",protocol_version="_OTHER"}': 1,
    })
    expect(await recorded.nonZero('mcp_server_session_duration_seconds_count')).toEqual({})
    // The sessions of other tests, and none more.
    expect(open[1]).toBe(open[0])
  })
})
