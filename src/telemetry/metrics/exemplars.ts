// Exemplars: for each bucket of a histogram and for each counter, the last measurement that was made inside a sampled span. The SDK
// has none; our data points carry them next to what the SDK's have.
import type { Attributes, Context, SpanContext } from '@opentelemetry/api'
import { isSpanContextValid, TraceFlags, trace } from '@opentelemetry/api'

export interface Exemplar {
  readonly traceId: string
  readonly spanId: string
  readonly value: number
  readonly unixSeconds: number
}

/** One slot for each bucket of a histogram (the last is `+Inf`); a counter has slot 0 only. */
export type SeriesExemplars = readonly (Exemplar | undefined)[]

/** What our data points have that the SDK's do not. */
export interface PointExemplars {
  readonly attributes: Attributes
  readonly exemplars?: SeriesExemplars | undefined
}

let lastContext: Context | undefined
let lastSpan: SpanContext | undefined

/**
 * The span of a context, if it is sampled. A call's measurements are made in one context, which is asked once.
 */
export function sampledSpan(active: Context): SpanContext | undefined {
  if (active !== lastContext) {
    lastContext = active
    const span = trace.getSpanContext(active)
    const sampled = span !== undefined && (span.traceFlags & TraceFlags.SAMPLED) !== 0 && isSpanContextValid(span)
    lastSpan = sampled ? span : undefined
  }
  return lastSpan
}
