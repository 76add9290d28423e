// A server's URL and a rate in, real MCP calls to it out, with what they came to on the screen. It goes on when the server
// goes away and comes back: a dashboard should show that too.
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { CallToolResultSchema, ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js'
import type { TrafficConfig } from '../server/config.ts'
import { VERSION } from '../server/version.ts'
import type { PlannedCall, SeenPod } from './traffic-mix.ts'
import { notePods, plannedCalls } from './traffic-mix.ts'
import type { Ending, TrafficReport } from './traffic-report.ts'
import { createTrafficReport } from './traffic-report.ts'

export interface TrafficOptions {
  /** Ends it, as `--duration` does. */
  readonly signal: AbortSignal
  /** Where the rates are shown: in one line over and over on a terminal, else a line at a time. */
  readonly out: NodeJS.WriteStream
}

const TICK_MS = 20
/** For answers under way at the end; calls that have none by then are cancelled. */
const LAST_ANSWERS_MS = 500
/** Milliseconds that a message may take to arrive: a server that takes none does not keep the program. */
const TAKEN_MS = 1_000
const NO_ANSWER: ReadonlySet<number> = new Set([ErrorCode.ConnectionClosed, ErrorCode.RequestTimeout])

/**
 * Calls the server until `--duration` is over or the signal aborts; then prints a summary.
 *
 * @throws {Error} of one line if the server cannot be reached at the start.
 */
export async function driveTraffic(config: TrafficConfig, { signal, out }: TrafficOptions): Promise<void> {
  let connection = await connect(config).catch((error: unknown) => {
    throw new Error(`no MCP server answers at ${config.url} (${reasonOf(error)}); "mcp-vitals serve" starts one`)
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
  await Promise.race([connection.end(), pause(1_000)])
}

async function connect({ url, tokens }: TrafficConfig) {
  const [token] = tokens
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } })
  const taken = followMessages(transport)
  const client = new Client({ name: 'mcp-vitals-traffic', version: VERSION })
  // The SDK's class has `undefined` in a property that its interface has as optional.
  await client.connect(transport as Parameters<Client['connect']>[0])
  const { tools } = await client.listTools()
  return {
    client,
    taken,
    tools: new Set(tools.map(({ name }) => name)),
    async end() {
      await taken()
      await transport.terminateSession().catch(() => {})
      await client.close().catch(() => {})
    },
  }
}

/** Returns a function that waits until the server has taken all messages sent so far. */
function followMessages(transport: StreamableHTTPClientTransport): () => Promise<unknown> {
  const underWay = new Set<Promise<void>>()
  const send = transport.send.bind(transport)
  transport.send = (message, options) => {
    const sent = send(message, options)
    underWay.add(sent)
    const forget = () => underWay.delete(sent)
    sent.then(forget, forget)
    return sent
  }
  return () => Promise.allSettled(underWay)
}

interface Traffic {
  readonly report: TrafficReport
  /** Aborted when no answer is waited for any more. */
  readonly ending: AbortSignal
  readonly pods: SeenPod[]
}

async function callOnce(
  { client, taken }: Awaited<ReturnType<typeof connect>>,
  call: PlannedCall,
  { report, ending, pods }: Traffic,
): Promise<Ending> {
  const startedAt = performance.now()
  report.started()
  const request = { method: 'tools/call' as const, params: { name: call.tool, arguments: { ...call.arguments } } }
  const { cancelAfterMs } = call
  // One of its own: the SDK also tells the server of a signal that aborts when the call is long over.
  const own = new AbortController()
  let over = false
  // Each message is an HTTP request of its own: a cancellation could overtake its call, and would mean nothing.
  const abort = () => Promise.race([taken(), pause(TAKEN_MS)]).then(() => over || own.abort())
  ending.addEventListener('abort', abort)
  if (cancelAfterMs !== undefined) void pause(cancelAfterMs, ending).then(abort)
  const ended = await client.request(request, CallToolResultSchema, { signal: own.signal }).then(
    ({ isError, structuredContent }): Ending => {
      if (!isError) notePods(pods, call, structuredContent)
      return isError ? 'error' : 'success'
    },
    (error: unknown): Ending => {
      if (own.signal.aborted) return 'cancelled'
      return error instanceof McpError && !NO_ANSWER.has(error.code) ? 'error' : 'failed'
    },
  )
  over = true
  ending.removeEventListener('abort', abort)
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
  const { cause, message, code } = error as Error & { code?: unknown; cause?: { code?: string } }
  return cause?.code ?? (typeof code === 'number' ? `HTTP ${code}` : message)
}

/** Resolves after `ms`, or at once when the signal aborts. */
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
