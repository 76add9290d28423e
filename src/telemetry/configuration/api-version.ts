// Finds out which version of the OpenTelemetry API owns this process: the first one that registers anything.

/** Where each copy of the API with major version 1 keeps what is registered. */
const GLOBAL_KEY = Symbol.for('opentelemetry.js.api.1')

/** The version of the API that registered first; undefined if none has. */
export function registeredApiVersion(): string | undefined {
  const registered = (globalThis as Record<symbol, unknown>)[GLOBAL_KEY]
  const version = (registered as { readonly version?: unknown } | undefined)?.version
  return typeof version === 'string' ? version : undefined
}

/** What to tell a person whose process has an API that refuses ours. */
export function apiConflict(): string {
  return `@opentelemetry/api ${registeredApiVersion()} was loaded before the version that mcp-vitals uses: calls are measured, but traces and logs are not exported, and your own meters are not on /metrics; see npm ls @opentelemetry/api`
}
