// A real tracer provider with a context manager and the W3C propagators, and what it exported.
import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'

export interface RecordedSpans {
  all(): ReadableSpan[]
  /** The one span of that name, and kind if given. */
  named(name: string, kind?: number): ReadableSpan
}

/** Registers tracing globally, in place of any other. */
export function recordSpans(): RecordedSpans {
  trace.disable()
  context.disable()
  propagation.disable()
  const exporter = new InMemorySpanExporter()
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(
    new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
  )
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }))
  const all = () => exporter.getFinishedSpans()
  return {
    all,
    named(name, kind) {
      const found = all().filter((span) => span.name === name && (kind === undefined || span.kind === kind))
      if (found.length !== 1)
        throw new Error(`${found.length} spans named "${name}" among ${all().map((span) => span.name)}`)
      return found[0] as ReadableSpan
    },
  }
}
