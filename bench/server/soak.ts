// Runs good and hostile traffic against a server with small limits for half an hour, and reports whether its memory stays flat, its
// counts are exact and its probes answer. `--minutes 1` runs for another time; `--print` leaves bench/soak.md unchanged.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { scrapeSeries } from '../../test/support/prometheus/scrape-series.ts'
import { goodTraffic } from './good-traffic.ts'
import { hostileTraffic } from './hostile-traffic.ts'
import type { Memory } from './memory-probe.ts'
import type { Served } from './served.ts'
import { startServed } from './served.ts'
import { soakReport } from './soak-report.ts'
import { createTally } from './tally.ts'

const GOOD = 'good-0123456789abcdef'
const HOSTILE = 'hostile-0123456789abcdef'
const SESSION_TTL_SECONDS = 20
const SAMPLE_EVERY_MS = 5_000
/** Small, so that one client reaches all of them. */
const LIMITS = [
  ...['--rate-limit', '50', '--concurrency', '8', '--max-queue', '8', '--max-sessions', '16', '--max-streams', '12'],
  ...['--max-connections', '300', '--max-buffered-bytes', '2097152', '--session-ttl', String(SESSION_TTL_SECONDS)],
  ...['--demo-tools', '--deadline', '70'],
]
/** Megabytes for JavaScript, in a pod of 384 MiB. */
const HEAP = 256

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '30' }, print: { type: 'boolean', default: false } },
})
const minutes = Number(values.minutes)
if (!(minutes > 0)) throw new Error(`--minutes ${values.minutes} is not a positive number`)

const folder = mkdtempSync(join(tmpdir(), 'mcp-vitals-soak-'))
const tokens = join(folder, 'tokens')
writeFileSync(tokens, `${GOOD}\n${HOSTILE}\n`, { mode: 0o600 })
const server = await startServed(['--token-file', tokens, ...LIMITS], [`--max-old-space-size=${HEAP}`])
try {
  const report = await soak(server)
  console.log(report.text)
  if (!values.print) writeFileSync(new URL('../soak.md', import.meta.url), report.text)
  process.exitCode = report.passed ? 0 : 1
} finally {
  await server.stop()
  rmSync(folder, { recursive: true })
}

async function soak({ url, metricsUrl, memory, cpuSeconds, ended }: Served) {
  const endsAt = performance.now() + minutes * 60_000
  const isOver = () => performance.now() >= endsAt || ended() !== undefined
  const calls = createTally()
  const attacks = createTally()
  const shared = { url, metricsUrl, calls, isOver }
  const good = goodTraffic({ ...shared, token: GOOD })
  const hostile = hostileTraffic({ ...shared, token: HOSTILE, answers: attacks })
  const samples: Memory[] = []
  while (!isOver()) {
    samples.push(await memory('as it is'))
    await pause(Math.min(SAMPLE_EVERY_MS, Math.max(0, endsAt - performance.now())))
  }
  await Promise.all([good.done, hostile])
  // Sessions that the attacks left behind are reaped.
  await pause(SESSION_TTL_SECONDS * 1_000 + 3_000)
  // V8 returns pages to the system some time after a collection.
  await memory('after garbage collection')
  await pause(3_000)
  const rested = await memory('after garbage collection')
  return soakReport({
    minutes,
    limits: LIMITS,
    samples,
    rested,
    cpuSeconds: cpuSeconds(),
    calls,
    attacks,
    good,
    series: await scrapeSeries(metricsUrl),
  })
}
