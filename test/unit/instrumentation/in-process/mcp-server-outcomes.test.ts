import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { describe, expect, it } from 'vitest'
import { linkedClient } from '../../../support/clients/linked-client.ts'
import { waitFor } from '../../../support/programs/wait-for.ts'
import type { OutcomeKind } from '../../../support/servers/outcome-kinds.ts'
import { callOnce, createOutcomeServer, OUTCOME_KINDS } from '../../../support/servers/outcome-kinds.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'

/** Calls of each kind: enough to show a rare miscount, few enough to take only seconds. */
const CALLS = 1000

const recorded = recordSeries()
const unhandled: unknown[] = []
process.on('unhandledRejection', (reason) => unhandled.push(reason))

const connectedClient = () => linkedClient(createOutcomeServer(), new Client({ name: 'claude-code', version: '1.0.0' }))

/** The kinds, each with its outcome as text for the title. */
const KINDS = OUTCOME_KINDS.map((kind) => {
  const { status, errorType } = kind.expected
  return { ...kind, outcome: errorType === undefined ? status : `${status} ${errorType}` }
})

const callsOf = ({ expected: { toolName, status } }: OutcomeKind) =>
  `mcp_tool_calls_total{status="${status}",tool_name="${toolName}"}`
const errorsOf = ({ expected: { toolName, errorType } }: OutcomeKind) =>
  `mcp_tool_errors_total{error_type="${errorType}",tool_name="${toolName}"}`

describe('instrumentMcpServer', () => {
  it.each(KINDS)(
    `counts each of ${CALLS} calls exactly once as $outcome, and leaves none active: $kind`,
    async (kind) => {
      const before = await recorded.all()
      const client = await connectedClient()
      const rise = async (sample: string) => ((await recorded.value(sample)) ?? 0) - (before.get(sample) ?? 0)
      const total = async () => {
        const counts = await recorded.nonZero('mcp_tool_calls_total')
        return Object.values(counts).reduce((sum, count) => sum + count, 0)
      }
      const totalBefore = [...before]
        .filter(([sample]) => sample.startsWith('mcp_tool_calls_total{'))
        .reduce((sum, [, count]) => sum + count, 0)

      const booksClosed =
        kind.client === 'abandon' ? waitFor(async () => (await rise(callsOf(kind))) === CALLS) : Promise.resolve()
      await Promise.all(Array.from({ length: CALLS }, () => callOnce(client, kind, booksClosed)))

      await waitFor(async () => (await total()) - totalBefore >= CALLS)
      expect(await rise(callsOf(kind))).toBe(CALLS)
      if (kind.expected.errorType !== undefined) expect(await rise(errorsOf(kind))).toBe(CALLS)
      expect(await rise(`mcp_tool_duration_seconds_count{tool_name="${kind.expected.toolName}"}`)).toBe(CALLS)
      expect((await total()) - totalBefore).toBe(CALLS)
      expect(await recorded.nonZero('mcp_active_requests')).toEqual({})
      await client.close()
      expect(unhandled).toEqual([])
    },
  )

  it('counts open calls and their session as connection_closed when the connection closes, and leaves none active', async () => {
    const session =
      'mcp_server_session_duration_seconds_count{error_type="connection_closed",mcp_protocol_version="2025-11-25"}'
    const sessionsBefore = (await recorded.value(session)) ?? 0
    const before =
      (await recorded.value('mcp_tool_errors_total{error_type="connection_closed",tool_name="waits"}')) ?? 0
    const client = await connectedClient()
    const calls = Array.from({ length: 100 }, () => client.callTool({ name: 'waits' }).catch(() => {}))
    await waitFor(async () => (await recorded.value('mcp_active_requests{tool_name="waits"}')) === 100)

    await client.close()
    await Promise.all(calls)

    const after = await recorded.value('mcp_tool_errors_total{error_type="connection_closed",tool_name="waits"}')
    expect((after ?? 0) - before).toBe(100)
    expect(((await recorded.value(session)) ?? 0) - sessionsBefore).toBe(1)
    expect(await recorded.nonZero('mcp_active_requests')).toEqual({})
  })
})
