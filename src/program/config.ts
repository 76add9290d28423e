// Reads the command line and environment of the program mcp-vitals.
import type { OptionValues } from '../command-line/option.ts'
import type { EnvironmentVariables } from '../command-line/read-command-line.ts'
import { readCommandLine } from '../command-line/read-command-line.ts'
import { ConfigError } from '../telemetry/configuration/config-error.ts'
import type { CONFIG_OPTIONS, TRAFFIC_OPTIONS, WRAP_OPTIONS } from './options.ts'
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

export interface ChangeConfig extends OptionValues<typeof CONFIG_OPTIONS> {
  readonly command: 'config'
  readonly warnings: readonly string[]
  readonly action: 'wrap' | 'unwrap'
  /** The client's configuration file. */
  readonly file: string
}

type ProgramConfig =
  | TrafficConfig
  | WrapConfig
  | ChangeConfig
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
  const { options, operands, faults: missing } = splitOperands(argv)
  const line = readCommandLine(PROGRAM, options, env)
  if (line.wants === 'help') return { command: 'help', of: line.command }
  if (line.wants === 'version') return { command: 'version' }
  const faults = [...line.faults, ...missing]
  if (faults.length > 0) throw new ConfigError(faults)
  const common = { ...line.values, command: line.command, warnings: line.warnings, ...operands }
  const config = line.command === 'wrap' ? { ...common, env } : common
  return Object.freeze(config) as unknown as TrafficConfig | WrapConfig | ChangeConfig
}

interface SplitOperands {
  /** The command line without operands. */
  readonly options: readonly string[]
  readonly operands: object
  readonly faults: readonly string[]
}

function splitOperands(argv: readonly string[]): SplitOperands {
  if (argv[0] === 'wrap') {
    // What follows `--` belongs to the command that `wrap` runs.
    const end = argv.indexOf('--')
    const server = end === -1 ? [] : argv.slice(end + 1)
    return {
      options: end === -1 ? argv : argv.slice(0, end),
      operands: { server },
      faults: (server[0] ?? '') === '' ? [NO_SERVER] : [],
    }
  }
  if (argv[0] !== 'config') return { options: argv, operands: {}, faults: [] }
  const [, action, ...rest] = argv
  // The file stands after the action or at the end.
  const file = rest[0]?.startsWith('-') === true ? rest.at(-1) : rest[0]
  const isComplete = (action === 'wrap' || action === 'unwrap') && file !== undefined && !file.startsWith('-')
  if (!isComplete)
    return {
      options: argv.filter((word) => word.startsWith('-') || word === 'config'),
      operands: {},
      faults: [NO_FILE],
    }
  const options = ['config', ...(rest[0] === file ? rest.slice(1) : rest.slice(0, -1))]
  return { options, operands: { action, file }, faults: [] }
}

const NO_FILE = 'config: requires wrap or unwrap, and a file; example: mcp-vitals config wrap ~/.cursor/mcp.json'
const NO_SERVER = 'wrap: requires the command of the server after --; example: mcp-vitals wrap -- npx -y @acme/server'
