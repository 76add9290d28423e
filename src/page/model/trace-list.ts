// The latest traces of one server, with their log lines, within a bound of bytes. The oldest trace goes first.

export interface PageSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentId: string
  readonly name: string
  /** `server`, `client` or `internal`. */
  readonly kind: string
  /** In milliseconds since the epoch. */
  readonly at: number
  readonly ms: number
  readonly failed: boolean
  readonly attributes: Readonly<Record<string, string | number | boolean>>
}

export interface PageLog {
  readonly traceId: string
  readonly spanId: string
  readonly at: number
  readonly severity: string
  readonly text: string
}

export interface PageTrace {
  readonly spans: readonly PageSpan[]
  readonly logs: readonly PageLog[]
  /** Spans and lines that found no room. */
  readonly leftOut: number
}

export const TRACE_BYTES = 4 * 1024 * 1024
const MOST_SPANS = 500
const MOST_LOGS = 200

interface KeptTrace {
  readonly spans: PageSpan[]
  readonly logs: PageLog[]
  leftOut: number
  bytes: number
}

export interface TraceList {
  addSpan(span: PageSpan): void
  addLog(log: PageLog): void
  find(traceId: string): PageTrace | undefined
  readonly bytes: number
}

export function createTraceList(most = TRACE_BYTES): TraceList {
  const traces = new Map<string, KeptTrace>()
  let bytes = 0
  const keep = (traceId: string, part: PageSpan | PageLog, into: 'spans' | 'logs', limit: number) => {
    let trace = traces.get(traceId)
    if (trace === undefined) {
      trace = { spans: [], logs: [], leftOut: 0, bytes: 0 }
      traces.set(traceId, trace)
    }
    if (trace[into].length >= limit) {
      trace.leftOut += 1
      return
    }
    // What its JSON takes, twice over for the objects themselves.
    const size = 2 * JSON.stringify(part).length
    ;(trace[into] as (PageSpan | PageLog)[]).push(part)
    trace.bytes += size
    bytes += size
    for (const [oldest, { bytes: freed }] of traces) {
      if (bytes <= most || traces.size === 1) break
      traces.delete(oldest)
      bytes -= freed
    }
  }
  return {
    addSpan: (span) => keep(span.traceId, span, 'spans', MOST_SPANS),
    addLog: (log) => keep(log.traceId, log, 'logs', MOST_LOGS),
    find: (traceId) => traces.get(traceId),
    get bytes() {
      return bytes
    },
  }
}
