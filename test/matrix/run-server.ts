// Runs a program under test with its metrics pulled or pushed, and compares what arrives with what was called.
import { startOtlpGrpcSink } from '../support/collector/otlp-grpc-sink.ts'
import type { Received } from '../support/collector/otlp-messages.ts'
import { startOtlpSink } from '../support/collector/otlp-sink.ts'
import { parseSamples } from '../support/telemetry/recorded-series.ts'
import type { Cell } from './matrix-case.ts'
import { CaseFailure, WORKS } from './matrix-case.ts'
import type { TriedCall } from './server-program.ts'
import { FINISHED, OTHER_TOOL } from './server-program.ts'
import { tellingLine } from './telling-line.ts'
import type { Finished, RunOptions, Workbench } from './workbench.ts'

export const ROUTES = ['pull', 'http/protobuf', 'grpc'] as const
export type Route = (typeof ROUTES)[number]

export interface ServerRun {
  readonly command: string
  readonly args: readonly string[]
  readonly options: RunOptions
  readonly calls: readonly TriedCall[]
}

/** Samples of `mcp_tool_calls_total` and `mcp_tool_errors_total`, by their text, that are not 0. */
type Counts = ReadonlyMap<string, number>

/** Runs the program once. Returns one cell for all of its calls. */
export async function tryServer(bench: Workbench, route: Route, server: ServerRun): Promise<Cell> {
  const { counts, note } = route === 'pull' ? await pulled(bench, server) : await pushed(bench, server, route)
  const wrong = Object.values(judgeCalls(counts, server.calls)).find(({ result }) => result !== 'works')
  return wrong ?? { ...WORKS, ...(note !== undefined && { note }) }
}

/** Runs the program once, its metrics pulled. Returns one cell per call. */
export async function tryCalls(bench: Workbench, server: ServerRun): Promise<Readonly<Record<string, Cell>>> {
  const { counts } = await pulled(bench, server)
  return judgeCalls(counts, server.calls)
}

async function pulled(bench: Workbench, { command, args, options }: ServerRun) {
  const env = { ...options.env, OTEL_EXPORTER_PROMETHEUS_PORT: '0' }
  const finished = finishedWell(await bench.run(command, args, { ...options, env }))
  const counted = [...parseSamples(finished.stdout)].filter(
    ([sample, value]) => /^mcp_tool_(calls|errors)_total\{/.test(sample) && value !== 0,
  )
  return { counts: new Map(counted), note: warningOf(finished) }
}

async function pushed(bench: Workbench, { command, args, options }: ServerRun, protocol: 'http/protobuf' | 'grpc') {
  const sink = protocol === 'grpc' ? await startOtlpGrpcSink() : await startOtlpSink()
  try {
    const env = {
      ...options.env,
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_ENDPOINT: sink.endpoint,
    }
    const finished = finishedWell(await bench.run(command, args, { ...options, env }))
    const told = finished.stderr.split('\n').find((line) => line.includes('OTLP export of'))
    if (told !== undefined) throw new CaseFailure(tellingLine(told))
    if (sink.received.flatMap(({ spans }) => spans).length === 0) throw new CaseFailure('no span was exported')
    return { counts: pushedCounts(sink.received), note: warningOf(finished) }
  } finally {
    await sink.close()
  }
}

function finishedWell(finished: Finished): Finished {
  const { code, stdout, stderr } = finished
  const isDone = stdout.trimEnd().endsWith(FINISHED)
  if (code === 0 && isDone) return finished
  if (code === undefined && isDone) throw new CaseFailure('the process does not end after telemetry.shutdown()')
  if (code === undefined) throw new CaseFailure('the program did not finish in time')
  if (code === 0) throw new CaseFailure('the process ended before the program finished')
  throw new CaseFailure(tellingLine(stderr === '' ? stdout : stderr))
}

/** Returns the first line that a program that works writes to stderr. */
function warningOf({ stderr }: Finished): string | undefined {
  const [line] = stderr.split('\n').filter((each) => each.trim() !== '')
  return line === undefined ? undefined : tellingLine(line).replace(/^\(node:\d+\) /, '')
}

/** The last export of each series, under the names that /metrics has. */
function pushedCounts(received: readonly Received[]): Counts {
  const counts = new Map<string, number>()
  for (const { name, points } of received.flatMap(({ metrics }) => metrics)) {
    if (name !== 'mcp.tool.calls' && name !== 'mcp.tool.errors') continue
    for (const { attributes, value } of points) {
      const label = name === 'mcp.tool.calls' ? 'status' : 'error_type'
      const key = name === 'mcp.tool.calls' ? 'status' : 'error.type'
      const series = `${name.replaceAll('.', '_')}_total{${label}="${attributes[key]}",tool_name="${attributes['tool.name']}"}`
      if (value !== 0) counts.set(series, value)
    }
  }
  return counts
}

/** Each call has its own tool or its own status, so that the counts can be told apart. */
function judgeCalls(counts: Counts, calls: readonly TriedCall[]): Readonly<Record<string, Cell>> {
  const total = [...counts].reduce((sum, [sample, value]) => sum + (isCall(sample) ? value : 0), 0)
  if (total !== calls.length) throw new CaseFailure(`${calls.length} calls were made, and ${total} were counted`)
  return Object.fromEntries(calls.map((call) => [call.what, judgeCall(counts, call)]))
}

const isCall = (sample: string) => sample.startsWith('mcp_tool_calls_total{')

function judgeCall(counts: Counts, { tool, expected }: TriedCall): Cell {
  const label = expected === 'unknown_tool' ? OTHER_TOOL : tool
  const count = (name: string) => counts.get(`${name},tool_name="${label}"}`) ?? 0
  const isRight =
    expected === 'success'
      ? count('mcp_tool_calls_total{status="success"') === 1
      : count('mcp_tool_calls_total{status="error"') === 1 &&
        count(`mcp_tool_errors_total{error_type="${expected}"`) === 1
  if (isRight) return WORKS
  const found = [...counts.keys()].filter((sample) => sample.includes(`tool_name="${label}"`))
  const names = found
    .map((sample) => /(?:status|error_type)="([^"]*)"/.exec(sample)?.[1])
    .filter((name) => name !== 'error')
  return { result: 'fails', line: `counted as ${names.join(', ') || 'nothing'}, not as ${expected}` }
}
