// One contender, alone in its process: orders come in from the benchmark, figures go out.
import { setTimeout } from 'node:timers/promises'
import type { CallCost } from './call-tools.ts'
import type { Contender, StartContender } from './contender.ts'
import { recordCalls } from './record-calls.ts'
import { createSeries } from './series.ts'
import type { Stall } from './stall.ts'
import { watchStalls } from './stall.ts'

const contenders = {
  bare: async () => (await import('./contenders/bare.ts')).start(),
  'prom-client': async () => (await import('./contenders/prom-client.ts')).start(),
  stock: async () => (await import('./contenders/stock.ts')).start(),
  ours: async () => (await import('./contenders/ours.ts')).start(),
  'no-provider': async () => (await import('./contenders/ours.ts')).startWithoutProvider(),
  'ours-by-api': async () => (await import('./contenders/ours.ts')).startByApi(),
  'ours-in-full': async () => (await import('./contenders/ours.ts')).startInFull(),
} as const satisfies Record<string, StartContender>

export type ContenderName = keyof typeof contenders

interface Filling {
  readonly kind: 'counter' | 'histogram'
  readonly series: number
}

const fill: Partial<Record<Filling['kind'], (series: number) => void>> = {}
let running: Contender | undefined
let callTools: ((calls: number) => Promise<CallCost>) | undefined
let recordSeries: ((series: number) => void) | undefined
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
  /** Serves the tools on stdin and stdout. */
  async serve() {
    await (await import('./call-tools.ts')).serveStdio(contender())
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
  serve: { argument: undefined; answer: undefined }
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
