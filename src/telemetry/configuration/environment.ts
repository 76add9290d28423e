// Environment variables in, one checked value out. The only reader of `OTEL_*` in this package (OpenTelemetry's own
// exporters, samplers and propagators read theirs), and of the few `MCP_VITALS_*` that the metrics listener needs.
import { readFileSync } from 'node:fs'
import type { AuditLevel } from '@mcp-vitals/instrumentation'
import { isLoopback } from '../listener/check-sender.ts'
import { ConfigError } from './config-error.ts'
import type { Environment, EnvironmentReader } from './environment-reader.ts'
import { readVariables } from './environment-reader.ts'

/** The environment to read: the process's own, unless another is given. */
export function environmentOr(given: Environment | undefined): Environment {
  return given ?? process.env
}

export type Signal = 'metrics' | 'traces' | 'logs'

const PROTOCOLS = ['http/protobuf', 'http/json', 'grpc'] as const
export type OtlpProtocol = (typeof PROTOCOLS)[number]

const LOG_LEVELS = ['none', 'error', 'warn', 'info', 'debug', 'verbose', 'all'] as const

interface ListenerSettings {
  readonly host: string
  /** 0 is any free port. */
  readonly port: number
  readonly bearerToken: string | undefined
  /** PEM texts. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined
  /** Names that a request may have as its host, besides loopback names and IP addresses. */
  readonly allowedHosts: readonly string[]
}

/** The live page on the metrics listener. */
export interface PageSettings {
  readonly on: boolean
  /** Undefined: a new one for each start. */
  readonly token: string | undefined
  readonly grafanaUrl: string | undefined
  readonly tracesUrl: string | undefined
  /** Where files of this user may be kept while the machine runs. */
  readonly runtimeFolder: string | undefined
}

/** What the environment says of the telemetry, checked. */
export interface TelemetrySettings {
  /** `OTEL_SDK_DISABLED`: no signal leaves the process. */
  readonly disabled: boolean
  readonly logLevel: (typeof LOG_LEVELS)[number]
  readonly metrics: {
    /** Prometheus asks for them. */
    readonly pull: boolean
    /** They are sent by OTLP. */
    readonly push: boolean
    readonly exportIntervalMillis: number
    readonly exportTimeoutMillis: number
  }
  /** Sent by OTLP. */
  readonly traces: boolean
  readonly logs: boolean
  /** For one export by OTLP, retries and all. */
  readonly exportDeadlineMillis: Readonly<Record<Signal, number>>
  readonly listener: ListenerSettings
  readonly page: PageSettings
  readonly audit: { readonly level: AuditLevel; readonly file: string | undefined }
  /** Names of clients that can be labels, in addition to the known ones. */
  readonly clients: readonly string[]
  /** How far the trace context of clients is trusted. */
  readonly trust: { readonly traceContext: boolean; readonly baggageHosts: ReadonlySet<string> }
  /** What was wrong and is passed over, one sentence each. */
  readonly warnings: readonly string[]
}

/**
 * Reads the telemetry's configuration. What decides where telemetry goes must be right; any other wrong variable is
 * passed over with a warning, since OpenTelemetry asks that telemetry never keeps a program from running.
 *
 * @param stdio stdout belongs to MCP: nothing may write there.
 * @throws {ConfigError} naming every wrong exporter, port, token or certificate.
 */
export function readSettings(
  env: Environment,
  { stdio = false }: { stdio?: boolean | undefined } = {},
): TelemetrySettings {
  const read = readVariables(env)
  const disabled = read.flag('OTEL_SDK_DISABLED', false)
  const listener = readListener(read)
  const metrics = disabled
    ? ['none']
    : readExporters(read, stdio, 'OTEL_METRICS_EXPORTER', ['prometheus', 'otlp'], 'prometheus')
  const sends = (signal: 'traces' | 'logs') => {
    if (disabled) return false
    const endpoint = read.text(`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`)
    const ordinary = (endpoint ?? read.text('OTEL_EXPORTER_OTLP_ENDPOINT')) === undefined ? 'none' : 'otlp'
    return readExporters(read, stdio, `OTEL_${signal.toUpperCase()}_EXPORTER`, ['otlp'], ordinary).includes('otlp')
  }
  const exportIntervalMillis = read.milliseconds('OTEL_METRIC_EXPORT_INTERVAL', 60_000)
  const settings: TelemetrySettings = {
    disabled,
    logLevel: read.choice(['OTEL_LOG_LEVEL'], LOG_LEVELS, 'warn'),
    metrics: {
      pull: metrics.includes('prometheus'),
      push: metrics.includes('otlp'),
      exportIntervalMillis,
      // The SDK refuses a timeout beyond the interval.
      exportTimeoutMillis: Math.min(read.milliseconds('OTEL_METRIC_EXPORT_TIMEOUT', 30_000), exportIntervalMillis),
    },
    traces: sends('traces'),
    logs: sends('logs'),
    exportDeadlineMillis: {
      metrics: otlpTimeout(read, 'metrics'),
      traces: otlpTimeout(read, 'traces'),
      logs: otlpTimeout(read, 'logs'),
    },
    listener,
    page: readPage(read, listener.host),
    audit: { level: readAudit(read, disabled), file: read.text('MCP_VITALS_AUDIT_FILE') },
    clients: read.list('MCP_VITALS_CLIENTS'),
    trust: {
      traceContext: read.flag('MCP_VITALS_TRUST_TRACE_CONTEXT', true),
      baggageHosts: new Set(read.list('MCP_VITALS_BAGGAGE_HOSTS').map((host) => host.toLowerCase())),
    },
    warnings: read.warnings,
  }
  if (settings.metrics.push) protocolOf(read, 'metrics')
  if (settings.traces) protocolOf(read, 'traces')
  if (settings.logs) protocolOf(read, 'logs')
  if (read.faults.length > 0) throw new ConfigError(read.faults)
  return settings
}

/** How a signal is sent: its own variable goes before the common one; http/protobuf if neither says so, or wrongly. */
export function otlpProtocol(env: Environment, signal: Signal): OtlpProtocol {
  return protocolOf(readVariables(env), signal)
}

function readAudit(read: EnvironmentReader, disabled: boolean): AuditLevel {
  const text = read.text('MCP_VITALS_AUDIT') ?? 'off'
  const level = AUDIT_LEVELS.find((candidate) => candidate === text.toLowerCase())
  if (level === undefined) read.faults.push(`MCP_VITALS_AUDIT: "${text}" is not one of ${AUDIT_LEVELS.join(', ')}`)
  return disabled ? 'off' : (level ?? 'off')
}

const AUDIT_LEVELS: readonly AuditLevel[] = ['off', 'changes', 'all']

function otlpTimeout(read: EnvironmentReader, signal: Signal): number {
  const own = `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_TIMEOUT`
  return read.milliseconds(read.text(own) === undefined ? 'OTEL_EXPORTER_OTLP_TIMEOUT' : own, 10_000)
}

function protocolOf(read: EnvironmentReader, signal: Signal): OtlpProtocol {
  const names = [`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_PROTOCOL`, 'OTEL_EXPORTER_OTLP_PROTOCOL']
  return read.choice(names, PROTOCOLS, 'http/protobuf')
}

function readExporters(
  read: EnvironmentReader,
  stdio: boolean,
  name: string,
  supported: readonly string[],
  ordinary: string,
): string[] {
  const chosen = read.list(name)
  if (chosen.length === 0) return [ordinary]
  const choices = [...supported, 'none'].join(', ')
  for (const exporter of new Set(chosen)) {
    if (exporter === 'console' && stdio) {
      read.faults.push(`${name}: "console" writes to stdout, which belongs to MCP over stdio; there are ${choices}`)
    } else if (exporter !== 'none' && !supported.includes(exporter)) {
      read.faults.push(`${name}: there is no exporter "${exporter}"; there are ${choices}`)
    }
  }
  if (chosen.includes('none') && new Set(chosen).size > 1) {
    read.faults.push(`${name}: "none" cannot be combined with another exporter`)
  }
  return chosen
}

function readListener(read: EnvironmentReader): ListenerSettings {
  const cert = readFile(read, 'MCP_VITALS_METRICS_TLS_CERT')
  const key = readFile(read, 'MCP_VITALS_METRICS_TLS_KEY')
  if (
    (read.text('MCP_VITALS_METRICS_TLS_CERT') === undefined) !==
    (read.text('MCP_VITALS_METRICS_TLS_KEY') === undefined)
  ) {
    read.faults.push('MCP_VITALS_METRICS_TLS_CERT and MCP_VITALS_METRICS_TLS_KEY: one does not go without the other')
  }
  return {
    host: read.text('OTEL_EXPORTER_PROMETHEUS_HOST') ?? '127.0.0.1',
    port: read.port('OTEL_EXPORTER_PROMETHEUS_PORT', 9464),
    bearerToken: readToken(read, 'MCP_VITALS_METRICS_TOKEN_FILE'),
    tls: cert !== undefined && key !== undefined ? { cert, key } : undefined,
    allowedHosts: read.list('MCP_VITALS_ALLOWED_HOSTS'),
  }
}

function readPage(read: EnvironmentReader, host: string): PageSettings {
  const onLoopback = isLoopback(host)
  const on = read.choice(['MCP_VITALS_PAGE'], ['on', 'off'], onLoopback ? 'on' : 'off') === 'on'
  const token = readToken(read, 'MCP_VITALS_PAGE_TOKEN_FILE')
  if (on && !onLoopback && read.text('MCP_VITALS_PAGE_TOKEN_FILE') === undefined) {
    read.faults.push('MCP_VITALS_PAGE: "on" beyond loopback needs MCP_VITALS_PAGE_TOKEN_FILE, a file with the token')
  }
  if (token !== undefined && token.length < MIN_PAGE_TOKEN) {
    read.faults.push(`MCP_VITALS_PAGE_TOKEN_FILE: the token must have at least ${MIN_PAGE_TOKEN} characters`)
  }
  return {
    on,
    token,
    grafanaUrl: readUrl(read, 'MCP_VITALS_GRAFANA_URL'),
    tracesUrl: readUrl(read, 'MCP_VITALS_TRACES_URL'),
    runtimeFolder: read.text('XDG_RUNTIME_DIR'),
  }
}

const MIN_PAGE_TOKEN = 16

/** A link that a browser follows. */
function readUrl(read: EnvironmentReader, name: string): string | undefined {
  const url = read.text(name)
  if (url === undefined) return undefined
  if (/^https?:\/\//i.test(url) && URL.canParse(url)) return url
  read.faults.push(`${name}: "${url}" is not an http or https URL`)
  return undefined
}

function readToken(read: EnvironmentReader, name: string): string | undefined {
  const token = readFile(read, name)?.trim()
  // No token is no guard: somebody who names a file wants one.
  if (token === '') read.faults.push(`${name}: the file is empty`)
  return token
}

function readFile(read: EnvironmentReader, name: string): string | undefined {
  const path = read.text(name)
  if (path === undefined) return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    read.faults.push(`${name}: cannot read ${path} (${(error as NodeJS.ErrnoException).code ?? 'error'})`)
    return undefined
  }
}
