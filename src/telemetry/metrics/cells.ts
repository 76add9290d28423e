// The numbers of a stream's rows, in one array of doubles. A row has a set of cells for the totals since its start, and one for each
// delta reader since its last collection:
//
//   row ─┬─ set 0, totals          ─┬─ of a sum or a last value:  since │ value
//        ├─ set 1, a delta reader   └─ of a histogram:            since │ sum │ min │ max │ bucket 0 … bucket n
//        └─ set 2, the next one
//
// `since` is when the set was surely empty, in milliseconds of the Unix epoch; 0 while nothing was measured.
import type { Histogram } from '@opentelemetry/sdk-metrics'

export type Aggregation = { readonly kind: 'sum' | 'last' } | HistogramAggregation

interface HistogramAggregation {
  readonly kind: 'histogram'
  /** Finite and ascending. */
  readonly bounds: readonly number[]
  readonly minMax: boolean
  /** False where values can be negative: their sum is no counter. */
  readonly sum: boolean
}

const SINCE = 0
const VALUE = 1
const SUM = 1
const MIN = 2
const MAX = 3
const BUCKETS = 4

/** The last collection, or the start of the provider: what is recorded now may have happened any time after it. */
export interface Epoch {
  /** In milliseconds of the Unix epoch. */
  at: number
}

export abstract class Cells {
  protected readonly epoch: Epoch
  /** Cells of a set, and of all sets of a row. */
  readonly width: number
  readonly stride: number
  protected data: Float64Array = new Float64Array(0)

  constructor(width: number, sets: number, epoch: Epoch) {
    this.epoch = epoch
    this.width = width
    this.stride = width * sets
  }

  /** Takes a measurement. Returns the bucket that it fell into, 0 where there are none. */
  abstract record(row: number, value: number): number
  /** Takes the total that an observable has now. `monotonic`: a lower one than before is a new start. */
  abstract observe(row: number, value: number, monotonic: boolean): void
  /** What a data point has as its value. */
  protected abstract read(data: Float64Array, at: number): number | Histogram

  /** A copy of the first rows, to read them later as they are now. One copy of bytes: 0.02 ms for 1,000 histograms. */
  snapshot(rows: number): Float64Array {
    return this.data.slice(0, rows * this.stride)
  }

  /** A time before the set's first measurement; 0 if there was none. */
  since(row: number, set: number, data = this.data): number {
    return data[row * this.stride + set * this.width + SINCE] ?? 0
  }

  value(row: number, set: number, data = this.data): number | Histogram {
    return this.read(data, row * this.stride + set * this.width)
  }

  clear(row: number, set: number): void {
    const at = row * this.stride + set * this.width
    this.data.fill(0, at, at + this.width)
  }

  /** The first cell of a row, for which there is room now. */
  protected start(row: number): number {
    const at = row * this.stride
    if (at >= this.data.length) {
      const grown = new Float64Array(this.stride * (4 + Math.ceil(row * 1.25)))
      grown.set(this.data)
      this.data = grown
    }
    return at
  }
}

/** One value a set. */
abstract class ValueCells extends Cells {
  constructor(sets: number, epoch: Epoch) {
    super(2, sets, epoch)
  }

  protected read(data: Float64Array, at: number): number {
    return data[at + VALUE] as number
  }
}

class SumCells extends ValueCells {
  record(row: number, value: number): number {
    const start = this.start(row)
    const { data } = this
    for (let at = start; at < start + this.stride; at += 2) {
      if (data[at] === 0) data[at] = this.epoch.at
      data[at + VALUE] = (data[at + VALUE] as number) + value
    }
    return 0
  }

  observe(row: number, value: number, monotonic: boolean): void {
    const start = this.start(row)
    const { data } = this
    const before = data[start + VALUE] as number
    const restarted = monotonic && value < before
    for (let at = start; at < start + this.stride; at += 2) {
      if (restarted) data[at] = Date.now()
      else if (data[at] === 0) data[at] = this.epoch.at
      const delta = (data[at + VALUE] as number) + value - before
      data[at + VALUE] = restarted || at === start ? value : delta
    }
  }
}

class LastValueCells extends ValueCells {
  record(row: number, value: number): number {
    const start = this.start(row)
    const { data } = this
    for (let at = start; at < start + this.stride; at += 2) {
      if (data[at] === 0) data[at] = this.epoch.at
      data[at + VALUE] = value
    }
    return 0
  }

  observe(row: number, value: number): void {
    this.record(row, value)
  }
}

class HistogramCells extends Cells {
  readonly #bounds: readonly number[]
  readonly #shows: HistogramAggregation

  constructor(aggregation: HistogramAggregation, sets: number, epoch: Epoch) {
    super(BUCKETS + aggregation.bounds.length + 1, sets, epoch)
    this.#bounds = aggregation.bounds
    this.#shows = aggregation
  }

  record(row: number, value: number): number {
    const start = this.start(row)
    const bounds = this.#bounds
    const { data } = this
    let bucket = 0
    while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket += 1
    for (let at = start; at < start + this.stride; at += this.width) {
      if (data[at] === 0) {
        data[at] = this.epoch.at
        data[at + MIN] = value
        data[at + MAX] = value
      } else if (value < (data[at + MIN] as number)) data[at + MIN] = value
      else if (value > (data[at + MAX] as number)) data[at + MAX] = value
      data[at + SUM] = (data[at + SUM] as number) + value
      data[at + BUCKETS + bucket] = (data[at + BUCKETS + bucket] as number) + 1
    }
    return bucket
  }

  observe(row: number, value: number): void {
    this.record(row, value)
  }

  protected read(data: Float64Array, at: number): Histogram {
    const counts: number[] = []
    let count = 0
    for (let cell = at + BUCKETS; cell < at + this.width; cell += 1) {
      counts.push(data[cell] as number)
      count += data[cell] as number
    }
    return {
      buckets: { boundaries: this.#bounds as number[], counts },
      count,
      ...(this.#shows.sum && { sum: data[at + SUM] as number }),
      ...(this.#shows.minMax && { min: data[at + MIN] as number, max: data[at + MAX] as number }),
    }
  }
}

/** Makes the cells of a stream that has no row yet. */
export function createCells(aggregation: Aggregation, sets: number, epoch: Epoch): Cells {
  if (aggregation.kind === 'histogram') return new HistogramCells(aggregation, sets, epoch)
  return aggregation.kind === 'sum' ? new SumCells(sets, epoch) : new LastValueCells(sets, epoch)
}
