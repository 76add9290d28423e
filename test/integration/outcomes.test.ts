import { afterEach, describe, expect, it } from 'vitest'
import { waitFor } from '../support/programs/wait-for.ts'
import { callOnce, OUTCOME_KINDS } from '../support/servers/outcome-kinds.ts'
import type { OutcomeProcess } from '../support/servers/start-outcome-process.ts'
import { overHttp, overStdio } from '../support/servers/start-outcome-process.ts'
import { parseSamples } from '../support/telemetry/recorded-series.ts'

const CALLS = 1000
/** Calls in progress at the same time. */
const BATCH = 250

const started: OutcomeProcess[] = []
afterEach(async () => {
  for (const { stop } of started.splice(0)) expect(await stop()).toBe(0)
})

const TRANSPORTS = [
  { transport: 'stdio', start: overStdio },
  { transport: 'HTTP', start: overHttp },
]

describe('instrumentMcpServer', () => {
  it.each(TRANSPORTS)(
    `counts ${CALLS} calls of each kind exactly by outcome over $transport, and leaves none active`,
    async ({ start }) => {
      const running = await start('outcomes')
      started.push(running)
      const { client, metricsUrl } = running
      const scrape = async () => parseSamples(await (await fetch(metricsUrl)).text())
      const expectedCalls: Record<string, number> = {}
      const expectedErrors: Record<string, number> = {}

      for (const kind of OUTCOME_KINDS) {
        const { toolName, status, errorType } = kind.expected
        const calls = `mcp_tool_calls_total{status="${status}",tool_name="${toolName}"}`
        expectedCalls[calls] = (expectedCalls[calls] ?? 0) + CALLS
        if (errorType !== undefined)
          expectedErrors[`mcp_tool_errors_total{error_type="${errorType}",tool_name="${toolName}"}`] = CALLS
        for (let sent = BATCH; sent <= CALLS; sent += BATCH) {
          const mayStop: Promise<unknown> =
            kind.client === 'abandon'
              ? waitFor(async () => ((await scrape()).get(calls) ?? 0) >= sent)
              : kind.client === 'cancel'
                ? waitFor(async () => (await scrape()).get(`mcp_active_requests{tool_name="${toolName}"}`) === BATCH)
                : Promise.resolve()
          await Promise.all(Array.from({ length: BATCH }, () => callOnce(client, kind, mayStop)))
        }
      }

      const nonZero = async (name: string) =>
        Object.fromEntries(
          [...(await scrape())].filter(([sample, value]) => sample.startsWith(`${name}{`) && value !== 0),
        )
      await waitFor(async () => Object.keys(await nonZero('mcp_active_requests')).length === 0)
      expect(await nonZero('mcp_tool_calls_total')).toEqual(expectedCalls)
      expect(await nonZero('mcp_tool_errors_total')).toEqual(expectedErrors)
      const durations = Object.entries(await nonZero('mcp_tool_duration_seconds_count'))
      expect(durations.reduce((sum, [, count]) => sum + count, 0)).toBe(CALLS * OUTCOME_KINDS.length)
    },
    // Takes about 30 seconds on two idle cores, mostly over HTTP. The duration is not under test.
    300_000,
  )
})
