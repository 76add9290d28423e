import { describe, expect, it } from 'vitest'
import type { CallEvidence } from '../../../../src/instrumentation/outcome/judge-reply.ts'
import { watchConnection } from '../../../../src/instrumentation/wire/connection.ts'
import type { NetworkFacts } from '../../../../src/instrumentation/wire/network.ts'
import { createServerParty } from '../../../../src/instrumentation/wire/server-party.ts'
import type { Watcher } from '../../../../src/instrumentation/wire/watcher.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'

const { all: seriesOf } = recordSeries()

interface WireOptions {
  readonly server: string
  readonly network?: NetworkFacts
  /** What the source of the messages finds out about each call. */
  readonly evidence?: CallEvidence
}

/** Messages as a pipe would carry them: no SDK, no object of a server, no code of a tool. */
function watchWire({ server, network = {}, evidence }: WireOptions): Watcher {
  const party = createServerParty(
    {
      name: server,
      version: '1.0.0',
      ...(evidence && {
        observeCall: ({ toolName, declared }) => ({ label: toolName, declared, evidence: () => evidence }),
      }),
    },
    {},
  )
  return watchConnection({ network }, party)
}

function receive(watcher: Watcher, message: object, facts = {}): void {
  const handOn = watcher.received({ jsonrpc: '2.0', ...message }, facts)
  handOn?.(() => {})
}

function send(watcher: Watcher, message: object, failed = false): void {
  const sending = watcher.sending({ jsonrpc: '2.0', ...message })
  sending?.run?.(() => {})
  sending?.settled(failed)
}

function call(watcher: Watcher, id: number, tool: string, reply: object): void {
  receive(watcher, { id, method: 'tools/call', params: { name: tool, arguments: { text: 'é' } } })
  send(watcher, { id, ...reply })
}

const list = (watcher: Watcher, ...names: string[]) => {
  receive(watcher, { id: 'list', method: 'tools/list' })
  send(watcher, { id: 'list', result: { tools: names.map((name) => ({ name })) } })
}
const OK = { result: { content: [] } }
const FAILED = { result: { content: [], isError: true } }

describe('watchConnection, fed with messages alone', () => {
  it('counts the calls of a tool that the server listed, with sizes', async () => {
    const wire = watchWire({ server: 'wire-listed' })
    list(wire, 'wire_listed')

    call(wire, 1, 'wire_listed', OK)
    call(wire, 2, 'wire_listed', FAILED)

    const series = await seriesOf()
    expect(series.get('mcp_tool_calls_total{status="success",tool_name="wire_listed"}')).toBe(1)
    expect(series.get('mcp_tool_errors_total{error_type="tool_error",tool_name="wire_listed"}')).toBe(1)
    expect(series.get('mcp_request_size_bytes_sum{tool_name="wire_listed"}')).toBe(2 * '{"text":"é"}'.length + 2)
    expect(series.get('mcp_active_requests{tool_name="wire_listed"}')).toBe(0)
  })

  it('leaves no call active when a client sends a call as a notification, which has no answer', async () => {
    const wire = watchWire({ server: 'wire-notified' })
    list(wire, 'wire_notified')

    receive(wire, { method: 'tools/call', params: { name: 'wire_notified' } })

    const series = await seriesOf()
    expect(series.get('mcp_active_requests{tool_name="wire_notified"}')).toBe(0)
    expect(series.get('mcp_tool_calls_total{status="success",tool_name="wire_notified"}')).toBe(0)
  })

  it.each<[string, CallEvidence, string]>([
    ['refused by the schema', { kind: 'refused' }, 'validation_error'],
    ['accepted', { kind: 'accepted' }, 'tool_error'],
    ['of a tool that threw', { kind: 'threw', error: new RangeError('x') }, 'RangeError'],
    ['of a tool that returned no error', { kind: 'returned', value: {} }, 'internal_error'],
    ['that nobody looked at', { kind: 'none' }, 'tool_error'],
  ])('takes the word of its source about arguments %s', async (what, evidence, errorType) => {
    const tool = `wire_${what.replaceAll(' ', '_')}`
    const wire = watchWire({ server: 'wire-evidence', evidence })
    list(wire, tool)

    call(wire, 1, tool, FAILED)

    expect((await seriesOf()).get(`mcp_tool_errors_total{error_type="${errorType}",tool_name="${tool}"}`)).toBe(1)
  })

  it('labels network and revision with what its source knows of them', async () => {
    const wire = watchWire({ server: 'wire-network', network: { networkTransport: 'pipe' } })

    receive(wire, { id: 1, method: 'ping' }, { protocolVersion: '2025-06-18' })
    send(wire, { id: 1, result: {} })

    const labels = 'mcp_method_name="ping",mcp_protocol_version="2025-06-18",network_transport="pipe"'
    expect((await seriesOf()).get(`mcp_server_operation_duration_seconds_count{${labels}}`)).toBe(1)
  })

  it('counts a call whose reply could not be sent, and one that is open at the end, as connection_closed', async () => {
    const wire = watchWire({ server: 'wire-closed' })
    list(wire, 'wire_closed')

    receive(wire, { id: 1, method: 'tools/call', params: { name: 'wire_closed' } })
    send(wire, { id: 1, ...OK }, true)
    receive(wire, { id: 2, method: 'tools/call', params: { name: 'wire_closed' } })
    wire.closed()

    const errors = 'mcp_tool_errors_total{error_type="connection_closed",tool_name="wire_closed"}'
    expect((await seriesOf()).get(errors)).toBe(2)
  })

  it('never throws, whatever passes', () => {
    const wire = watchWire({ server: 'wire-junk' })
    for (const junk of [undefined, null, 7, 'text', [], {}, { id: {} }, { method: 5 }, { id: 1, params: 'x' }]) {
      expect(() => receive(wire, { ...(junk as object) })).not.toThrow()
      expect(() => wire.received(junk)).not.toThrow()
      expect(() => wire.sending(junk)).not.toThrow()
    }
  })
})
