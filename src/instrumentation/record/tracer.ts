// The tracer that all spans come from.
import type { Tracer, TracerProvider } from '@opentelemetry/api'
import { ProxyTracerProvider, trace } from '@opentelemetry/api'
import { SCOPE } from '../catalog/scope.ts'

/** Takes the place of the global one. */
let own: TracerProvider | undefined

/** Starts spans on this tracer provider instead of the global one; undefined goes back to the global one. */
export function setTracerProvider(given: TracerProvider | undefined): void {
  own = given
}

export function tracer(): Tracer {
  return (own ?? trace).getTracer(SCOPE.name, SCOPE.version)
}

const NO_TRACER = new ProxyTracerProvider().getDelegate()

/** Whether there is a tracer provider to start spans on. */
export function hasTracer(): boolean {
  return own !== undefined || hasGlobalTracer()
}

/** Whether anybody has registered a tracer provider. */
export function hasGlobalTracer(): boolean {
  const provider = trace.getTracerProvider()
  return (provider instanceof ProxyTracerProvider ? provider.getDelegate() : provider) !== NO_TRACER
}
