// Environment variables in, what is wrong with them out: for a program that names these faults together with its own.
import { ConfigError } from './config-error.ts'
import { environmentOr, readSettings } from './environment.ts'
import type { Environment } from './environment-reader.ts'

/**
 * The faults for which `startTelemetry` would reject, one sentence each; none when it would start. Starts nothing.
 *
 * @param stdio stdout belongs to MCP: a console exporter is a fault.
 * @example
 * const faults = [...myOwnFaults, ...checkEnvironment()]
 * if (faults.length > 0) throw new ConfigError(faults)
 */
export function checkEnvironment(env?: Environment, options: { stdio?: boolean | undefined } = {}): readonly string[] {
  try {
    readSettings(environmentOr(env), options)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}
