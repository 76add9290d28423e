// Tests that the same traffic gives the same series, whether a server has the two lines, is preloaded, or an application's own SDK has the
// plug-in.
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { StdioSession } from '../support/clients/stdio-session.ts'
import { openSession, stdioSession } from '../support/clients/stdio-session.ts'
import { freePorts } from '../support/programs/free-ports.ts'
import { runNode } from '../support/programs/run-cli.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { scrapeSeries } from '../support/prometheus/scrape-series.ts'
import { OUTCOME_KINDS } from '../support/servers/outcome-kinds.ts'
import { comparedSeries } from '../support/telemetry/compared-series.ts'

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const SERVER = file('../support/servers/attached-two-ways.ts')
const REGISTER = file('../../src/attach/register.ts')
const PLUGIN = file('../support/servers/plugin-sdk.ts')

const V1_TOOLS = new Set(OUTCOME_KINDS.map(({ tool }) => tool))
const V2_TOOLS = new Set(['ok', 'throws_error', 'marked', 'misfit', 'lab_failure', 'invented'])
const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'claude-ai', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
}

type Series = ReadonlyMap<string, number>

/** Runs a server in one way, drives it, and returns what was recorded. */
async function seriesOf(
  args: readonly string[],
  drive: (session: StdioSession, series: () => Promise<Series>) => Promise<void>,
) {
  const [port = 0] = await freePorts(1)
  const url = `http://127.0.0.1:${port}/metrics`
  const server = runNode(args, { OTEL_EXPORTER_PROMETHEUS_PORT: String(port) })
  const session = stdioSession(server.child)
  const series = () => scrapeSeries(url)
  await drive(session, series)
  const recorded = await series()
  server.child.stdin.end()
  expect(await server.exited).toBe(0)
  return recorded
}

const drives =
  (tools: ReadonlySet<string>, meta?: object) => async (session: StdioSession, series: () => Promise<Series>) => {
    if (meta === undefined) await openSession(session)
    const params = (given: object) => ({ ...given, ...(meta && { _meta: meta }) })
    // The first requests come before there is a listener, and none of them is lost.
    for (const kind of OUTCOME_KINDS.filter(({ tool, client }) => tools.has(tool) && client === undefined)) {
      await session.ask('tools/call', params({ name: kind.tool, arguments: kind.arguments ?? {} }))
    }
    await session.ask('tools/list', params({}))
    const active = async () =>
      (await series().catch((): Series => new Map())).get('mcp_active_requests{tool_name="waits"}')
    const id = session.begin('tools/call', params({ name: 'waits', arguments: {} }))
    await waitFor(async () => (await active()) === 1)
    session.send({ method: 'notifications/cancelled', params: params({ requestId: id, reason: 'enough' }) })
    await waitFor(async () => (await active()) === 0)
  }

/** What the source of a bare server does not say: an error of a class that nobody declared is `_OTHER`, and so has no series of its own. */
function withoutDeclarations(series: Series): Record<string, number> {
  const expected = new Map(series)
  const name = (type: string) => `mcp_tool_errors_total{error_type="${type}",tool_name="throws_declared"}`
  if (expected.has(name('QuotaError'))) expected.set(name('_OTHER'), expected.get(name('QuotaError')) ?? 0)
  return comparedSeries(expected)
}

describe.each([
  ['node --import mcp-vitals/register', REGISTER],
  ['McpInstrumentation in a NodeSDK', PLUGIN],
])('%s', (_, preload) => {
  it.each([
    ['2025-11-25', 'v1', drives(V1_TOOLS), 100],
    ['2026-07-28', 'v2', drives(V2_TOOLS, META), 60],
  ] as const)('records the series that two lines record of revision %s', async (_revision, line, drive, least) => {
    const [inProcess, attached] = await Promise.all([
      seriesOf([SERVER, line], drive),
      seriesOf(['--import', preload, SERVER, line, 'bare'], drive),
    ])

    expect(Object.keys(comparedSeries(attached)).length).toBeGreaterThan(least)
    expect(comparedSeries(attached)).toEqual(withoutDeclarations(inProcess))
  })
})
