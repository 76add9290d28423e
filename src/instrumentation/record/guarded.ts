// Keeps errors of the instrumentation away from the code that it observes.
import { diag } from '@opentelemetry/api'

/** Runs a piece of instrumentation. Returns undefined if it throws: that is a bug of ours, and must not be the server's. */
export function guarded<T>(fn: () => T): T | undefined {
  try {
    return fn()
  } catch (error) {
    reportUnmeasured(error)
    return undefined
  }
}

/** Logs what a piece of instrumentation threw. Never throws. */
export function reportUnmeasured(error: unknown): void {
  try {
    diag.error('mcp-vitals: something was not measured', error)
  } catch {
    // A foreign logger threw.
  }
}
