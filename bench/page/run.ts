// What the live page costs: a call with and without an open page, and a hub under 10,000 calls a second with its page in Chromium.
// `npm run bench:page` writes results.md; `-- --quick` prints only.
import type { ChildProcess } from 'node:child_process'
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { chromium } from 'playwright-core'
import { findChromium } from '../../test/browser/find-chromium.ts'

const isQuick = process.argv.includes('--quick')
const ROUNDS = isQuick ? 5 : 21
const CALLS = isQuick ? 20_000 : 50_000
const SERVERS = 5
const RATE = 10_000
const SECONDS = isQuick ? 5 : 60
/** What the models of five servers may hold, and what Node.js and the hub take without them. */
const BOUND_MB = SERVERS * 15 + 250

const WORKER = join(import.meta.dirname, 'worker.ts')
const VITALS = join(import.meta.dirname, '../../src/program/cli.ts')
const children = new Set<ChildProcess>()

interface Answer {
  readonly made: number
  readonly pageUrl?: string
  readonly microseconds?: number
}

try {
  const report = [await pageCost(), await hubUnderLoad()].join('\n\n')
  const [cpu] = cpus()
  const load = loadavg()[0]?.toFixed(1)
  const text = `# The cost of the live page

<!-- Written by \`npm run bench:page\`. -->

Measured on ${new Date().toISOString().slice(0, 10)}: Node ${process.versions.node}, ${cpus().length} cores of ${cpu?.model.trim()}, load ${load} at the end.

${report}
`
  process.stdout.write(text)
  if (!isQuick) writeFileSync(join(import.meta.dirname, 'results.md'), text)
} finally {
  for (const child of children) child.kill('SIGKILL')
}

async function worker(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  // What an overloaded hub refuses is in the figures.
  const child = fork(WORKER, args, { env: { ...process.env, OTEL_LOG_LEVEL: 'none', ...env } })
  children.add(child)
  const answer = async () => (await once(child, 'message'))[0] as Answer
  const ask = (calls: number) => {
    const answered = answer()
    child.send(calls)
    return answered
  }
  return { ...(await answer()), ask, stop: () => child.kill('SIGKILL') }
}

/** CPU microseconds of a call, in rounds that alternate between two processes. */
async function pageCost(): Promise<string> {
  const [closed, open] = [await worker(['closed']), await worker(['open'])]
  const gone = new AbortController()
  await holdOpen(open.pageUrl ?? '', gone.signal)
  await closed.ask(CALLS)
  await open.ask(CALLS)
  const rounds: { readonly closed: number; readonly open: number }[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const [a, b] = [await closed.ask(CALLS), await open.ask(CALLS)]
    rounds.push({ closed: a.microseconds ?? Number.NaN, open: b.microseconds ?? Number.NaN })
  }
  gone.abort()
  closed.stop()
  open.stop()
  const row = (title: string, values: readonly number[]) =>
    `| ${title} | ${[0.5, 0, 1].map((q) => quantile(values, q).toFixed(2)).join(' | ')} |`
  return `## A tool call, with and without an open page

CPU of the process for one call of the instrumentation alone, with everything that collects and draws in it: ${ROUNDS} rounds of
${CALLS.toLocaleString('en-US')} calls, in turn in a process that nobody looks at and in one with an open page. Nothing else traces: the spans are recorded for the page.

| | median | least | most |
| --- | --- | --- | --- |
${row(
  'page closed, µs',
  rounds.map((round) => round.closed),
)}
${row(
  'page open, µs',
  rounds.map((round) => round.open),
)}
${row(
  'open ÷ closed, by round',
  rounds.map((round) => round.open / round.closed),
)}`
}

/** Looks at the page as a browser does, and reads what comes. */
async function holdOpen(pageUrl: string, signal: AbortSignal): Promise<void> {
  const signedIn = await fetch(pageUrl, { redirect: 'manual' })
  const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  const { body } = await fetch(new URL('/page/stream', pageUrl), { headers: { cookie }, signal })
  const reader = body?.getReader()
  const drain = async () => {
    while (reader !== undefined && !(await reader.read()).done);
  }
  drain().catch(() => {})
}

async function hubUnderLoad(): Promise<string> {
  const executablePath = findChromium()
  if (executablePath === undefined)
    throw new Error('There is no Chromium on this machine: "npm run chromium" installs it.')
  const hub = spawn(
    process.execPath,
    [VITALS, 'hub', '--port', '0', '--otlp-http-port', '0', '--otlp-grpc-port', '0'],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  children.add(hub)
  let said = ''
  hub.stderr?.on('data', (text: Buffer) => {
    said += text
  })
  while (!said.includes('export OTEL_METRIC_EXPORT_INTERVAL')) await pause(100)
  const found = (pattern: RegExp) => pattern.exec(said)?.[1] ?? ''
  const env = {
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_ENDPOINT: found(/HTTP +(\S+)\n/),
    OTEL_METRIC_EXPORT_INTERVAL: '1000',
    OTEL_BSP_SCHEDULE_DELAY: '250',
    OTEL_BSP_MAX_QUEUE_SIZE: '4096',
  }
  const before = memoryOf(hub.pid).now
  const names = Array.from({ length: SERVERS }, (_, index) => `server-${index + 1}`)
  const servers = await Promise.all(names.map((name) => worker([name, String(RATE / SERVERS)], env)))
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
  await page.goto(found(/page +(\S+)\n/))
  await page.locator('#tools tbody tr').first().waitFor({ timeout: 60_000 })
  await page.evaluate(`(() => {
    window.frames_ = []
    let last = performance.now()
    const next = (now) => { window.frames_.push(now - last); last = now; requestAnimationFrame(next) }
    requestAnimationFrame(next)
  })()`)
  const made = async () => (await Promise.all(servers.map(({ ask }) => ask(0)))).reduce((sum, one) => sum + one.made, 0)
  const [first, startedAt] = [await made(), performance.now()]
  await pause(SECONDS * 1_000)
  const reached = ((await made()) - first) / ((performance.now() - startedAt) / 1_000)
  const frames = (await page.evaluate('window.frames_')) as number[]
  const drawn = ((await page.evaluate('document.documentElement.dataset.draw')) as string).split(' ')
  const { now, most } = memoryOf(hub.pid)
  await browser.close()
  for (const { stop } of servers) stop()
  hub.kill('SIGTERM')
  if (most > BOUND_MB) throw new Error(`the hub took ${most} MB, which is more than ${BOUND_MB} MB`)
  return `## The hub under load

${SERVERS} servers offer ${RATE.toLocaleString('en-US')} calls a second together for ${SECONDS} s, and push metrics each second and spans as fast as the SDK sends them;
the page of one of them is open in Chromium on the same machine.

| | |
| --- | --- |
| calls a second, reached | ${Math.round(reached).toLocaleString('en-US')} |
| memory of the hub before, MB | ${before} |
| memory of the hub at the end, MB | ${now} |
| memory of the hub at most, MB | ${most} (bound: ${BOUND_MB}) |
| time between frames, ms: median, p95, most | ${[0.5, 0.95, 1].map((q) => quantile(frames, q).toFixed(1)).join(', ')} |
| time to draw one update, ms: mean of ${drawn[0]} | ${drawn[1]} |`
}

/** Resident megabytes. */
function memoryOf(pid: number | undefined): { now: number; most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const megabytes = (name: string) => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1_024)
  return { now: megabytes('VmRSS'), most: megabytes('VmHWM') }
}

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN
}
