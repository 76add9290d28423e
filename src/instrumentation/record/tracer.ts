// The tracer that all spans come from.
import type { Tracer, TracerProvider } from '@opentelemetry/api'
import { trace } from '@opentelemetry/api'
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
