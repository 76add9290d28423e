// Runs a third-party server once: opens a session, makes the planned calls while /metrics is scraped, and lets the server end.
import { freePorts } from '../../programs/free-ports.ts'
import { waitFor } from '../../programs/wait-for.ts'
import type { KeepAliveScraper } from './keep-alive-scraper.ts'
import { startScraper } from './keep-alive-scraper.ts'
import type { RawSession, Revision } from './raw-session.ts'
import { openHttpSession, openStdioSession } from './raw-session.ts'
import type { ServerProcess } from './server-process.ts'
import { startServer } from './server-process.ts'
import type { RunnableSubject, Start } from './subject.ts'

export interface RunOptions {
  readonly folder: string
  readonly kind: 'with' | 'without'
  readonly transport: 'stdio' | 'http'
  /** Waits for a scrape of the timer too. Other runs scrape once, which is enough for a connection that stays open. */
  readonly isObserved?: boolean
}

export interface Run {
  readonly tools: ReadonlySet<string>
  /** Requests that were sent, by method. */
  readonly sent: ReadonlyMap<string, number>
  /** Replies to the calls, without ids. */
  readonly replies: readonly string[]
  /** What /metrics said after the last reply; none without mcp-vitals. */
  readonly samples: ReadonlyMap<string, number>
  readonly scrapes: number
  readonly connections: number
  readonly strayLines: readonly string[]
  readonly stderr: string
  /** Milliseconds from the end of stdin (HTTP: from SIGTERM) to the exit; `Infinity` if the server stays. */
  readonly exitMs: number
}

/** A server that still runs after this has no intention to end. */
const STAYS_MS = 4_000

export async function runSubject(subject: RunnableSubject, options: RunOptions): Promise<Run> {
  const { folder, kind, transport, isObserved = false } = options
  const [port = 0] = transport === 'http' ? await freePorts(1) : []
  const { revision = '2025-06-18' } = subject
  const starts = transport === 'http' ? subject.http?.(port) : subject.stdio
  if (starts === undefined) throw new Error(`${subject.name} has no ${transport} transport`)
  const server = startServer(folder, await withMetricsPort(subject, starts[kind]))
  const open = () => (transport === 'http' ? openWhenListening(port, revision) : openStdioSession(server, revision))
  let scraper: KeepAliveScraper | undefined
  try {
    let session = subject.isPreloaded === true ? await open() : undefined
    if (kind === 'with') scraper = startScraper(await server.metricsUrl())
    session ??= await open()
    let listed = subject.isWrapped === true ? undefined : await session.request('tools/list')
    const replies: string[] = []
    for (const { tool, args = {} } of subject.calls)
      replies.push(JSON.stringify(await session.request('tools/call', { name: tool, arguments: args })))
    listed ??= await session.request('tools/list')
    const samples = scraper === undefined ? new Map<string, number>() : await scrapeAfter(scraper, isObserved)
    return {
      tools: new Set(listed.result?.tools?.map(({ name }) => name)),
      sent: session.sent,
      replies,
      samples,
      scrapes: scraper?.scrapes ?? 0,
      connections: scraper?.connections ?? 0,
      exitMs: await exitTime(server, transport),
      strayLines: server.strayLines,
      stderr: server.stderr(),
    }
  } finally {
    server.kill('SIGKILL')
    await server.exited
    scraper?.stop()
  }
}

/** A preload does not report its address. */
async function withMetricsPort({ isPreloaded }: RunnableSubject, start: Start): Promise<Start> {
  if (isPreloaded !== true) return start
  const [port = 0] = await freePorts(1)
  return { ...start, env: { ...start.env, OTEL_EXPORTER_PROMETHEUS_PORT: String(port) } }
}

async function scrapeAfter(scraper: KeepAliveScraper, isObserved: boolean): Promise<ReadonlyMap<string, number>> {
  const before = scraper.scrapes
  if (isObserved) await waitFor(() => scraper.scrapes > before, 5_000, 'a scrape of the timer')
  return scraper.scrape()
}

async function exitTime(server: ServerProcess, transport: RunOptions['transport']): Promise<number> {
  let timer: NodeJS.Timeout | undefined
  const stays = new Promise<number>((resolve) => {
    timer = setTimeout(resolve, STAYS_MS, Number.POSITIVE_INFINITY)
  })
  const began = performance.now()
  if (transport === 'http') server.kill('SIGTERM')
  else server.end()
  const exits = server.exited.then(() => performance.now() - began)
  return Promise.race([exits, stays]).finally(() => clearTimeout(timer))
}

/** A process takes a while to listen after it has started. */
function openWhenListening(port: number, revision: Revision): Promise<RawSession> {
  const url = `http://127.0.0.1:${port}/mcp`
  const open = () =>
    openHttpSession(url, revision).catch((error) => (error.code === 'ECONNREFUSED' ? undefined : Promise.reject(error)))
  return waitFor(open, 20_000, `an answer at ${url}`)
}
