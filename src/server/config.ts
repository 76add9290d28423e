// Reads the command line and environment of the program mcp-vitals-server. Nothing else in the server reads the environment.
import { ConfigError, checkEnvironment, isLoopback } from 'mcp-vitals'
import type { EnvironmentVariables, OptionValues } from 'mcp-vitals/command-line'
import { exposedListenerFaults, readCommandLine, withoutEmpty } from 'mcp-vitals/command-line'
import type { EXPORTER_OPTIONS, SERVE_OPTIONS } from './options.ts'
import { PROGRAM } from './options.ts'

export interface ServeConfig extends OptionValues<typeof SERVE_OPTIONS> {
  readonly command: 'serve'
  /** For the telemetry: the environment, with the values from the command line. */
  readonly environment: EnvironmentVariables
  /** One sentence for each variable that has no effect. */
  readonly warnings: readonly string[]
}

export interface ExporterConfig extends OptionValues<typeof EXPORTER_OPTIONS> {
  readonly command: 'exporter'
  readonly environment: EnvironmentVariables
  readonly warnings: readonly string[]
}

type ServerConfig =
  | ServeConfig
  | ExporterConfig
  | { readonly command: 'help'; readonly of: keyof typeof PROGRAM.commands | undefined }
  | { readonly command: 'version' }

/**
 * Reads a command line (without the program's own name) and the environment.
 *
 * @throws {ConfigError} naming every fault.
 * @example readConfig(['serve', '--port', '0'], {})
 */
export function readConfig(
  argv: readonly string[] = process.argv.slice(2),
  env: EnvironmentVariables = process.env,
): ServerConfig {
  const line = readCommandLine(PROGRAM, argv, env)
  if (line.wants === 'help') return Object.freeze({ command: 'help', of: line.command })
  if (line.wants === 'version') return Object.freeze({ command: 'version' })
  const { command, values, warnings } = line
  const faults = [...line.faults]
  const serve = values as Partial<ServeConfig>
  if (command === 'serve') {
    faults.push(
      ...unguarded(serve),
      ...halfTls(serve),
      ...checkEnvironment(env, { stdio: serve.transport === 'stdio' }),
    )
  }
  const listener = command === 'exporter' ? exporterListener(values as Partial<ExporterConfig>, env) : {}
  if (command === 'exporter') faults.push(...checkEnvironment({ ...env, ...listener }))
  if (faults.length > 0) throw new ConfigError(faults)
  const environment = Object.freeze({
    ...(command === 'serve' && { MCP_VITALS_AUDIT: 'changes' }),
    ...(command === 'serve' && { MCP_VITALS_TRUST_TRACE_CONTEXT: String(trustsClients(serve)) }),
    ...withoutEmpty(env),
    ...listener,
    MCP_VITALS_ALLOWED_HOSTS: serve.allowedHosts?.join(','),
  })
  return Object.freeze({ ...values, command, environment, warnings }) as unknown as ServeConfig
}

/** Next to a server on the same host. */
const EXPORTER_PORT = '9465'

/** OpenTelemetry's variables for the exporter's listener; its own options take precedence. */
function exporterListener(
  { metricsHost, metricsPort }: Partial<ExporterConfig>,
  env: EnvironmentVariables,
): EnvironmentVariables {
  const port = metricsPort?.toString() ?? (env['OTEL_EXPORTER_PROMETHEUS_PORT']?.trim() || EXPORTER_PORT)
  return { OTEL_EXPORTER_PROMETHEUS_PORT: port, ...(metricsHost && { OTEL_EXPORTER_PROMETHEUS_HOST: metricsHost }) }
}

/** A listener that others can reach requires a token, unless something in front of it authenticates. */
function unguarded({ transport, host, tokenFile, behindAuthProxy }: Partial<ServeConfig>): string[] {
  if (transport !== 'http' || host === undefined || isLoopback(host)) return []
  return tokenFile === undefined ? [] : exposedListenerFaults({ host, tokenFile, behindAuthProxy })
}

function halfTls({ tlsCert, tlsKey }: Partial<ServeConfig>): string[] {
  if (tlsCert === undefined || tlsKey === undefined || (tlsCert === '') === (tlsKey === '')) return []
  return ['--tls-cert, --tls-key: set both or neither']
}

/** Only local clients can set trace IDs and sampling, unless `MCP_VITALS_TRUST_TRACE_CONTEXT` is set. */
function trustsClients({ transport, host = '' }: Partial<ServeConfig>): boolean {
  return transport === 'stdio' || isLoopback(host)
}
