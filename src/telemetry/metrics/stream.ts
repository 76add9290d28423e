// One stream: its rows, their numbers and their exemplars, and what a reader gets of them.
import type { Attributes, Context, HrTime } from '@opentelemetry/api'
import { millisToHrTime } from '@opentelemetry/core'
import type { DataPoint, Histogram, IMetricReader, MetricData } from '@opentelemetry/sdk-metrics'
import { AggregationTemporality, DataPointType } from '@opentelemetry/sdk-metrics'
import type { Cells, Epoch } from './cells.ts'
import { createCells } from './cells.ts'
import type { Exemplar, PointExemplars } from './exemplars.ts'
import { sampledSpan } from './exemplars.ts'
import { Rows } from './rows.ts'
import type { SdkStorage } from './sdk-storage.ts'
import { createSdkStorage } from './sdk-storage.ts'
import type { StreamPlan } from './streams.ts'
import { isAdditive, isMonotonic } from './streams.ts'

/** Rows that are read before the clock is asked whether the event loop gets a turn. */
const SLICE = 64

/** The set of cells that is never cleared. */
const TOTALS = 0

const DATA_POINT_TYPES = {
  sum: DataPointType.SUM,
  last: DataPointType.GAUGE,
  histogram: DataPointType.HISTOGRAM,
} as const

export class Stream {
  readonly plan: StreamPlan
  /** The longest that an instrument of this name came with. */
  description: string
  readonly rows: Rows
  readonly #cells: Cells | undefined
  readonly #sdk: SdkStorage | undefined
  readonly #monotonic: boolean
  /** Whether measurements leave exemplars: OpenMetrics has them for counters and buckets only. */
  readonly #leavesExemplars: boolean
  /** By row, and by bucket; made for the first sampled span. */
  #exemplars: (Exemplar | undefined)[][] | undefined
  /** The set of cells that a delta reader has, and when it last collected, in milliseconds. */
  readonly #deltas = new Map<IMetricReader, { readonly set: number; collectedAt: number }>()
  /** What each observable callback left for the overflow row, which has the sum of them all. */
  readonly overflowing = new Map<object, number>()

  constructor(plan: StreamPlan, epoch: Epoch, onOverflow: () => void) {
    const { descriptor, aggregation, processors, limit, readers } = plan
    this.plan = plan
    this.description = descriptor.description
    this.rows = new Rows({ processors, limit, onOverflow })
    this.#monotonic = isMonotonic(descriptor.type)
    const { kind } = aggregation ?? {}
    this.#leavesExemplars = kind === 'histogram' || (kind === 'sum' && this.#monotonic)
    for (const reader of readers) {
      if (temporality(reader, plan) === AggregationTemporality.CUMULATIVE) continue
      this.#deltas.set(reader, { set: this.#deltas.size + 1, collectedAt: 0 })
    }
    this.#cells = aggregation && createCells(aggregation, 1 + this.#deltas.size, epoch)
    this.#sdk = aggregation === undefined ? createSdkStorage(plan) : undefined
  }

  /** Takes a measurement for a row. */
  record(row: number, value: number, active: Context): void {
    if (this.#cells === undefined) {
      this.#sdk?.record(value, this.rows.attributes[row] as Attributes)
      return
    }
    const bucket = this.#cells.record(row, value)
    const span = this.#leavesExemplars ? sampledSpan(active) : undefined
    if (span === undefined) return
    // A counter's series starts with a 0 that nobody counted.
    if (value === 0 && this.plan.aggregation?.kind === 'sum') return
    this.#exemplars ??= []
    this.#exemplars[row] ??= []
    const { traceId, spanId } = span
    this.#exemplars[row][bucket] = { traceId, spanId, value, unixSeconds: Date.now() / 1000 }
  }

  /** Takes what an observable has now. */
  observe(row: number, value: number): void {
    if (this.#cells !== undefined) this.#cells.observe(row, value, this.#monotonic)
    else this.#sdk?.observe(value, this.rows.attributes[row] as Attributes)
  }

  /** Values of several attribute sets that become one row are added up. */
  get isAdditive(): boolean {
    return isAdditive(this.plan.descriptor.type)
  }

  /**
   * What a reader gets: all rows of a cumulative one, those recorded in since its last collection of a delta one. Each row is read
   * at once and agrees with itself; `turn` is waited for between slices of them. Undefined if there is nothing.
   */
  async collect(reader: IMetricReader, turn: () => Promise<void> | undefined): Promise<MetricData | undefined> {
    if (this.#sdk !== undefined) return this.#sdk.collect(reader)
    const work = this.#gather(reader)
    for (;;) {
      const { done, value } = work.next()
      if (done === true) return value
      await turn()
    }
  }

  /**
   * What a cumulative reader gets that makes points only when it reads them: ten thousand at a time would be megabytes that the garbage
   * collector copies while the program stands still.
   */
  collectRows(reader: IMetricReader): (MetricData & RowPoints) | undefined {
    const { rows } = this
    const cells = this.#cells
    if (cells === undefined || this.#deltas.has(reader) || rows.size === 0) return undefined
    const data = cells.snapshot(rows.size)
    const { size } = rows
    const endTime = millisToHrTime(Date.now())
    const since = (row: number) => cells.since(row, TOTALS, data)
    const point = (row: number) => this.#point(row, since(row), endTime, cells.value(row, TOTALS, data))
    function* points() {
      for (let row = 0; row < size; row += 1) if (since(row) > 0) yield point(row)
    }
    let made: Point[] | undefined
    return {
      ...this.#metric(reader),
      points,
      get dataPoints() {
        made ??= [...points()]
        return made
      },
    } as MetricData & RowPoints
  }

  /** The same at once; without what only the SDK's own storage has. */
  collectNow(reader: IMetricReader): MetricData | undefined {
    const work = this.#gather(reader)
    for (;;) {
      const { done, value } = work.next()
      if (done === true) return value
    }
  }

  /** Yields before each slice. */
  *#gather(reader: IMetricReader): Generator<undefined, MetricData | undefined> {
    if (this.plan.aggregation === undefined) return undefined
    const cells = this.#cells as Cells
    const dataPoints: Point[] = []
    const now = Date.now()
    const endTime = millisToHrTime(now)
    const delta = this.#deltas.get(reader)
    const set = delta?.set ?? TOTALS
    for (let row = 0; row < this.rows.size; row += 1) {
      if (row % SLICE === 0) yield
      if (cells.since(row, set) === 0) continue
      const since = Math.max(cells.since(row, TOTALS), delta?.collectedAt ?? 0)
      dataPoints.push(this.#point(row, since, endTime, cells.value(row, set)))
      if (delta !== undefined) cells.clear(row, set)
    }
    if (delta !== undefined) delta.collectedAt = now
    if (dataPoints.length === 0) return undefined
    return { ...this.#metric(reader), dataPoints } as MetricData
  }

  #metric(reader: IMetricReader) {
    const { plan, description } = this
    const kind = plan.aggregation?.kind ?? 'sum'
    return {
      descriptor: { ...plan.descriptor, description },
      aggregationTemporality: temporality(reader, plan),
      dataPointType: DATA_POINT_TYPES[kind],
      ...(kind === 'sum' && { isMonotonic: this.#monotonic }),
    }
  }

  #point(row: number, since: number, endTime: HrTime, value: number | Histogram): Point {
    const attributes = this.rows.attributes[row] as Attributes
    return { attributes, startTime: hrTime(since), endTime, value, exemplars: this.#exemplars?.[row] }
  }
}

type Point = DataPoint<number | Histogram> & PointExemplars

/** A metric whose points are made one after the other, as they are read. */
export interface RowPoints {
  points(): Iterable<Point>
}

function temporality(reader: IMetricReader, { descriptor }: StreamPlan): AggregationTemporality {
  return reader.selectAggregationTemporality(descriptor.type)
}

let lastMs = 0
let lastHrTime: HrTime = [0, 0]

/** Most rows of a stream began together: one array for all of them. */
function hrTime(ms: number): HrTime {
  if (ms !== lastMs) {
    lastMs = ms
    lastHrTime = millisToHrTime(ms)
  }
  return lastHrTime
}
