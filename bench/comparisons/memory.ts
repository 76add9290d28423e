// Compares the memory of a series.
import { interleave } from '../rounds.ts'
import { scrape } from '../scrape.ts'
import type { Comparison } from './comparison.ts'
import { ALL, OURS, PROM, STOCK } from './comparison.ts'

export function memory(quick: boolean): Comparison {
  const series = quick ? 1_000 : 20_000
  const counter = { head: 'counter, bytes', figure: 'counter' }
  const histogram = { head: 'histogram, bytes', figure: 'histogram' }
  const rows = { prom: ALL.prom, stock: ALL.stock, ours: ALL.ours }
  return {
    title: 'Memory of a series',
    note: `Live bytes of one series. There are ${series.toLocaleString('en')} series, 1,000 per instrument, with 3 attributes, 10 bounds and one reader. Each series is recorded
again after a scrape. Measured once, because the bytes hardly change from one run to the next.`,
    columns: [counter, histogram],
    summary: [
      { title: 'bytes of a counter series', column: counter, rows, target: 150 },
      { title: 'bytes of a histogram series', column: histogram, rows, target: 280 },
    ],
    run: () =>
      interleave({
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
      }),
  }
}
