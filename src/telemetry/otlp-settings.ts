// The `OTEL_EXPORTER_OTLP_*` variables in, how one signal is sent out. A signal's own variable goes before the common one.
// Source: OpenTelemetry specification, "OpenTelemetry Protocol Exporter".
import type { EnvironmentReader } from './environment-reader.ts'

export type Signal = 'metrics' | 'traces' | 'logs'
export type OtlpProtocol = 'http/protobuf' | 'http/json' | 'grpc'

export interface OtlpSettings {
  readonly protocol: OtlpProtocol
  /** With its path, for the HTTP protocols. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** For one export, with what is tried again in it. */
  readonly timeoutMillis: number
  readonly compression: 'gzip' | 'none'
  /** Metrics only. Delta totals are lost for good with every export that fails: cumulative unless asked otherwise. */
  readonly temporality: 'cumulative' | 'delta' | 'lowmemory'
  /** grpc only: no TLS, although the URL does not say http. */
  readonly insecure: boolean
  /** Paths of PEM files. */
  readonly certificate: string | undefined
  readonly clientKey: string | undefined
  readonly clientCertificate: string | undefined
}

const PROTOCOLS = ['http/protobuf', 'http/json', 'grpc'] as const

export function readOtlpSettings(read: EnvironmentReader, signal: Signal): OtlpSettings {
  const names = (suffix: string) => [
    `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${suffix}`,
    `OTEL_EXPORTER_OTLP_${suffix}`,
  ]
  const named = (suffix: string) => names(suffix).find((name) => read.text(name) !== undefined)
  const text = (suffix: string) => read.text(named(suffix) ?? '')
  const protocol = read.choice(names('PROTOCOL'), PROTOCOLS, 'http/protobuf')
  const timeout = named('TIMEOUT')
  const insecure = named('INSECURE')
  return {
    protocol,
    url: readUrl(read, signal, protocol),
    headers: {
      ...readHeaders(read, 'OTEL_EXPORTER_OTLP_HEADERS'),
      ...readHeaders(read, names('HEADERS')[0] as string),
    },
    timeoutMillis: timeout === undefined ? 10_000 : read.milliseconds(timeout, 10_000),
    compression: read.choice(names('COMPRESSION'), ['gzip', 'none'] as const, 'none'),
    temporality: read.choice(
      signal === 'metrics' ? ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE'] : [],
      ['cumulative', 'delta', 'lowmemory'] as const,
      'cumulative',
    ),
    insecure: insecure === undefined ? false : read.flag(insecure, false),
    certificate: text('CERTIFICATE'),
    clientKey: text('CLIENT_KEY'),
    clientCertificate: text('CLIENT_CERTIFICATE'),
  }
}

/** A signal's own endpoint is taken as it stands; the common one is a base that the signal's path is put to. */
function readUrl(read: EnvironmentReader, signal: Signal, protocol: OtlpProtocol): string {
  const ordinary = protocol === 'grpc' ? 'http://localhost:4317' : 'http://localhost:4318'
  const own = readEndpoint(read, `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`, protocol)
  if (own !== undefined) return own
  const base = readEndpoint(read, 'OTEL_EXPORTER_OTLP_ENDPOINT', protocol) ?? ordinary
  return protocol === 'grpc' ? base : `${base.replace(/\/$/, '')}/v1/${signal}`
}

function readEndpoint(read: EnvironmentReader, name: string, protocol: OtlpProtocol): string | undefined {
  const value = read.text(name)
  if (value === undefined) return undefined
  const url = URL.canParse(value) ? new URL(value) : undefined
  // gRPC's own form, host:port, is no URL with a scheme that HTTP has.
  if (url?.protocol === 'http:' || url?.protocol === 'https:' || protocol === 'grpc') return value
  read.warn(`${name}: "${value}" is no http or https URL; the default is used`)
  return undefined
}

/** `key=value,key=value`, percent-encoded. The value of a wrong one may be a secret and is not repeated. */
function readHeaders(read: EnvironmentReader, name: string): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const entry of read.list(name)) {
    const at = entry.indexOf('=')
    try {
      const key = decodeURIComponent(entry.slice(0, at).trim())
      if (at < 1 || !/^[\w!#$%&'*+.^`|~-]+$/.test(key)) throw new Error('no header name')
      headers[key] = decodeURIComponent(entry.slice(at + 1).trim())
    } catch {
      read.warn(`${name}: an entry is not of the form key=value, percent-encoded, and is left out`)
    }
  }
  return headers
}
