// Tests that the same traffic over HTTP gives the same series, whether a server has the two lines or stands behind `mcp-vitals proxy`.
import { describe, expect, it } from 'vitest'
import type { HttpSession } from '../support/clients/http-session.ts'
import { openHttpSession, statelessCalls } from '../support/clients/http-session.ts'
import type { RunningOverHttp } from '../support/programs/attached-program.ts'
import { runOutcomes, runProxy } from '../support/programs/attached-program.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { OUTCOME_KINDS } from '../support/servers/outcome-kinds.ts'
import { comparedSeries, seriesFromOutside } from '../support/telemetry/compared-series.ts'

const V1_TOOLS = new Set(OUTCOME_KINDS.map(({ tool }) => tool))
const V2_TOOLS = new Set(['ok', 'throws_error', 'marked', 'misfit', 'lab_failure', 'invented'])

/** What a server that stands alone does not record, and why. */
const OF_THE_PROXY = [
  // The proxy has a listener of its own, and measures what HTTP refuses.
  /^mcp_open_connections|^http_server_/,
  /^mcp_proxy_/,
]

async function callEachKind(
  { ask, begin, cancel }: HttpSession,
  tools: ReadonlySet<string>,
  { series }: RunningOverHttp,
) {
  for (const { tool, arguments: args = {} } of OUTCOME_KINDS.filter((kind) => tools.has(kind.tool) && !kind.client)) {
    await ask('tools/call', { name: tool, arguments: args })
  }
  const waiting = begin('tools/call', { name: 'waits', arguments: {} })
  await waitFor(async () => (await series()).get('mcp_active_requests{tool_name="waits"}') === 1)
  await cancel(waiting)
  await waitFor(async () => (await series()).get('mcp_active_requests{tool_name="waits"}') === 0)
}

async function bothWays(flags: readonly string[], drive: (url: string, measured: RunningOverHttp) => Promise<void>) {
  const inProcess = await runOutcomes(...flags)
  const proxy = await runProxy((await runOutcomes(...flags, 'bare')).url)
  await drive(inProcess.url, inProcess)
  await drive(proxy.url, proxy)
  const outside = [...(await proxy.series())].filter(([name]) => !OF_THE_PROXY.some((pattern) => pattern.test(name)))
  return { inProcess: await inProcess.series(), outside: new Map(outside) }
}

describe.concurrent('mcp-vitals proxy', () => {
  it.each([
    ['streams, when the client has listed the tools', ['v1'], true],
    ['streams, when it never lists them', ['v1'], false],
    ['JSON', ['v1', 'json'], true],
    ['streams that can be resumed', ['v1', 'resumable'], true],
  ])('records the series that two lines record of revision 2025-11-25 with %s', async (_, flags, lists) => {
    const { inProcess, outside } = await bothWays(flags, async (url, measured) => {
      const session = await openHttpSession(url)
      if (lists) await session.ask('tools/list')
      await callEachKind(session, V1_TOOLS, measured)
      await session.ask('made/up')
      await session.end()
    })

    expect(Object.keys(comparedSeries(outside)).length).toBeGreaterThan(100)
    expect(comparedSeries(outside)).toEqual(seriesFromOutside(inProcess))
  })

  it('records the series that two lines record of revision 2026-07-28', async () => {
    const { inProcess, outside } = await bothWays(['v2'], async (url, measured) => {
      const session = statelessCalls(url)
      await callEachKind(session, V2_TOOLS, measured)
      await session.ask('tools/call', { name: 'asks', arguments: {} })
      await session.ask('made/up')
    })

    expect(Object.keys(comparedSeries(outside)).length).toBeGreaterThan(60)
    expect(comparedSeries(outside)).toEqual(seriesFromOutside(inProcess))
  })
})
