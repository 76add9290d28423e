// Compares what a scrape costs: how long the program stands still, and what the calls that come meanwhile feel of it.
import { setTimeout } from 'node:timers/promises'
import type { CallHttp } from '../call-http.ts'
import { connectHttp } from '../call-http.ts'
import type { Child } from '../child.ts'
import type { Column } from '../report.ts'
import type { Figures, Row } from '../rounds.ts'
import { interleave } from '../rounds.ts'
import { scrape } from '../scrape.ts'
import { quantile } from '../statistics.ts'
import type { Comparison } from './comparison.ts'
import { ALL, BARE, OURS, PROM, recorded, STOCK } from './comparison.ts'

const GZIP: Row = { label: 'mcp-vitals, gzip', contender: 'ours', gzip: true }
/** Others stand still for seconds, and take gigabytes. */
const OTHERS_UP_TO = 10_000

/** Milliseconds that a scrape of so many series may make the program stand still. */
const TARGETS = { 1000: 2, 10000: 4, 100000: 12 } as const

export function scraping(series: keyof typeof TARGETS, quick: boolean): Comparison {
  const warmUps = quick ? 0 : 2
  const rounds = quick ? 1 : 11
  const hasOthers = series <= OTHERS_UP_TO
  const stall: Column = { head: 'stall, ms', figure: 'stall', quartiles: true }
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
      ...(hasOthers
        ? [
            { head: 'stall × stock OTel', figure: 'stall', over: STOCK.label, quartiles: true },
            { head: 'stall × prom-client', figure: 'stall', over: PROM.label },
          ]
        : []),
      stall,
      { head: 'CPU, ms', figure: 'cpu', quartiles: true },
      { head: 'worst, ms', figure: 'stall', worst: true },
      ...(hasOthers ? [{ head: 'total × stock OTel', figure: 'total', over: STOCK.label }] : []),
      { head: 'total, ms', figure: 'total', quartiles: true },
      { head: 'body, MB', figure: 'megabytes' },
    ],
    summary: [
      {
        title: `stall of a scrape, ${series.toLocaleString('en')} series, ms`,
        column: stall,
        rows: { ...(hasOthers && { prom: ALL.prom, stock: ALL.stock }), ours: OURS.label },
        target: TARGETS[series],
      },
    ],
    run: () =>
      interleave({
        rows: [BARE, ...(hasOthers ? [PROM, STOCK] : []), OURS, GZIP],
        rounds,
        warmUps,
        async measure(child, { gzip = false }): Promise<Figures> {
          await child.ask('prepareScrape', series)
          const { milliseconds, bytes } = await scrape(child.metricsUrl, gzip)
          const { milliseconds: stalled, cpuMilliseconds } = await child.ask('stall', undefined)
          return { stall: stalled, cpu: cpuMilliseconds, total: milliseconds, megabytes: bytes / 1e6 }
        },
        async check(child, { contender, label }) {
          if (contender === 'bare') return
          const { samples, sum } = await recorded(child, /^bench_step_\d+_duration(_seconds)?_count\{/)
          if (samples !== series || sum !== series * (warmUps + rounds)) {
            throw new Error(
              `${label} has ${sum} values in ${samples} series, not ${warmUps + rounds} in each of ${series}`,
            )
          }
        },
      }),
  }
}

const SERIES_OF_A_KIND = 1_900
const CALLS_A_SECOND = 200

export function callsWhileScraped(quick: boolean): Comparison {
  const seconds = quick ? 1 : 3
  const warmUps = quick ? 0 : 1
  const rounds = quick ? 1 : 11
  const connected = new Map<Child, CallHttp>()
  const column: Column = { head: 'p99 × unscraped', figure: 'ratio', quartiles: true }
  return {
    title: 'Latency of calls while a scraper reads each second',
    note: `${CALLS_A_SECOND} calls a second over Streamable HTTP, whether answered or not, for ${seconds} s without a scraper and ${seconds} s with one, and ${SERIES_OF_A_KIND.toLocaleString('en')} counter and
${SERIES_OF_A_KIND.toLocaleString('en')} histogram series. The latency counts from when the call was due. The ratio is taken within a round.`,
    columns: [
      column,
      { head: 'p99 unscraped, ms', figure: 'unscraped', quartiles: true },
      { head: 'p99 scraped, ms', figure: 'scraped', quartiles: true },
    ],
    summary: [
      {
        title: 'call p99 while scraped each second ÷ unscraped',
        column,
        rows: { prom: ALL.prom, stock: ALL.stock, ours: OURS.label },
        target: 1.3,
      },
    ],
    run: () =>
      interleave({
        rows: [BARE, PROM, STOCK, OURS],
        rounds,
        warmUps,
        async measure(child) {
          const known = connected.get(child)
          const call = known ?? (await connectHttp(child))
          connected.set(child, call)
          if (known === undefined && !quick) await call.cpu(12_000)
          for (const kind of ['counter', 'histogram'] as const)
            await child.ask('fill', { kind, series: SERIES_OF_A_KIND })
          const p99 = async () => quantile(await call.openLoop(CALLS_A_SECOND, seconds), 0.99)
          const unscraped = await p99()
          const stop = scrapeEachSecond(child.metricsUrl)
          const scraped = await p99()
          await stop()
          return { unscraped, scraped, ratio: scraped / unscraped }
        },
        check: async () => {},
      }),
  }
}

function scrapeEachSecond(url: string): () => Promise<void> {
  const stopped = new AbortController()
  const done = (async () => {
    while (!stopped.signal.aborted) {
      await scrape(url, false)
      await setTimeout(1_000, undefined, { signal: stopped.signal }).catch(() => {})
    }
  })()
  return () => {
    stopped.abort()
    return done
  }
}
