// One contender, alone in its process: orders come in from the benchmark, figures go out.
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
  'ours-in-full': async () => (await import('./contenders/ours.ts')).startInFull(),
} as const satisfies Record<string, StartContender>

export type ContenderName = keyof typeof contenders

let running: Contender | undefined
let callTools: ((calls: number) => Promise<number>) | undefined
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
  /** Microseconds of a `tools/call`. */
  async call(calls: number) {
    callTools ??= await (await import('./call-tools.ts')).connectTools(contender())
    return callTools(calls)
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
  call: { argument: number; answer: number }
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
