// What the page knows of one server: its series, its last 15 minutes, its latest calls and traces. At most about 15 MB.
import type { PageCall } from './call-list.ts'
import { createCallList } from './call-list.ts'
import { hasOwnCalls, withToolCalls } from './conventions.ts'
import { createHistory, HISTORY_SECONDS } from './history.ts'
import type { Reading } from './reading.ts'
import type { BucketChange, NumberChange, SeriesEntry } from './series-table.ts'
import { SeriesTable } from './series-table.ts'
import type { PageTrace, TraceList } from './trace-list.ts'
import { createTraceList } from './trace-list.ts'

/** A tool call that is under way. */
export interface OpenPageCall {
  readonly at: number
  readonly tool: string
  readonly traceId?: string | undefined
}

export interface ServerModel {
  readonly id: string
  /** For people. */
  readonly name: string
  /** Milliseconds since the epoch at which something came last. */
  readonly lastAt: number
  readonly traces: TraceList
  /** Names and other attributes of the resource, for people. */
  describe(attributes: Readonly<Record<string, unknown>>): void
  /** Takes one collection of the server's metrics and what is known of its calls, and returns the step to send, as JSON. */
  take(now: number, readings: readonly Reading[], calls: readonly PageCall[], open?: readonly OpenPageCall[]): string
  /** Makes steps of calls that ended before the first collection. */
  recall(calls: readonly PageCall[], now: number): void
  /** Everything, as JSON. */
  snapshot(now: number): string
  trace(id: string): PageTrace | undefined
}

/** Attributes of the resource that the page shows. */
const SHOWN = ['service.name', 'service.version', 'service.instance.id', 'telemetry.sdk.language', 'mcp_vitals.attach']
const MAX_TEXT = 200

export function createServerModel(id: string): ServerModel {
  const table = new SeriesTable()
  const history = createHistory()
  const calls = createCallList()
  const traces = createTraceList()
  let hasOwn = false
  let lastAt = 0
  let open: readonly OpenPageCall[] = []
  let about: Record<string, string> = {}

  return {
    id,
    get name() {
      return about['service.name'] ?? id
    },
    get lastAt() {
      return lastAt
    },
    traces,
    describe(attributes) {
      about = Object.fromEntries(
        SHOWN.flatMap((key) =>
          attributes[key] === undefined ? [] : [[key, String(attributes[key]).slice(0, MAX_TEXT)]],
        ),
      )
    },
    take(now, readings, more, openNow = []) {
      hasOwn ||= hasOwnCalls(readings)
      const changes = table.take(withToolCalls(readings, hasOwn))
      open = openNow
      // Metrics that come every 5 s tell of 5 s.
      const seconds = readings.length === 0 ? 0 : Math.min((now - (lastAt || now - 1_000)) / 1_000, 60)
      if (readings.length > 0) lastAt = now
      const step = stepOf(now, seconds, changes)
      history.add(now, JSON.stringify(step))
      return JSON.stringify({ ...step, calls: calls.add(more), open })
    },
    recall(past, now) {
      const bySecond = Map.groupBy(past, ({ at, seconds }) => Math.floor((at + seconds * 1_000) / 1_000))
      for (const second of [...bySecond.keys()].sort((a, b) => a - b)) {
        if (second * 1_000 < now - HISTORY_SECONDS * 1_000 || second * 1_000 > now) continue
        const { numbers, histograms } = recalled(bySecond.get(second) ?? [], table)
        history.add(second * 1_000, JSON.stringify(stepOf(second * 1_000, 1, { series: [], numbers, histograms })))
      }
      calls.add(past)
    },
    snapshot(now) {
      const rest = { id, now, about, lastAt, leftOut: table.leftOut, ...table.snapshot(), calls: calls.all(), open }
      return `${JSON.stringify(rest).slice(0, -1)},"steps":${history.json()}}`
    },
    trace: (traceId) => traces.find(traceId),
  }
}

interface StepChanges {
  readonly series: readonly SeriesEntry[]
  readonly numbers: readonly NumberChange[]
  readonly histograms: readonly BucketChange[]
}

function stepOf(at: number, seconds: number, { series, numbers, histograms }: StepChanges) {
  return {
    at,
    seconds: Math.round(seconds * 10) / 10,
    ...(series.length > 0 && { series }),
    ...(numbers.length > 0 && { numbers }),
    ...(histograms.length > 0 && { histograms }),
  }
}

/** What calls changed in the series that are known by now; totals of the past are not known. */
function recalled(calls: readonly PageCall[], table: SeriesTable): Omit<StepChanges, 'series'> {
  const numbers = new Map<number, number>()
  const histograms = new Map<number, { more: number; sum: number; readonly buckets: Map<number, number> }>()
  const count = (entry: SeriesEntry | undefined) => {
    if (entry !== undefined) numbers.set(entry[0], (numbers.get(entry[0]) ?? 0) + 1)
  }
  for (const { tool, status, errorType, seconds } of calls) {
    count(table.entryOf('calls', [tool, status]))
    if (errorType !== undefined) count(table.entryOf('errors', [tool, errorType]))
    const duration = table.entryOf('duration', [tool])
    if (duration === undefined) continue
    const [id, , , , bounds] = duration
    const found = bounds.findIndex((bound) => seconds <= bound)
    const bucket = found === -1 ? bounds.length : found
    const known = histograms.get(id) ?? { more: 0, sum: 0, buckets: new Map<number, number>() }
    histograms.set(id, known)
    known.more += 1
    known.sum += seconds
    known.buckets.set(bucket, (known.buckets.get(bucket) ?? 0) + 1)
  }
  return {
    numbers: [...numbers].map(([id, more]) => [id, -1, more]),
    histograms: [...histograms].map(([id, { more, sum, buckets }]) => [id, -1, -1, more, sum, [...buckets].flat()]),
  }
}
