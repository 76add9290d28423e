// Keeps the spans and log lines of this process while somebody looks. Where nothing traces, it traces for the page alone: those spans are
// recorded and not sampled, so that they leave no exemplars and nothing exports them.
import { hasGlobalTracer, hasTracer, setTracerProvider } from '@mcp-vitals/instrumentation/wire'
import type { HrTime } from '@opentelemetry/api'
import { context, createContextKey, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { SamplingDecision, TracerProvider } from '@opentelemetry/sdk-trace'
import type { PageSpan, TraceList } from '../model/trace-list.ts'
import { watchedSpans, watchWith } from './watched-signals.ts'

const RECORD_ONLY = {
  shouldSample: () => ({ decision: SamplingDecision.RECORD }),
  toString: () => 'the live page',
}
const PROBE = createContextKey('mcp-vitals: is there a context manager')
const MAX_TEXT = 300
const MAX_ATTRIBUTES = 24

/** Starts to keep them in `traces`; returns the stop. */
export function watchSignals(traces: TraceList): () => void {
  const stopWatching = watchWith({
    span: (span) => traces.addSpan(pageSpan(span)),
    line({ spanContext, at, severity, text }) {
      if (spanContext === undefined) return
      const { traceId, spanId } = spanContext
      traces.addLog({ traceId, spanId, at, severity: severity.slice(0, 20), text: text.slice(0, MAX_TEXT) })
    },
  })
  if (hasTracer()) return stopWatching

  const own = new TracerProvider({ spanProcessors: [watchedSpans], sampler: RECORD_ONLY })
  // A provider that the program registers from now on gets its spans.
  setTracerProvider({
    getTracer: (name, version) => (hasGlobalTracer() ? trace.getTracer(name, version) : own.getTracer(name, version)),
  })
  const hasContexts = context.with(
    context.active().setValue(PROBE, true),
    () => context.active().getValue(PROBE) === true,
  )
  const setContexts = !hasContexts && context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  return () => {
    stopWatching()
    setTracerProvider(undefined)
    if (setContexts) context.disable()
  }
}

const KINDS: Readonly<Record<number, string>> = { [SpanKind.SERVER]: 'server', [SpanKind.CLIENT]: 'client' }

function pageSpan(span: ReadableSpan): PageSpan {
  const { traceId, spanId } = span.spanContext()
  const kept = Object.entries(span.attributes).slice(0, MAX_ATTRIBUTES)
  return {
    traceId,
    spanId,
    parentId: span.parentSpanContext?.spanId ?? '',
    name: span.name.slice(0, MAX_TEXT),
    kind: KINDS[span.kind] ?? 'internal',
    at: milliseconds(span.startTime),
    ms: milliseconds(span.duration),
    failed: span.status.code === SpanStatusCode.ERROR,
    attributes: Object.fromEntries(kept.map(([key, value]) => [key.slice(0, 100), plain(value)])),
  }
}

function plain(value: unknown): string | number | boolean {
  return typeof value === 'number' || typeof value === 'boolean' ? value : String(value).slice(0, MAX_TEXT)
}

function milliseconds([seconds, nanos]: HrTime): number {
  return seconds * 1_000 + nanos / 1e6
}
