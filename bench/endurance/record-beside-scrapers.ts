// Records in one process while scrapers read it, and checks each scrape against what was recorded.
import type { Child } from '../child.ts'
import { scrape } from '../scrape.ts'

const SERIES = 1_000
/** Recordings of one order, half of them in the counter. */
const STEP = 2 * SERIES

export interface Exactness {
  readonly recordings: number
  readonly scrapes: number
  readonly counter: number
  readonly histogram: number
}

/** Throws at the first scrape that is wrong. */
export async function recordBesideScrapers(child: Child, recordings: number, scrapers: number): Promise<Exactness> {
  let asked = 0
  let recorded = 0
  let isDone = false
  let scrapes = 0

  const look = async () => {
    const before = recorded
    const seen = readTotals((await scrape(child.metricsUrl, false)).text())
    scrapes += 1
    for (const [kind, total] of [
      ['counter', seen.counter],
      ['histogram', seen.histogram],
    ] as const) {
      if (total < before || total > asked) throw new Error(`the ${kind} has ${total}, not ${before} to ${asked}`)
    }
    return seen
  }
  const scrapeOn = async () => {
    let last: ReadonlyMap<string, number> = new Map()
    while (!isDone) {
      const { counts } = await look()
      for (const [series, count] of last) {
        if ((counts.get(series) ?? 0) < count) throw new Error(`${series} went down from ${count}`)
      }
      last = counts
    }
  }
  const record = async () => {
    try {
      while (asked < recordings / 2) {
        asked += STEP / 2
        await child.ask('recordSets', { sets: SERIES, recordings: STEP / 2 })
        recorded = asked
      }
    } finally {
      isDone = true
    }
  }
  await Promise.all([record(), ...Array.from({ length: scrapers }, scrapeOn)])
  const { counter, histogram } = await look()
  return { recordings: 2 * recorded, scrapes, counter, histogram }
}

/** The totals, and the counts of all series; throws if the buckets of a histogram do not agree with its count. */
function readTotals(text: string) {
  const counts = new Map<string, number>()
  let counter = 0
  let histogram = 0
  let bucket = 0
  for (const line of text.split('\n')) {
    if (!line.startsWith('bench_sets_')) continue
    const space = line.lastIndexOf(' ')
    const series = line.slice(0, space)
    const value = Number(line.slice(space + 1))
    if (series.startsWith('bench_sets_events')) {
      counter += value
      counts.set(series, value)
    } else if (series.includes('_bucket{')) {
      // The first bucket of a series begins anew.
      if (!series.includes('le="0.005"') && value < bucket)
        throw new Error(`${series} has less than the bucket below it`)
      bucket = value
    } else if (series.includes('_count{')) {
      if (value !== bucket) throw new Error(`${series} is ${value}, and its last bucket ${bucket}`)
      histogram += value
      counts.set(series, value)
    }
  }
  return { counter, histogram, counts }
}
