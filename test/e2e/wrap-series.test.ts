// Tests that the same traffic gives the same series, whether a server has the two lines or runs under `mcp-vitals wrap`.
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import type { StdioSession } from '../support/clients/stdio-session.ts'
import { openSession, stdioSession } from '../support/clients/stdio-session.ts'
import { openOtlpJsonSink } from '../support/collector/otlp-json-sink.ts'
import { VITALS_CLI } from '../support/programs/run-cli.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { OUTCOME_KINDS } from '../support/servers/outcome-kinds.ts'
import { TASK_KINDS } from '../support/servers/task-kinds.ts'
import { withExceptions } from '../support/telemetry/compared-series.ts'
import { parseSamples } from '../support/telemetry/recorded-series.ts'

const SERVER = fileURLToPath(new URL('../support/servers/attached-two-ways.ts', import.meta.url))

/** Series of one way only, or that time decides. */
const NOT_COMPARED = [
  // Of the process that is measured, of the Node that runs it, and of the telemetry itself.
  /^(process|nodejs|v8js|mcp_telemetry)_|^target_info/,
  // Time decides the sum and the bucket; the count, which is the last bucket too, is compared.
  /_seconds_sum/,
  /_seconds_bucket\{(?!.*le="\+Inf")/,
  // Only a process around the server sees them.
  /^mcp_server_(exits|startup)_|^mcp_stdout_/,
  // The zeros of a declared error type: a declaration is in the source.
  /error_type="QuotaError"/,
]

/** Labels of one way only, with what they are compared as. */
const NOT_SEEN_OUTSIDE: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // The server may not run on Node.
  [/node_version="[^"]*",/, ''],
  // Which SDK writes the messages is not on the wire.
  [/sdk="[^"]*"/, 'sdk=""'],
]

/** Where the client never lists the tools: `wrap` asks for them itself, and in process nobody does. */
const LEARNED_FROM_A_LIST = /^mcp_tool(s_listed|_definition_size_bytes)/

/** In process, the transport that serveStdio of SDK v2 connects to does not show that a pipe is behind it. */
const V2_NETWORK = [/,network_transport="pipe"/, ''] as const

const running = new Set<ChildProcessWithoutNullStreams>()
afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
})

interface Attached {
  readonly session: StdioSession
  series(): Promise<ReadonlyMap<string, number>>
  /** Ends the input. Resolves when the server has exited. */
  end(): Promise<void>
}

async function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Attached> {
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env } })
  running.add(child)
  let stderr = ''
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString()
  })
  const session = stdioSession(child)
  const url = await waitFor(() => /metrics at (\S+)/.exec(stderr)?.[1], 30_000, 'the address of the metrics')
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return {
    session,
    series: async () => parseSamples(await (await fetch(url)).text()),
    end() {
      child.stdin.end()
      return exited
    },
  }
}

const WAYS = {
  twoLines: (line: string, env?: Record<string, string>) => start([SERVER, line], env),
  wrapped: (line: string, env?: Record<string, string>) =>
    start([VITALS_CLI, 'wrap', '--metrics-port', '0', '--', process.execPath, SERVER, line, 'bare'], env),
}

function compared(series: ReadonlyMap<string, number>, line: string): Record<string, number> {
  const kept = [...series].filter(([name]) => !NOT_COMPARED.some((pattern) => pattern.test(name)))
  const replaced = line === 'v2' ? [...NOT_SEEN_OUTSIDE, V2_NETWORK] : NOT_SEEN_OUTSIDE
  const rename = (name: string) =>
    replaced.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), name)
  return Object.fromEntries(kept.map(([name, value]) => [rename(name), value]))
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

async function bothWays(line: string, drive: (attached: Attached) => Promise<void>, { lists = true } = {}) {
  const [inProcess, outside] = await Promise.all([WAYS.twoLines(line), WAYS.wrapped(line)])
  await Promise.all([drive(inProcess), drive(outside)])
  const isCompared = ([name]: readonly [string, number]) => lists || !LEARNED_FROM_A_LIST.test(name)
  return {
    expected: compared(withExceptions(await inProcess.series()), line),
    actual: Object.fromEntries(Object.entries(compared(await outside.series(), line)).filter(isCompared)),
    unexpected: outside.session.unexpected,
  }
}

/** The last export of a run, as `name{attributes}` with a value, or the count of a histogram. */
async function lastExport(
  way: keyof typeof WAYS,
  line: string,
  drive: (attached: Attached) => Promise<void>,
): Promise<Record<string, number>> {
  const sink = await openOtlpJsonSink()
  try {
    const attached = await WAYS[way](line, {
      OTEL_METRICS_EXPORTER: 'prometheus,otlp',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
    })
    await drive(attached)
    await attached.end()
    const metrics = (sink.exports.at(-1) ?? []).filter(
      ({ name }) => name.startsWith('mcp.') && !/^mcp\.(telemetry|stdout|server\.(exits|startup|info))/.test(name),
    )
    const isCompared = ([key]: readonly [string, unknown]) =>
      key !== 'sdk' && (line !== 'v2' || key !== 'network.transport')
    return Object.fromEntries(
      metrics.flatMap(({ name, points }) =>
        points
          .filter(({ attributes }) => attributes['error.type'] !== 'QuotaError')
          .map(({ attributes, value }) => [
            `${name}${JSON.stringify(Object.entries(attributes).filter(isCompared).sort())}`,
            value,
          ]),
      ),
    )
  } finally {
    await sink.close()
  }
}

const V1_TOOLS = new Set(OUTCOME_KINDS.map(({ tool }) => tool))
const V2_TOOLS = new Set(
  ['ok', 'throws_error', 'throws_tool_error', 'throws_string', 'throws_null', 'throws_evil'].concat([
    'marked',
    'misfit',
    'lab_failure',
    'invented',
  ]),
)
const V2_META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'claude-ai', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
}

describe('mcp-vitals wrap', () => {
  it.each([
    ['has listed the tools', true],
    ['never lists the tools', false],
  ])('records the series that two lines record of revision 2025-11-25, when the client %s', async (_, lists) => {
    const drive = async (attached: Attached) => {
      await openSession(attached.session)
      if (lists) await attached.session.ask('tools/list')
      await callEachKind(attached, { tools: V1_TOOLS })
    }
    const { expected, actual, unexpected } = await bothWays('v1', drive, { lists })

    expect(Object.keys(actual).length).toBeGreaterThan(100)
    expect(actual).toEqual(expected)
    expect(unexpected).toEqual([])
  })

  it('records the series that two lines record of revision 2026-07-28', async () => {
    const drive = async (attached: Attached) => {
      await callEachKind(attached, { tools: V2_TOOLS, meta: V2_META })
      const { result } = await attached.session.ask('tools/call', { name: 'asks', arguments: {}, _meta: V2_META })
      expect(result).toMatchObject({ resultType: 'input_required' })
    }
    const { expected, actual, unexpected } = await bothWays('v2', drive, { lists: false })

    expect(Object.keys(actual).length).toBeGreaterThan(60)
    expect(actual).toEqual(expected)
    expect(unexpected).toEqual([])
  })

  it('records the series that two lines record of a low-level server, whose replies alone can be judged', async () => {
    const { expected, actual } = await bothWays('low-level', async ({ session }) => {
      await openSession(session)
      await session.ask('tools/list')
      for (const name of ['ok', 'marked', 'lab_failure', 'refuses', 'breaks', 'denies', 'invented', 'unlisted'])
        await session.ask('tools/call', { name, arguments: {} })
    })

    expect(actual['mcp_tool_errors_total{error_type="internal_error",tool_name="breaks"}']).toBe(1)
    expect(actual).toEqual(expected)
  })

  it('records the series that two lines record of tasks, of both revisions', async () => {
    // The life that time ends is left out: each way would have to wait for it.
    const kinds = TASK_KINDS.filter(({ ends }) => ends !== 'expired')
    const { expected, actual } = await bothWays('tasks', async ({ session }) => {
      await openSession(session)
      await session.ask('tools/list')
      for (const { tool, revision, polls, client = [...polls, 'again'].map(() => 'get' as const) } of kinds) {
        const asTask = revision === '2025-11-25' ? { task: { ttl: 60_000 } } : {}
        const { result } = await session.ask('tools/call', { name: tool, arguments: {}, ...asTask })
        const { task, taskId = task?.taskId } = result as { task?: { taskId: string }; taskId?: string }
        for (const step of client.filter((each) => each !== 'wait')) await session.ask(`tasks/${step}`, { taskId })
      }
    })

    const ended = Object.entries(actual).filter(([name, count]) => name.startsWith('mcp_tasks_total') && count > 0)
    expect(ended.map(([name]) => /tool_name="(\w+)"/.exec(name)?.[1]).sort()).toEqual(
      kinds.map(({ tool }) => tool).sort(),
    )
    expect(actual).toEqual(expected)
  })

  it.each([
    ['2025-11-25', 'v1'],
    ['2026-07-28', 'v2'],
  ])(
    'records the end of a connection of revision %s as two lines do: open calls, and the session',
    { timeout: 90_000 },
    async (_, line) => {
      const drive = async ({ session, series }: Attached) => {
        const meta = line === 'v2' ? { _meta: V2_META } : {}
        if (line === 'v1') await openSession(session)
        await session.ask('tools/list', meta)
        await session.ask('tools/call', { name: 'ok', arguments: { text: 'x'.repeat(200_000) }, ...meta })
        session.begin('tools/call', { name: 'waits', arguments: {}, ...meta })
        await waitFor(async () => (await series()).get('mcp_active_requests{tool_name="waits"}') === 1)
      }
      const [inProcess, outside] = await Promise.all([
        lastExport('twoLines', line, drive),
        lastExport('wrapped', line, drive),
      ])

      expect(outside['mcp.tool.calls[["status","success"],["tool.name","ok"]]']).toBe(1)
      expect(outside).toEqual(inProcess)
    },
  )
})
