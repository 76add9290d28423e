// Tests that the same traffic gives the same series, whether a server has the two lines or runs under `mcp-vitals wrap`.
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import type { StdioSession } from '../support/clients/stdio-session.ts'
import { openSession, stdioSession } from '../support/clients/stdio-session.ts'
import { VITALS_CLI } from '../support/programs/run-cli.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { OUTCOME_KINDS } from '../support/servers/outcome-kinds.ts'
import { parseSamples } from '../support/telemetry/recorded-series.ts'

const SERVER = fileURLToPath(new URL('../support/servers/attached-two-ways.ts', import.meta.url))

/** What cannot be told from outside: tool and error type in process, the error type under wrap, and why. */
const EXCEPTIONS: readonly (readonly [tool: string, inProcess: string, wrapped: string, reason: string])[] = [
  ['throws_error', 'RangeError', 'tool_error', 'the wire has the text of an error, not its class'],
  ['throws_tool_error', 'not_found', 'tool_error', 'the wire has the text of an error, not its kind'],
  ['throws_declared', 'QuotaError', 'tool_error', 'declared error types are in the source'],
  ['throws_string', '_OTHER', 'tool_error', 'the SDK answers as for an error'],
  ['throws_null', '_OTHER', 'tool_error', 'the SDK answers as for an error'],
  ['throws_evil', '_OTHER', 'internal_error', 'the SDK fails to write the answer, and answers with a JSON-RPC error'],
  ['misfit', 'internal_error', 'tool_error', 'the SDK answers as for an error of the tool'],
]

/** Series of one way only, or that time and chance decide. */
const NOT_COMPARED = [
  /^(process|nodejs|v8js|mcp_telemetry)_|^target_info/,
  /_seconds_(sum|bucket)/,
  // Of a server around which no process stands, and of Node alone.
  /^mcp_server_(exits|startup|info)|^mcp_stdout_/,
  // A bare server declares nothing.
  /error_type="QuotaError"/,
]

const running = new Set<ChildProcessWithoutNullStreams>()
afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
})

interface Attached {
  readonly session: StdioSession
  series(): Promise<ReadonlyMap<string, number>>
}

async function start(args: readonly string[]): Promise<Attached> {
  const child = spawn(process.execPath, args)
  running.add(child)
  let stderr = ''
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString()
  })
  const session = stdioSession(child)
  const url = await waitFor(() => /metrics at (\S+)/.exec(stderr)?.[1], 30_000, 'the address of the metrics')
  return { session, series: async () => parseSamples(await (await fetch(url)).text()) }
}

const twoLines = (line: string) => start([SERVER, line])
const wrapped = (line: string) =>
  start([VITALS_CLI, 'wrap', '--metrics-port', '0', '--', process.execPath, SERVER, line, 'bare'])

function compared(series: ReadonlyMap<string, number>): Record<string, number> {
  const kept = [...series].filter(([name]) => !NOT_COMPARED.some((pattern) => pattern.test(name)))
  // The transport that serveStdio of SDK v2 connects to does not show that a pipe is behind it.
  return Object.fromEntries(kept.map(([name, value]) => [name.replace(',network_transport="pipe"', ''), value]))
}

/** The series in process, with the exceptions as they are under wrap. */
function expectedUnderWrap(series: ReadonlyMap<string, number>): Record<string, number> {
  const expected = new Map(series)
  for (const [tool, inProcess, outside] of EXCEPTIONS) {
    if (!series.has(`mcp_active_requests{tool_name="${tool}"}`)) continue
    const name = (type: string) => `mcp_tool_errors_total{error_type="${type}",tool_name="${tool}"}`
    const count = series.get(name(inProcess)) ?? 0
    expected.set(name(outside), (series.get(name(outside)) ?? 0) + count)
    // Zeros are of the common error types alone.
    if (/^(_OTHER|internal_error)$/.test(inProcess)) expected.set(name(inProcess), 0)
    else expected.delete(name(inProcess))
  }
  return compared(expected)
}

async function callEachKind(
  { session, series }: Attached,
  { tools, meta }: { readonly tools: ReadonlySet<string>; readonly meta?: object },
): Promise<void> {
  const params = (given: object) => ({ ...given, ...(meta && { _meta: meta }) })
  for (const kind of OUTCOME_KINDS.filter(({ tool, client }) => tools.has(tool) && client === undefined)) {
    await session.ask('tools/call', params({ name: kind.tool, arguments: kind.arguments ?? {} }))
  }
  const id = session.begin('tools/call', params({ name: 'waits', arguments: {} }))
  await waitFor(async () => (await series()).get('mcp_active_requests{tool_name="waits"}') === 1)
  session.send({ method: 'notifications/cancelled', params: params({ requestId: id, reason: 'enough' }) })
  await waitFor(async () => (await series()).get('mcp_active_requests{tool_name="waits"}') === 0)
}

async function bothWays(line: string, drive: (attached: Attached) => Promise<void>) {
  const inProcess = await twoLines(line)
  const outside = await wrapped(line)
  await drive(inProcess)
  await drive(outside)
  return { inProcess: await inProcess.series(), outside: await outside.series(), session: outside.session }
}

const V1_TOOLS = new Set(OUTCOME_KINDS.map(({ tool }) => tool))
const V2_TOOLS = new Set(['ok', 'throws_error', 'marked', 'misfit', 'lab_failure', 'invented'])

describe('mcp-vitals wrap', () => {
  it.each([
    ['has listed the tools', true],
    ['never lists the tools', false],
  ])('records the series that two lines record of revision 2025-11-25, when the client %s', async (_, lists) => {
    const { inProcess, outside, session } = await bothWays('v1', async (attached) => {
      await openSession(attached.session)
      if (lists) await attached.session.ask('tools/list')
      await callEachKind(attached, { tools: V1_TOOLS })
    })

    expect(Object.keys(compared(outside)).length).toBeGreaterThan(100)
    expect(compared(outside)).toEqual(expectedUnderWrap(inProcess))
    expect(session.unexpected).toEqual([])
  })

  it('records the series that two lines record of revision 2026-07-28', async () => {
    const meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'claude-ai', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
    }
    const { inProcess, outside, session } = await bothWays('v2', async (attached) => {
      await callEachKind(attached, { tools: V2_TOOLS, meta })
      const { result } = await attached.session.ask('tools/call', { name: 'asks', arguments: {}, _meta: meta })
      expect(result).toMatchObject({ resultType: 'input_required' })
    })

    expect(Object.keys(compared(outside)).length).toBeGreaterThan(60)
    expect(compared(outside)).toEqual(expectedUnderWrap(inProcess))
    expect(session.unexpected).toEqual([])
  })
})
