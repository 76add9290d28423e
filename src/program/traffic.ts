// Calls an MCP server at a steady rate and shows the results on screen. It continues when the server restarts, because a
// dashboard should show that, too.
import { SCOPE } from '@mcp-vitals/instrumentation'
import type { TrafficConfig } from './config.ts'
import type { HttpClient } from './http-client.ts'
import { connectHttp, HttpStatusError, RpcError } from './http-client.ts'
import type { PlannedCall, SeenPod } from './traffic-mix.ts'
import { notePods, plannedCalls } from './traffic-mix.ts'
import type { CallEnding, TrafficReport } from './traffic-report.ts'
import { createTrafficReport } from './traffic-report.ts'

interface TrafficOptions {
  /** Ends it, as `--duration` does. */
  readonly signal: AbortSignal
  /** Where the rates are shown: in one line over and over on a terminal, else a line at a time. */
  readonly out: NodeJS.WriteStream
}

const TICK_MS = 20
/** How long to wait for answers at the end; then the remaining calls are cancelled. */
const LAST_ANSWERS_MS = 500
/** The longest wait in milliseconds for the server to receive a message before its call is cancelled. */
const RECEIVED_MS = 1_000

/**
 * Calls the server until `--duration` is over or the signal aborts; then prints a summary.
 *
 * @throws {Error} of one line if the server cannot be reached at the start.
 */
export async function driveTraffic(config: TrafficConfig, { signal, out }: TrafficOptions): Promise<void> {
  let connection = await connect(config).catch((error: unknown) => {
    throw new Error(
      `no MCP server answers at ${config.url} (${reasonOf(error)}); start one with "npx mcp-vitals-server"`,
    )
  })
  const pods: SeenPod[] = []
  const calls = plannedCalls(connection.tools, pods)
  const report = createTrafficReport()
  const running = new Set<Promise<void>>()
  const ending = new AbortController()
  const stop = config.durationMs > 0 ? AbortSignal.any([signal, AbortSignal.timeout(config.durationMs)]) : signal
  const screen = showRates(report, out)
  const startedAt = performance.now()
  let planned = 0
  let reconnecting: Promise<void> | undefined

  const start = (call: PlannedCall) => {
    const run = callOnce(connection, call, { report, ending: ending.signal, pods }).then((ended) => {
      running.delete(run)
      if (ended === 'failed' && !stop.aborted) reconnecting ??= reconnect()
    })
    running.add(run)
  }
  const reconnect = async () => {
    await pause(1_000, stop)
    void connection.client.close().catch(() => {})
    connection = await connect(config).catch(() => connection)
    reconnecting = undefined
  }

  while (!stop.aborted) {
    const due = ((performance.now() - startedAt) / 1000) * config.rate
    for (; planned < due; planned++) {
      // A call that cannot be started in time is left out: a queue of our own would hide how slow the server is.
      if (running.size < config.concurrency && reconnecting === undefined) start(calls.next().value)
    }
    await pause(TICK_MS, stop)
  }
  await Promise.race([Promise.all(running), pause(LAST_ANSWERS_MS)])
  ending.abort()
  await Promise.all(running)
  screen.stop()
  out.write(`${report.summary()}\n`)
  await Promise.race([connection.client.close().catch(() => {}), pause(1_000)])
}

interface Connection {
  readonly client: HttpClient
  readonly tools: ReadonlySet<string>
}

async function connect({ url, tokens }: TrafficConfig): Promise<Connection> {
  const [token] = tokens
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const client = await connectHttp({ url, name: 'mcp-vitals-traffic', version: SCOPE.version, headers })
  const tools = new Set<string>()
  let cursor: unknown
  do {
    const page = await client.request('tools/list', typeof cursor === 'string' ? { cursor } : {}).result
    for (const { name } of page['tools'] as readonly { readonly name: string }[]) tools.add(name)
    cursor = page['nextCursor']
  } while (typeof cursor === 'string')
  return { client, tools }
}

interface Traffic {
  readonly report: TrafficReport
  /** Aborted when no answer is waited for any more. */
  readonly ending: AbortSignal
  readonly pods: SeenPod[]
}

async function callOnce(
  { client }: Connection,
  call: PlannedCall,
  { report, ending, pods }: Traffic,
): Promise<CallEnding> {
  const startedAt = performance.now()
  report.started()
  const request = client.request('tools/call', { name: call.tool, arguments: { ...call.arguments } })
  let over = false
  let cancelled = false
  // Each message is a separate HTTP request: a cancellation could overtake its call and would then have no effect.
  const cancel = async () => {
    await Promise.race([request.received, pause(RECEIVED_MS)])
    if (over) return
    cancelled = true
    await request.cancel('The test traffic cancels this call.')
  }
  ending.addEventListener('abort', cancel)
  if (call.cancelAfterMs !== undefined) void pause(call.cancelAfterMs, ending).then(cancel)
  const ended = await request.result.then(
    ({ isError, structuredContent }): CallEnding => {
      if (isError !== true) notePods(pods, call, structuredContent)
      return isError === true ? 'error' : 'success'
    },
    (error: unknown): CallEnding => {
      if (cancelled) return 'cancelled'
      return error instanceof RpcError ? 'error' : 'failed'
    },
  )
  over = true
  ending.removeEventListener('abort', cancel)
  report.ended(ended, (performance.now() - startedAt) / 1000)
  return ended
}

function showRates(report: TrafficReport, out: NodeJS.WriteStream) {
  const show = () => out.write(out.isTTY ? `\r\x1b[2K${report.line()}` : `${report.line()}\n`)
  const timer = setInterval(show, out.isTTY ? 250 : 1_000)
  return {
    stop() {
      clearInterval(timer)
      if (out.isTTY) out.write('\r\x1b[2K')
    },
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof HttpStatusError) return error.message
  const { cause, message } = error as Error & { cause?: { code?: string } }
  return cause?.code ?? message
}

/** Resolves after `ms`, or immediately when the signal aborts. */
function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal?.addEventListener('abort', end)
  })
}
