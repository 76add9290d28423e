// Runs one contender, alone in its process: takes orders from the benchmark and answers with figures.
import { setTimeout } from 'node:timers/promises'
import type { CallCost } from './call-tools.ts'
import type { Contender, StartContender } from './contender.ts'
import { profileOurCode } from './profile.ts'
import { recordCalls } from './record-calls.ts'
import { recordSets } from './record-sets.ts'
import { createSeries } from './series.ts'
import type { Stall } from './stall.ts'
import { watchStalls } from './stall.ts'

/** Nobody listens on port 1; nothing is pushed before the process ends. */
const TWO_READERS = {
  OTEL_METRICS_EXPORTER: 'prometheus,otlp',
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://127.0.0.1:1/v1/metrics',
  OTEL_METRIC_EXPORT_INTERVAL: '3600000',
}

const contenders = {
  bare: async () => (await import('./contenders/bare.ts')).start(),
  'prom-client': async () => (await import('./contenders/prom-client.ts')).start(),
  stock: async () => (await import('./contenders/stock.ts')).start(),
  'stock-two-readers': async () => (await import('./contenders/stock.ts')).startWithTwoReaders(),
  'stock-spans': async () => (await import('./contenders/stock.ts')).startWithSpans(),
  'stock-pushes': async () => (await import('./contenders/stock.ts')).startPushing(),
  ours: async () => (await import('./contenders/ours.ts')).start(),
  'no-provider': async () => (await import('./contenders/ours.ts')).startWithoutProvider(),
  'ours-by-api': async () => (await import('./contenders/ours.ts')).startByApi(),
  'ours-in-full': async () => (await import('./contenders/ours.ts')).startInFull(),
  'ours-by-api-two-readers': async () => (await import('./contenders/ours.ts')).startByApi(TWO_READERS),
  'ours-in-full-two-readers': async () => (await import('./contenders/ours.ts')).startInFull(TWO_READERS),
  'ours-spans': async () => (await import('./contenders/ours.ts')).start({ OTEL_TRACES_EXPORTER: 'otlp' }),
  'ours-pushes': async () =>
    (await import('./contenders/ours.ts')).start({
      OTEL_METRICS_EXPORTER: 'prometheus,otlp',
      OTEL_TRACES_EXPORTER: 'none',
    }),
} as const satisfies Record<string, StartContender>

export type ContenderName = keyof typeof contenders

interface Sets {
  readonly sets: number
  readonly recordings: number
}

interface Filling {
  readonly kind: 'counter' | 'histogram'
  readonly series: number
}

const fill: Partial<Record<Filling['kind'], (series: number) => void>> = {}
let running: Contender | undefined
let callTools: ((calls: number) => Promise<CallCost>) | undefined
let recordSeries: ((series: number) => void) | undefined
let stopProfile: (() => Promise<number>) | undefined
let stopWatching: (() => Stall) | undefined

const orders = {
  /** The URL of its /metrics. */
  async start(name: ContenderName) {
    running = await contenders[name]()
    return running.metricsUrl
  },
  /** Nanoseconds that the recordings of a call take. */
  record: async (calls: number) => recordCalls(contender().recorder, calls),
  async call(calls: number) {
    callTools ??= await (await import('./call-tools.ts')).connectTools(contender())
    return callTools(calls)
  },
  /** Nanoseconds of a recording, over that many sets of attributes. */
  recordSets: async ({ sets, recordings }: Sets) => recordSets(contender(), sets, recordings),
  /** Serves the tools on stdin and stdout. */
  async serve() {
    await (await import('./call-tools.ts')).serveStdio(contender())
  },
  /** Serves the tools over Streamable HTTP; the URL. */
  serveHttp: async () => (await import('./serve-http.ts')).serveHttp(contender()),
  /** Starts to count the time in our code. */
  async profile() {
    stopProfile = await profileOurCode()
  },
  /** Microseconds in our code since then. */
  profiled: async () => stopProfile?.() ?? Number.NaN,
  /** Milliseconds that a shutdown takes. */
  async shutdown() {
    const startedAt = performance.now()
    await contender().shutdown?.()
    return performance.now() - startedAt
  },
  /** Microseconds of user CPU that this process has used. */
  cpu: async () => process.cpuUsage().user,
  /** Records in that many series of counters or histograms. */
  async fill({ kind, series }: Filling) {
    const { histogram, counter } = contender()
    fill[kind] ??= createSeries({ histogram: kind === 'histogram' ? histogram : ({ name }) => counter(name) }, kind)
    fill[kind](series)
  },
  /** Live bytes of this process's heap and buffers. */
  async live() {
    for (let pass = 0; pass < 4; pass += 1) {
      globalThis.gc?.()
      await setTimeout(20)
    }
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  },
  /** Records in that many series, collects the garbage of it, and watches the event loop from then on. */
  async prepareScrape(series: number) {
    recordSeries ??= createSeries(contender())
    recordSeries(series)
    globalThis.gc?.()
    stopWatching = watchStalls()
  },
  stall: async () => stopWatching?.() ?? { milliseconds: Number.NaN, cpuMilliseconds: Number.NaN },
}

export interface Orders {
  start: { argument: ContenderName; answer: string }
  record: { argument: number; answer: number }
  call: { argument: number; answer: CallCost }
  recordSets: { argument: Sets; answer: number }
  serve: { argument: undefined; answer: undefined }
  serveHttp: { argument: undefined; answer: string }
  profile: { argument: undefined; answer: undefined }
  profiled: { argument: undefined; answer: number }
  shutdown: { argument: undefined; answer: number }
  cpu: { argument: undefined; answer: number }
  fill: { argument: Filling; answer: undefined }
  live: { argument: undefined; answer: number }
  prepareScrape: { argument: number; answer: undefined }
  stall: { argument: undefined; answer: Stall }
}

function contender(): Contender {
  if (running === undefined) throw new Error('no contender was started')
  return running
}

process.on('message', ({ order, argument }: { order: keyof Orders; argument: never }) => {
  orders[order](argument).then(
    (answer) => process.send?.({ answer }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.stack : String(error) }),
  )
})
// The benchmark is gone, however it ended.
process.on('disconnect', () => process.exit())
