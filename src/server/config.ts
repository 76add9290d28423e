// Command line and environment in, one frozen value out, checked whole: every fault is named at once. Nothing else in the
// server reads the environment.
import { isIP } from 'node:net'
import { parseArgs } from 'node:util'
import { ConfigError, checkEnvironment } from '../index.ts'
import type {
  CommandName,
  EXPORTER_OPTIONS,
  Option,
  OptionTable,
  OptionValues,
  SERVE_OPTIONS,
  TRAFFIC_OPTIONS,
} from './options.ts'
import { COMMANDS } from './options.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface ServeConfig extends OptionValues<typeof SERVE_OPTIONS> {
  readonly command: 'serve'
  /** What the telemetry reads: the environment, with what the command line says about it. */
  readonly environment: Environment
  /** A sentence for each variable that means nothing. */
  readonly warnings: readonly string[]
}

export interface ExporterConfig extends OptionValues<typeof EXPORTER_OPTIONS> {
  readonly command: 'exporter'
  readonly environment: Environment
  readonly warnings: readonly string[]
}

export interface TrafficConfig extends OptionValues<typeof TRAFFIC_OPTIONS> {
  readonly command: 'traffic'
  readonly warnings: readonly string[]
}

export type Config =
  | ServeConfig
  | ExporterConfig
  | TrafficConfig
  | { readonly command: 'help'; readonly of: CommandName | undefined }
  | { readonly command: 'version' }

/** Variables under our prefix that the telemetry reads. */
const TELEMETRY_VARIABLES = [
  'MCP_VITALS_METRICS_TOKEN_FILE',
  'MCP_VITALS_METRICS_TLS_CERT',
  'MCP_VITALS_METRICS_TLS_KEY',
  'MCP_VITALS_ALLOWED_HOSTS',
] as const

/**
 * Reads a command line (without the program's own name) and the environment. A flag wins over its variable; an empty
 * variable is one that is not set.
 *
 * @throws {ConfigError} naming every fault.
 * @example readConfig(['serve', '--port', '0'], {})
 */
export function readConfig(argv: readonly string[] = process.argv.slice(2), env: Environment = process.env): Config {
  const [first] = argv
  const named = first !== undefined && !first.startsWith('-')
  const name = (named ? first : 'serve') as CommandName
  if (!Object.hasOwn(COMMANDS, name)) {
    throw new ConfigError([`"${name}" is no command (${Object.keys(COMMANDS).join(', ')})`])
  }
  const { options } = COMMANDS[name]
  const args = parseArguments(named ? argv.slice(1) : argv, options)
  if (args.wants.has('help')) return Object.freeze({ command: 'help', of: named ? name : undefined })
  if (args.wants.has('version')) return Object.freeze({ command: 'version' })

  const { faults } = args
  const warnings = oddVariables(env)
  const values: Record<string, unknown> = {}
  for (const [key, option] of Object.entries<Option<unknown>>(options)) {
    const { text, from } = given(option, args.texts, env, warnings)
    try {
      values[key] = option.parse(text)
    } catch (error) {
      faults.push(`${from}: ${(error as Error).message}`)
    }
  }
  if (name === 'serve') {
    const read = values as Partial<ServeConfig>
    faults.push(...unguarded(read), ...checkEnvironment(env, { stdio: read.transport === 'stdio' }))
  }
  const listener = name === 'exporter' ? exporterListener(values as Partial<ExporterConfig>, env) : {}
  if (name === 'exporter') faults.push(...checkEnvironment({ ...env, ...listener }))
  if (faults.length > 0) throw new ConfigError(faults)
  if (name === 'traffic') return Object.freeze({ ...values, command: name, warnings }) as unknown as TrafficConfig
  const { allowedHosts } = values as unknown as ServeConfig
  const environment = Object.freeze({
    ...withoutEmpty(env),
    ...listener,
    MCP_VITALS_ALLOWED_HOSTS: allowedHosts.join(','),
  })
  return Object.freeze({ ...values, command: name, environment, warnings }) as unknown as ServeConfig
}

/** Beside a server on the same host. */
const EXPORTER_PORT = '9465'

/** Where its metrics are, in OpenTelemetry's words: an option of its own goes before them. */
function exporterListener({ metricsHost, metricsPort }: Partial<ExporterConfig>, env: Environment): Environment {
  const port = metricsPort?.toString() ?? (env['OTEL_EXPORTER_PROMETHEUS_PORT']?.trim() || EXPORTER_PORT)
  return { OTEL_EXPORTER_PROMETHEUS_PORT: port, ...(metricsHost && { OTEL_EXPORTER_PROMETHEUS_HOST: metricsHost }) }
}

/** An empty variable is one that is not set. */
function withoutEmpty(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim() !== ''))
}

/**
 * Not `parseArgs` in its strict mode: that stops at the first fault. Nor with its own idea of which options take a value:
 * it would take `--deadline --port=1` for a deadline of "--port=1".
 */
function parseArguments(argv: readonly string[], options: OptionTable) {
  const byFlag = new Map(Object.values(options).map((option) => [option.flag, option]))
  const { tokens } = parseArgs({ args: [...argv], strict: false, tokens: true, options: { help: HELP } })
  const faults: string[] = []
  const texts = new Map<string, string>()
  const wants = new Set<string>()
  tokens.forEach((token, position) => {
    if (token.kind === 'positional') {
      const before = tokens[position - 1]
      const isValue = before?.kind === 'option' && before.value === undefined && takesValue(byFlag, before.name)
      if (!isValue) faults.push(`"${token.value}" is not expected here`)
    }
    if (token.kind !== 'option') return
    const after = tokens[position + 1]
    const value = token.value ?? (after?.kind === 'positional' ? after.value : undefined)
    const option = byFlag.get(token.name)
    if (token.name === 'help' || token.name === 'version') wants.add(token.name)
    else if (option === undefined) {
      faults.push(`${token.rawName}: there is no such option${suggestion(token.name, [...byFlag.keys()], '--')}`)
    } else if (option.placeholder === undefined) texts.set(token.name, token.value ?? 'true')
    else if (value === undefined) faults.push(`${token.rawName}: needs a value`)
    else texts.set(token.name, value)
  })
  return { texts, wants, faults }
}

const HELP = { type: 'boolean', short: 'h' } as const

/** What follows an option that nobody knows may well be its value: one fault is enough. */
function takesValue(byFlag: ReadonlyMap<string, Option<unknown>>, flag: string): boolean {
  const option = byFlag.get(flag)
  return option === undefined ? flag !== 'help' && flag !== 'version' : option.placeholder !== undefined
}

function given(option: Option<unknown>, texts: ReadonlyMap<string, string>, env: Environment, warnings: string[]) {
  const flagged = texts.get(option.flag)
  if (flagged !== undefined) return { text: flagged, from: `--${option.flag}` }
  const variable = env[option.env]?.trim()
  // Kubernetes sets NAME_PORT to such a URL for every Service called NAME: ours would be one called mcp-vitals or mcp-vitals-exporter.
  if (option.env.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(variable ?? '')) {
    warnings.push(`${option.env}: "${variable}" comes from a Kubernetes Service and is not used (enableServiceLinks)`)
  } else if (variable) {
    return { text: variable, from: option.env }
  }
  return { text: option.fallback, from: `--${option.flag}` }
}

/** What listens where others can reach it asks who they are, or is told that somebody else does. */
function unguarded({ transport, host, tokens, behindAuthProxy }: Partial<ServeConfig>): string[] {
  if (transport !== 'http' || host === undefined || isLoopback(host)) return []
  if (tokens === undefined || tokens.length > 0 || behindAuthProxy) return []
  return [`--host: ${host} is no loopback address, so --token-file is needed (or --behind-auth-proxy)`]
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

/** Only a warning: another version of the program, or a Kubernetes Service of its name, may have set them. */
function oddVariables(env: Environment): string[] {
  const known: string[] = [...TELEMETRY_VARIABLES]
  for (const { options } of Object.values(COMMANDS)) {
    known.push(...Object.values<Option<unknown>>(options).map((option) => option.env))
  }
  return Object.keys(env)
    .filter((name) => name.startsWith('MCP_VITALS_') && !known.includes(name))
    .filter((name) => !/^MCP_VITALS_(SERVICE_|PORT_\d)/.test(name))
    .map((name) => `${name}: there is no such variable${suggestion(name, known, '')}`)
}

function suggestion(wrong: string, right: readonly string[], prefix: string): string {
  const near = right.find((name) => distance(wrong, name) <= 2)
  return near === undefined ? '' : ` (is ${prefix}${near} meant?)`
}

/** Levenshtein's: how many letters are to be changed. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
