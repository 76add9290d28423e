import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { expect, test } from 'vitest'
import { linkedClient } from '../../../support/clients/linked-client.ts'
import { waitFor } from '../../../support/programs/wait-for.ts'
import type { OutcomeKind } from '../../../support/servers/outcome-kinds.ts'
import { callOnce, createOutcomeServer, OUTCOME_KINDS } from '../../../support/servers/outcome-kinds.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'

/** Calls of each kind in one test: enough for an odd one out to show, in seconds. */
const CALLS = 1000

const recorded = recordSeries()
const unhandled: unknown[] = []
process.on('unhandledRejection', (reason) => unhandled.push(reason))

const connectedClient = () => linkedClient(createOutcomeServer(), new Client({ name: 'claude-code', version: '1.0.0' }))

const callsOf = ({ expected: { toolName, status } }: OutcomeKind) =>
  `mcp_tool_calls_total{status="${status}",tool_name="${toolName}"}`
const errorsOf = ({ expected: { toolName, errorType } }: OutcomeKind) =>
  `mcp_tool_errors_total{error_type="${errorType}",tool_name="${toolName}"}`

test.each(OUTCOME_KINDS)(
  `${CALLS} times $kind: each is counted once, as $expected.status $expected.errorType`,
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

test('calls in flight when the connection closes are counted as connection_closed, and none stays active', async () => {
  const before = (await recorded.value('mcp_tool_errors_total{error_type="connection_closed",tool_name="waits"}')) ?? 0
  const client = await connectedClient()
  const calls = Array.from({ length: 100 }, () => client.callTool({ name: 'waits' }).catch(() => {}))
  await waitFor(async () => (await recorded.value('mcp_active_requests{tool_name="waits"}')) === 100)

  await client.close()
  await Promise.all(calls)

  const after = await recorded.value('mcp_tool_errors_total{error_type="connection_closed",tool_name="waits"}')
  expect((after ?? 0) - before).toBe(100)
  expect(await recorded.nonZero('mcp_active_requests')).toEqual({})
})
