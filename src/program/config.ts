// Reads the command line and environment of the program mcp-vitals.
import type { OptionValues } from '../command-line/option.ts'
import type { EnvironmentVariables } from '../command-line/read-command-line.ts'
import { readCommandLine } from '../command-line/read-command-line.ts'
import { ConfigError } from '../telemetry/configuration/config-error.ts'
import type { TRAFFIC_OPTIONS, WRAP_OPTIONS } from './options.ts'
import { PROGRAM } from './options.ts'

export interface TrafficConfig extends OptionValues<typeof TRAFFIC_OPTIONS> {
  readonly command: 'traffic'
  readonly warnings: readonly string[]
}

export interface WrapConfig extends OptionValues<typeof WRAP_OPTIONS> {
  readonly command: 'wrap'
  readonly warnings: readonly string[]
  /** The server's command and its arguments. */
  readonly server: readonly [string, ...string[]]
  /** For the telemetry, which reads `OTEL_*`. */
  readonly env: EnvironmentVariables
}

type ProgramConfig =
  | TrafficConfig
  | WrapConfig
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
  // What follows `--` belongs to the command that `wrap` runs.
  const end = argv[0] === 'wrap' ? argv.indexOf('--') : -1
  const line = readCommandLine(PROGRAM, end === -1 ? argv : argv.slice(0, end), env)
  if (line.wants === 'help') return { command: 'help', of: line.command }
  if (line.wants === 'version') return { command: 'version' }
  const server = end === -1 ? [] : argv.slice(end + 1)
  const isIncomplete = line.command === 'wrap' && (server[0] ?? '') === ''
  const faults = isIncomplete ? [...line.faults, NO_SERVER] : line.faults
  if (faults.length > 0) throw new ConfigError(faults)
  const common = { ...line.values, command: line.command, warnings: line.warnings }
  const config = line.command === 'wrap' ? { ...common, server, env } : common
  return Object.freeze(config) as unknown as TrafficConfig | WrapConfig
}

const NO_SERVER = 'wrap: needs the command of the server after --, such as mcp-vitals wrap -- npx -y @acme/server'
