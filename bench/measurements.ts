// What is compared, each with the check that what was measured was really recorded.
import type { CallStdio } from './call-stdio.ts'
import { connectStdio } from './call-stdio.ts'
import type { Child } from './child.ts'
import type { Column } from './report.ts'
import type { Figures, Measurement, Row } from './rounds.ts'
import { scrape, sumOf } from './scrape.ts'

export interface Comparison extends Measurement {
  readonly title: string
  /** What a reader has to know to judge the figures. */
  readonly note: string
  readonly columns: readonly Column[]
}

const BARE: Row = { label: 'bare', contender: 'bare' }
const CONTROL: Row = { label: 'bare again', contender: 'bare' }
const PROM: Row = { label: 'prom-client', contender: 'prom-client' }
const STOCK: Row = { label: 'stock OTel JS', contender: 'stock' }
const NO_PROVIDER: Row = { label: 'mcp-vitals, no provider', contender: 'no-provider' }
const OURS: Row = { label: 'mcp-vitals', contender: 'ours' }

/** All comparisons; `quick` makes few and short rounds, whose figures say only that everything runs. */
export function comparisons(quick: boolean): Comparison[] {
  return [
    recording(quick),
    calling(quick),
    callingOverStdio(quick),
    memory(quick),
    ...[1_000, 10_000].map((series) => scraping(series, quick)),
  ]
}

function recording(quick: boolean): Comparison {
  const calls = quick ? 2_000 : 40_000
  const warmUps = quick ? 1 : 3
  const rounds = quick ? 3 : 21
  return {
    title: 'Recording one tool call',
    note: `One call records active requests (up and down), the call, its duration, and the sizes of arguments and result. One call in twenty also
records an error. There are 16 tools and ${calls} calls per round. mcp-vitals records with its instruments (such as
\`instruments.toolCalls.record\`) into the provider of \`startTelemetry\`. In the row "plain API", the same provider gets what stock OTel
gets. "In full" records all series of a call as \`instrumentMcpServer\` does, each found once. It adds the series that the others do not
record: the duration of the operation by OpenTelemetry's conventions, and the client.`,
    columns: [
      { head: '× stock OTel', figure: 'ns', over: STOCK.label, quartiles: true },
      { head: '× prom-client', figure: 'ns', over: PROM.label },
      { head: 'ns a call', figure: 'ns', quartiles: true },
    ],
    rows: [
      BARE,
      PROM,
      STOCK,
      OURS,
      { label: 'mcp-vitals, plain API', contender: 'ours-by-api' },
      { label: 'mcp-vitals, in full', contender: 'ours-in-full' },
    ],
    rounds,
    warmUps,
    measure: async (child) => ({ ns: await child.ask('record', calls) }),
    check: checkCalls(calls * (warmUps + rounds)),
  }
}

function calling(quick: boolean): Comparison {
  const calls = quick ? 200 : 5_000
  const warmUps = quick ? 1 : 3
  const rounds = quick ? 3 : 21
  return {
    title: 'One `tools/call` on an `McpServer`, in memory',
    note: `The server uses SDK v1, with 16 tools that have a zod input and return 1 kB of text. A plain JSON-RPC client makes ${calls} calls per round, one
at a time. mcp-vitals uses \`instrumentMcpServer\`. The others wrap each callback, make the recordings of the first table and measure sizes
in the same way. The wrapper does not see unknown tools, refused arguments and cancelled calls. \`instrumentMcpServer\` does; it also records
the series "in full" and the data for tracing.`,
    columns: [
      { head: '× bare', figure: 'us', over: BARE.label, quartiles: true },
      { head: 'CPU × bare', figure: 'cpu', over: BARE.label, quartiles: true },
      { head: '× stock OTel', figure: 'us', over: STOCK.label },
      { head: 'µs a call', figure: 'us', quartiles: true },
    ],
    rows: [BARE, CONTROL, NO_PROVIDER, PROM, STOCK, OURS],
    rounds,
    warmUps,
    measure: async (child) => ({ ...(await child.ask('call', calls)) }),
    check: checkCalls(calls * (warmUps + rounds)),
  }
}

function callingOverStdio(quick: boolean): Comparison {
  const calls = quick ? 200 : 4_000
  const warmUps = quick ? 1 : 4
  const rounds = quick ? 3 : 15
  const connected = new Map<Child, CallStdio>()
  return {
    title: 'One `tools/call` over stdio',
    note: `The same server over stdin and stdout, with eight calls at a time and ${calls} calls per round. The figure is the user CPU time of the server's
process.`,
    columns: [
      { head: 'CPU × bare', figure: 'cpu', over: BARE.label, quartiles: true },
      { head: 'CPU × stock OTel', figure: 'cpu', over: STOCK.label },
      { head: 'CPU µs a call', figure: 'cpu', quartiles: true },
    ],
    rows: [BARE, CONTROL, NO_PROVIDER, PROM, STOCK, OURS],
    rounds,
    warmUps,
    async measure(child) {
      const call = connected.get(child) ?? (await connectStdio(child))
      connected.set(child, call)
      return { cpu: await call(calls) }
    },
    check: checkCalls(calls * (warmUps + rounds)),
  }
}

function memory(quick: boolean): Comparison {
  const series = quick ? 1_000 : 20_000
  return {
    title: 'Memory of a series',
    note: `Live bytes of one series. There are ${series.toLocaleString('en')} series, 1,000 per instrument, with 3 attributes, 10 bounds and one reader. Each series is recorded
again after a scrape. Measured once.`,
    columns: [
      { head: 'counter, bytes', figure: 'counter' },
      { head: 'histogram, bytes', figure: 'histogram' },
    ],
    rows: [PROM, STOCK, OURS],
    rounds: 1,
    warmUps: 0,
    async measure(child) {
      const figures: Record<string, number> = {}
      for (const kind of ['counter', 'histogram'] as const) {
        const before = await child.ask('live', undefined)
        await child.ask('fill', { kind, series })
        await scrape(child.metricsUrl, false)
        await child.ask('fill', { kind, series })
        figures[kind] = ((await child.ask('live', undefined)) - before) / series
      }
      return figures
    },
    check: async () => {},
  }
}

function scraping(series: number, quick: boolean): Comparison {
  const warmUps = quick ? 0 : 2
  const rounds = quick ? 1 : series > 1_000 ? 9 : 15
  return {
    title: `A scrape of ${series.toLocaleString('en')} histogram series`,
    note: `Another process reads /metrics over HTTP on loopback. Each instrument has 1,000 series with 3 attributes and 10 bounds (13 lines per series).
Each series is recorded again before every scrape. "Stall" is the longest delay of a 1 ms timer in the scraped process. "CPU" is the longest
block of the event loop in CPU time of that thread, which other processes do not affect. Prometheus requests gzip; the others do not
compress. "Bare" is an empty response. mcp-vitals also writes series about itself, the process and the runtime.${
      series > 1_000
        ? `
An instrument of mcp-vitals has at most 2,000 series, so this test uses ${series / 1_000} instruments for all contenders.`
        : ''
    }`,
    columns: [
      { head: 'stall × stock OTel', figure: 'stall', over: STOCK.label, quartiles: true },
      { head: 'stall × prom-client', figure: 'stall', over: PROM.label },
      { head: 'stall, ms', figure: 'stall', quartiles: true },
      { head: 'CPU, ms', figure: 'cpu', quartiles: true },
      { head: 'worst, ms', figure: 'stall', worst: true },
      { head: 'total × stock OTel', figure: 'total', over: STOCK.label },
      { head: 'total, ms', figure: 'total', quartiles: true },
      { head: 'body, MB', figure: 'megabytes' },
    ],
    rows: [BARE, PROM, STOCK, OURS, { label: 'mcp-vitals, gzip', contender: 'ours', gzip: true }],
    rounds,
    warmUps,
    async measure(child, { gzip = false }): Promise<Figures> {
      await child.ask('prepareScrape', series)
      const { milliseconds, bytes } = await scrape(child.metricsUrl, gzip)
      const stall = await child.ask('stall', undefined)
      return {
        stall: stall.milliseconds,
        cpu: stall.cpuMilliseconds,
        total: milliseconds,
        megabytes: bytes / 1e6,
      }
    },
    async check(child, { contender, label }) {
      if (contender === 'bare') return
      const { samples, sum } = await recorded(child, /^bench_step_\d+_duration(_seconds)?_count\{/)
      if (samples !== series || sum !== series * (warmUps + rounds)) {
        throw new Error(`${label} has ${sum} values in ${samples} series, not ${warmUps + rounds} in each of ${series}`)
      }
    },
  }
}

function checkCalls(made: number): Comparison['check'] {
  return async (child, { contender, label }) => {
    if (contender === 'bare' || contender === 'no-provider') return
    const { sum } = await recorded(child, /^mcp_tool_calls_total\{/)
    if (sum !== made) throw new Error(`${label} counted ${sum} calls of ${made}`)
  }
}

async function recorded(child: Child, name: RegExp) {
  return sumOf((await scrape(child.metricsUrl, false)).text(), name)
}
