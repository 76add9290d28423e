// OpenTelemetry's exporters, samplers and propagators read the standard variables from the process when they are made.
// This shows them the environment that the telemetry was started with, for as long as that takes.
import type { Environment } from './environment-reader.ts'

/** Kept from them: at any level their logger writes to stdout, and the metrics are not theirs to export. */
const HIDDEN = new Set(['OTEL_LOG_LEVEL', 'OTEL_METRICS_EXPORTER'])

/** Runs `make`, which must be synchronous, with the `OTEL_*` variables of `env` in place of the process's. */
export function withEnvironment<T>(env: Environment, make: () => T): T {
  const before = otelVariables(process.env)
  replace(
    before,
    otelVariables(env).filter(([name]) => !HIDDEN.has(name)),
  )
  try {
    return make()
  } finally {
    replace(otelVariables(process.env), before)
  }
}

type Variables = (readonly [string, string])[]

function otelVariables(env: Environment): Variables {
  return Object.entries(env).flatMap(([name, value]) =>
    name.startsWith('OTEL_') && value !== undefined ? [[name, value] as const] : [],
  )
}

function replace(present: Variables, wanted: Variables): void {
  for (const [name] of present) delete process.env[name]
  for (const [name, value] of wanted) process.env[name] = value
}
