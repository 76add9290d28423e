// Reads the command line and environment of the program mcp-vitals.
import type { OptionValues } from '../command-line/option.ts'
import type { EnvironmentVariables } from '../command-line/read-command-line.ts'
import { readCommandLine } from '../command-line/read-command-line.ts'
import { ConfigError } from '../telemetry/configuration/config-error.ts'
import type { TRAFFIC_OPTIONS } from './options.ts'
import { PROGRAM } from './options.ts'

export interface TrafficConfig extends OptionValues<typeof TRAFFIC_OPTIONS> {
  readonly command: 'traffic'
  readonly warnings: readonly string[]
}

type ProgramConfig =
  | TrafficConfig
  | { readonly command: 'help'; readonly of: keyof typeof PROGRAM.commands | undefined }
  | { readonly command: 'version' }

/**
 * Reads a command line (without the program's own name) and the environment.
 *
 * @throws {ConfigError} naming every fault.
 * @example readConfig(['traffic', '--rate', '5'], {})
 */
export function readConfig(
  argv: readonly string[] = process.argv.slice(2),
  env: EnvironmentVariables = process.env,
): ProgramConfig {
  const line = readCommandLine(PROGRAM, argv, env)
  if (line.wants === 'help') return { command: 'help', of: line.command }
  if (line.wants === 'version') return { command: 'version' }
  if (line.faults.length > 0) throw new ConfigError(line.faults)
  return Object.freeze({ ...line.values, command: line.command, warnings: line.warnings }) as unknown as TrafficConfig
}
