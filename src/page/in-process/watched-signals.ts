// Where spans and log records of this process pass by on their way to the page, if somebody looks. Imports nothing that costs.
import type { SpanContext } from '@opentelemetry/api'
import type { LogRecordProcessor } from '@opentelemetry/sdk-logs'
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace'

interface WatchedLine {
  readonly spanContext: Pick<SpanContext, 'traceId' | 'spanId'> | undefined
  readonly at: number
  readonly severity: string
  readonly text: string
}

interface Watch {
  span(span: ReadableSpan): void
  line(line: WatchedLine): void
}

let watch: Watch | undefined

/** Hands on everything until the returned function is called. */
export function watchWith(given: Watch): () => void {
  watch = given
  return () => {
    if (watch === given) watch = undefined
  }
}

export function isWatched(): boolean {
  return watch !== undefined
}

/** A line that no log provider gets. */
export function watchLine(line: WatchedLine): void {
  watch?.line(line)
}

const done = async () => {}

export const watchedSpans: SpanProcessor = {
  onStart() {},
  onEnd: (span) => watch?.span(span),
  forceFlush: done,
  shutdown: done,
}

export const watchedLogs: LogRecordProcessor = {
  onEmit({ spanContext, hrTime: [seconds, nanos], severityText = '', body }) {
    watch?.line({ spanContext, at: seconds * 1_000 + nanos / 1e6, severity: severityText, text: String(body ?? '') })
  },
  forceFlush: done,
  shutdown: done,
}
