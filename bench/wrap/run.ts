// Compares `mcp-vitals wrap` with a Node.js process that only pipes, and writes results.md: `npm run bench:wrap`; `-- --quick` prints only.
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'

const isQuick = process.argv.includes('--quick')
const ROUNDS = isQuick ? 5 : 21
const CALLS = isQuick ? 1_000 : 3_000
const WARM_UP = isQuick ? 5_000 : 15_000
const LARGE = 32_000_000

const SERVER = [process.execPath, join(import.meta.dirname, 'server.ts')]
const WAYS = {
  pipe: [join(import.meta.dirname, 'pipe.ts'), ...SERVER],
  wrap: [join(import.meta.dirname, '../../src/program/cli.ts'), 'wrap', '--', ...SERVER],
} as const

/** Figures of one round. */
interface Round {
  /** Median microseconds of a call of 1 kB, as its client sees it. */
  readonly latency: number
  /** CPU microseconds of a call: of the process in the middle. */
  readonly cpu: number
  /** Megabytes a second of one call of 32 MB and its answer. */
  readonly speed: number
}

const TITLES: Readonly<Record<keyof Round, string>> = {
  latency: 'latency of a call of 1 kB, µs (median)',
  cpu: 'CPU of the process in the middle for such a call, µs',
  speed: 'one call of 32 MB and its answer, MB/s',
}

class Session {
  readonly #child: ChildProcessWithoutNullStreams
  #id = 0
  #answered: () => void = () => {}

  constructor(args: readonly string[]) {
    // Nobody listens for its metrics, as on most machines.
    const env = { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: '' }
    this.#child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'], env }) as never
    this.#child.stdout.on('data', (bytes: Buffer) => {
      if (bytes.at(-1) === 0x0a) this.#answered()
    })
  }

  async open(): Promise<void> {
    const clientInfo = { name: 'bench', version: '1.0.0' }
    await this.#ask('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo })
    this.#child.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n')
    await this.#ask('tools/list', {})
  }

  async round(calls: number, isLarge: boolean): Promise<Round> {
    const text = 'x'.repeat(1_000)
    const times: number[] = []
    const before = this.#cpuTime()
    for (let call = 0; call < calls; call += 1) times.push(await this.#call(text))
    const cpu = (this.#cpuTime() - before) / calls
    const speed = isLarge ? (2 * LARGE) / (await this.#call('x'.repeat(LARGE))) : Number.NaN
    return { latency: median(times), cpu, speed }
  }

  end(): void {
    this.#child.stdin.end()
  }

  /** Microseconds. */
  async #call(text: string): Promise<number> {
    const from = performance.now()
    await this.#ask('tools/call', { name: 'echo', arguments: { text } })
    return (performance.now() - from) * 1_000
  }

  #ask(method: string, params: object): Promise<void> {
    return new Promise((resolve) => {
      this.#answered = resolve
      this.#id += 1
      this.#child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: this.#id, method, params })}\n`)
    })
  }

  /** Microseconds so far, in steps of 10 ms (proc(5), /proc/pid/stat: utime and stime). */
  #cpuTime(): number {
    const stat = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10_000
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

const load = loadavg()[0]?.toFixed(0)
const sessions = { pipe: new Session(WAYS.pipe), wrap: new Session(WAYS.wrap) }
const rounds: Record<keyof typeof WAYS, Round[]> = { pipe: [], wrap: [] }
for (const session of Object.values(sessions)) {
  await session.open()
  await session.round(WARM_UP, true)
}
// The ways take turns, so that a busy machine slows both alike.
for (let round = 0; round < ROUNDS; round += 1)
  for (const way of ['pipe', 'wrap'] as const) rounds[way].push(await sessions[way].round(CALLS, round % 4 === 0))
for (const session of Object.values(sessions)) session.end()

const rows = (Object.keys(TITLES) as (keyof Round)[]).map((figure) => {
  const taken = (way: keyof typeof WAYS) => rounds[way].map((round) => round[figure]).filter(Number.isFinite)
  const [pipe, wrap] = [median(taken('pipe')), median(taken('wrap'))]
  const change = (wrap / pipe - 1) * 100
  return `| ${TITLES[figure]} | ${pipe.toFixed(0)} | ${wrap.toFixed(0)} | ${change > 0 ? '+' : ''}${change.toFixed(0)} % |`
})
const report = `# What \`mcp-vitals wrap\` costs

Written by \`npm run bench:wrap\` on ${new Date().toISOString().slice(0, 10)}: Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model.trim()}. A client calls a server in Node.js that does
no work, one call after the other, at a load of ${load} before the start: through a process that only pipes (\`pipe.ts\`), and through \`wrap\`. Medians of ${ROUNDS} rounds of
${CALLS} calls; the two take turns.

| | pipe | wrap | |
| --- | --- | --- | --- |
${rows.join('\n')}

The CPU time is what it takes to parse two messages, judge the call and record it; forwarding is the same work in both. A server that
does work of its own, such as the validation of an SDK, makes the share smaller.
`
console.log(report)
if (!isQuick) writeFileSync(join(import.meta.dirname, 'results.md'), report)
