// The page's series: their totals, and what changed from one reading of the metrics to the next.
import { FIGURE_OF } from './figures.ts'
import type { Reading } from './reading.ts'

/** A series as the page receives it: id, figure, labels, kind, bounds of its buckets. */
export type SeriesEntry = readonly [
  id: number,
  figure: string,
  labels: readonly string[],
  kind: string,
  bounds: readonly number[],
]
/** Id, total, and what came since the last step; a gauge has its value twice. */
export type NumberChange = readonly [id: number, total: number, change: number]
/** Id, total count and sum, change of both, and pairs of a bucket and what came into it. */
export type BucketChange = readonly [
  id: number,
  count: number,
  sum: number,
  more: number,
  moreSum: number,
  buckets: readonly number[],
]

export interface Changes {
  readonly series: SeriesEntry[]
  readonly numbers: NumberChange[]
  readonly histograms: BucketChange[]
}

interface Series {
  readonly entry: SeriesEntry
  value: number
  sum: number
  buckets: number[]
}

/** Beyond this, series are left out: 500 tools with all that the page shows of them. */
export const MAX_SERIES = 6_000
const MAX_LABEL = 200

export class SeriesTable {
  readonly #series = new Map<string, Series>()
  #isFirst = true
  /** Readings that found no room. */
  leftOut = 0

  /** Takes all readings of one collection and returns what changed. The first collection changes nothing: it is where counting begins. */
  take(readings: Iterable<Reading>): Changes {
    const changes: Changes = { series: [], numbers: [], histograms: [] }
    for (const [series, total] of this.#totals(readings, changes)) {
      const [id, , , kind] = series.entry
      // A total that went down belongs to a new process.
      const before = this.#isFirst ? total : kind !== 'gauge' && total.value < series.value ? EMPTY : series
      const more = kind === 'gauge' ? total.value : total.value - before.value
      if (kind === 'histogram') {
        if (more > 0)
          changes.histograms.push([id, total.value, total.sum, more, total.sum - before.sum, added(total, before)])
      } else if (total.value !== series.value) {
        changes.numbers.push([id, total.value, more])
      }
      Object.assign(series, total)
    }
    this.#isFirst = false
    return changes
  }

  entryOf(figure: string, labels: readonly string[]): SeriesEntry | undefined {
    return this.#series.get(keyOf(figure, labels))?.entry
  }

  /** All series with their totals. */
  snapshot(): {
    readonly series: SeriesEntry[]
    readonly totals: (readonly [id: number, value: number, sum: number])[]
  } {
    const all = [...this.#series.values()]
    return { series: all.map(({ entry }) => entry), totals: all.map(({ entry, value, sum }) => [entry[0], value, sum]) }
  }

  /** What the readings add up to, by series; new series are told in `changes`. */
  #totals(readings: Iterable<Reading>, changes: Changes): Map<Series, Omit<Series, 'entry'>> {
    const totals = new Map<Series, Omit<Series, 'entry'>>()
    for (const reading of readings) {
      const series = this.#seriesOf(reading, changes)
      if (series === undefined) continue
      let total = totals.get(series)
      if (total === undefined) {
        total = reading.isDelta
          ? { value: series.value, sum: series.sum, buckets: [...series.buckets] }
          : { value: 0, sum: 0, buckets: [] }
        totals.set(series, total)
      }
      total.value += finite(reading.value)
      total.sum += finite(reading.sum)
      for (const [bucket, count] of reading.buckets.entries()) {
        total.buckets[bucket] = (total.buckets[bucket] ?? 0) + finite(count)
      }
    }
    return totals
  }

  #seriesOf({ metric, attributes, kind, value, bounds }: Reading, changes: Changes): Series | undefined {
    const figure = FIGURE_OF.get(metric)
    if (figure === undefined) return undefined
    const labels = figure.keys.map((key) => String(attributes[key] ?? '').slice(0, MAX_LABEL))
    const key = keyOf(figure.figure, labels)
    const known = this.#series.get(key)
    if (known !== undefined) return known
    // A cause that never came is no news; a tool that was never called is.
    if (value === 0 && (figure.figure === 'errors' || figure.figure === 'issues')) return undefined
    if (this.#series.size >= MAX_SERIES) {
      this.leftOut += 1
      return undefined
    }
    const entry: SeriesEntry = [this.#series.size, figure.figure, labels, kind, kind === 'histogram' ? [...bounds] : []]
    const series: Series = { entry, value: 0, sum: 0, buckets: [] }
    this.#series.set(key, series)
    changes.series.push(entry)
    return series
  }
}

const EMPTY = { value: 0, sum: 0, buckets: [] as number[] }

/** Pairs of a bucket and what came into it. */
function added(
  total: { readonly buckets: readonly number[] },
  before: { readonly buckets: readonly number[] },
): number[] {
  return total.buckets.flatMap((count, bucket) => {
    const came = count - (before.buckets[bucket] ?? 0)
    return came > 0 ? [bucket, came] : []
  })
}

function keyOf(figure: string, labels: readonly string[]): string {
  return `${figure}\u0000${labels.join('\u0000')}`
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0
}
