// Reads the command line and environment of the program mcp-vitals.
import type { OptionValues } from '../command-line/option.ts'
import { exposedListenerFaults } from '../command-line/option-values.ts'
import type { EnvironmentVariables } from '../command-line/read-command-line.ts'
import { readCommandLine, withoutEmpty } from '../command-line/read-command-line.ts'
import { checkEnvironment } from '../telemetry/configuration/check-environment.ts'
import { ConfigError } from '../telemetry/configuration/config-error.ts'
import { isLoopback } from '../telemetry/listener/check-sender.ts'
import type { PROXY_OPTIONS, WRAP_OPTIONS } from './attach-options.ts'
import type { CHECK_OPTIONS, CONFIG_OPTIONS, HUB_OPTIONS, TRAFFIC_OPTIONS } from './options.ts'
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

export interface ProxyConfig extends OptionValues<typeof PROXY_OPTIONS> {
  readonly command: 'proxy'
  readonly warnings: readonly string[]
  /** For the telemetry: the environment, with what the command line says about it. */
  readonly env: EnvironmentVariables
}

export interface ChangeConfig extends OptionValues<typeof CONFIG_OPTIONS> {
  readonly command: 'config'
  readonly warnings: readonly string[]
  readonly action: 'wrap' | 'unwrap'
  /** The client's configuration file. */
  readonly file: string
}

export interface CheckConfig extends OptionValues<typeof CHECK_OPTIONS> {
  readonly command: 'check'
  readonly warnings: readonly string[]
  /** The server's command and its arguments; empty where `url` is given. */
  readonly server: readonly string[]
}

export interface HubConfig extends OptionValues<typeof HUB_OPTIONS> {
  readonly command: 'hub'
  readonly warnings: readonly string[]
  /** For the links of the page. */
  readonly env: EnvironmentVariables
}

type ProgramConfig =
  | HubConfig
  | TrafficConfig
  | CheckConfig
  | WrapConfig
  | ProxyConfig
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
  const faults = [...line.faults, ...missing, ...checkFaults(line, operands), ...hubFaults(line)]
  const proxy = line.command === 'proxy' ? (line.values as Partial<ProxyConfig>) : undefined
  if (proxy !== undefined) faults.push(...unguarded(proxy), ...checkEnvironment(env))
  if (faults.length > 0) throw new ConfigError(faults)
  const common = { ...line.values, command: line.command, warnings: line.warnings, ...operands }
  const config = proxy !== undefined ? { ...common, env: proxyEnvironment(proxy, env) } : { ...common, env }
  return Object.freeze(config) as unknown as
    | TrafficConfig
    | CheckConfig
    | WrapConfig
    | HubConfig
    | ProxyConfig
    | ChangeConfig
}

/** A listener that others can reach requires a token, unless something else authenticates. */
function unguarded({ host, tokenFile, behindAuthProxy }: Partial<ProxyConfig>): string[] {
  if (host === undefined || isLoopback(host) || tokenFile === undefined) return []
  return exposedListenerFaults({ host, tokenFile, behindAuthProxy })
}

/** Only clients of this machine choose trace ids and sampling, unless the environment says otherwise. */
function proxyEnvironment({ host = '', allowedHosts }: Partial<ProxyConfig>, env: EnvironmentVariables) {
  return Object.freeze({
    MCP_VITALS_TRUST_TRACE_CONTEXT: String(isLoopback(host)),
    ...withoutEmpty(env),
    MCP_VITALS_ALLOWED_HOSTS: allowedHosts?.join(','),
  })
}

/** What others can reach asks who they are. */
function hubFaults({ command, values }: { readonly command: string; readonly values: object }): string[] {
  if (command !== 'hub') return []
  const { host, tokenFile = [] } = values as Partial<HubConfig>
  if (host === undefined || isLoopback(host) || tokenFile.length > 0) return []
  return [`--host: ${host} is not a loopback address, so --token-file is required`]
}

interface SplitOperands {
  /** The command line without operands. */
  readonly options: readonly string[]
  readonly operands: object
  readonly faults: readonly string[]
}

function splitOperands(argv: readonly string[]): SplitOperands {
  if (argv[0] === 'wrap' || argv[0] === 'check') {
    // What follows `--` belongs to the command that is run.
    const end = argv.indexOf('--')
    const server = end === -1 ? [] : argv.slice(end + 1)
    return {
      options: end === -1 ? argv : argv.slice(0, end),
      operands: { server },
      faults: argv[0] === 'wrap' && (server[0] ?? '') === '' ? [NO_SERVER] : [],
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

/** `check` is given either a URL or a command. */
function checkFaults(line: { readonly command?: string; readonly values?: object }, operands: object): string[] {
  if (line.command !== 'check') return []
  const { url } = line.values as Partial<CheckConfig>
  const { server = [] } = operands as Partial<CheckConfig>
  return (url === undefined) === ((server[0] ?? '') === '') ? [NOT_ONE_SERVER] : []
}

const NOT_ONE_SERVER =
  'check: requires either --url or the command of the server after --, such as mcp-vitals check -- npx -y @acme/server'
const NO_FILE = 'config: requires wrap or unwrap, and a file; example: mcp-vitals config wrap ~/.cursor/mcp.json'
const NO_SERVER = 'wrap: requires the command of the server after --; example: mcp-vitals wrap -- npx -y @acme/server'
