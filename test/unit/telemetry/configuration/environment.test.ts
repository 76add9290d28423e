import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ConfigError } from '../../../../src/telemetry/configuration/config-error.ts'
import { otlpProtocol, readSettings } from '../../../../src/telemetry/configuration/environment.ts'
import type { Environment } from '../../../../src/telemetry/configuration/environment-reader.ts'

const folder = mkdtempSync(join(tmpdir(), 'environment-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

function faultsOf(env: Environment, options?: { stdio?: boolean }): readonly string[] {
  try {
    readSettings(env, options)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    for (const fault of (error as ConfigError).faults) expect((error as ConfigError).message).toContain(fault)
    return (error as ConfigError).faults
  }
  return []
}

describe('readSettings', () => {
  it.each<[Environment, { pull: boolean; push: boolean; traces?: boolean; logs?: boolean }]>([
    [{}, { pull: true, push: false }],
    [{ OTEL_METRICS_EXPORTER: '' }, { pull: true, push: false }],
    [{ OTEL_METRICS_EXPORTER: ' , ' }, { pull: true, push: false }],
    [{ OTEL_METRICS_EXPORTER: 'prometheus' }, { pull: true, push: false }],
    [{ OTEL_METRICS_EXPORTER: ' otlp ' }, { pull: false, push: true }],
    [{ OTEL_METRICS_EXPORTER: 'prometheus,otlp' }, { pull: true, push: true }],
    [{ OTEL_METRICS_EXPORTER: 'otlp, prometheus, otlp' }, { pull: true, push: true }],
    [{ OTEL_METRICS_EXPORTER: 'none' }, { pull: false, push: false }],
    [
      { OTEL_SDK_DISABLED: 'TRUE', OTEL_METRICS_EXPORTER: 'console' },
      { pull: false, push: false },
    ],
    [{ OTEL_TRACES_EXPORTER: 'otlp' }, { pull: true, push: false, traces: true }],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }, { pull: true, push: false, traces: true, logs: true }],
    [{ OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://c:4318' }, { pull: true, push: false, logs: true }],
    [{ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://c:4318' }, { pull: true, push: false }],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_TRACES_EXPORTER: 'none' },
      { pull: true, push: false, logs: true },
    ],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_SDK_DISABLED: 'true' },
      { pull: false, push: false },
    ],
  ])('reads %o as %o', (env, { pull, push, traces = false, logs = false }) => {
    const settings = readSettings(env)
    expect(settings.metrics).toMatchObject({ pull, push })
    expect(settings).toMatchObject({ traces, logs, warnings: [] })
  })

  it('puts the listener on 127.0.0.1:9464 by default, and reads its variables and files', () => {
    expect(readSettings({}).listener).toEqual({
      host: '127.0.0.1',
      port: 9464,
      bearerToken: undefined,
      tls: undefined,
      allowedHosts: [],
    })
    const { listener } = readSettings({
      OTEL_EXPORTER_PROMETHEUS_HOST: '0.0.0.0',
      OTEL_EXPORTER_PROMETHEUS_PORT: '0',
      MCP_VITALS_ALLOWED_HOSTS: 'metrics.example, other',
      MCP_VITALS_METRICS_TOKEN_FILE: file('token', 'secret\n'),
      MCP_VITALS_METRICS_TLS_CERT: file('cert', 'CERT'),
      MCP_VITALS_METRICS_TLS_KEY: file('key', 'KEY'),
    })
    expect(listener).toEqual({
      host: '0.0.0.0',
      port: 0,
      bearerToken: 'secret',
      tls: { cert: 'CERT', key: 'KEY' },
      allowedHosts: ['metrics.example', 'other'],
    })
  })

  it.each<[Environment, string]>([
    [{ OTEL_METRICS_EXPORTER: 'promethius' }, 'OTEL_METRICS_EXPORTER: there is no exporter "promethius"'],
    [{ OTEL_METRICS_EXPORTER: 'console' }, 'there are prometheus, otlp, none'],
    [{ OTEL_METRICS_EXPORTER: 'none,otlp' }, 'cannot be combined'],
    [{ OTEL_TRACES_EXPORTER: 'zipkin' }, 'OTEL_TRACES_EXPORTER: there is no exporter "zipkin"; there are otlp, none'],
    [{ OTEL_EXPORTER_PROMETHEUS_PORT: '65536' }, 'is no port'],
    [{ OTEL_EXPORTER_PROMETHEUS_PORT: '-1' }, 'is no port'],
    [{ OTEL_EXPORTER_PROMETHEUS_PORT: '94.64' }, 'is no port'],
    [{ OTEL_EXPORTER_PROMETHEUS_PORT: 'http', OTEL_SDK_DISABLED: 'true' }, 'is no port'],
    [{ MCP_VITALS_METRICS_TOKEN_FILE: join(folder, 'absent') }, 'cannot read'],
    [{ MCP_VITALS_METRICS_TOKEN_FILE: file('blank', ' \n') }, 'the file is empty'],
    [{ MCP_VITALS_METRICS_TLS_CERT: file('lonely', 'CERT') }, 'one does not go without the other'],
  ])('rejects %o with one fault', (env, fault) => {
    const faults = faultsOf(env)
    expect(faults).toHaveLength(1)
    expect(faults[0]).toContain(fault)
  })

  it('rejects a console exporter on stdio, because it writes to stdout', () => {
    for (const signal of ['METRICS', 'TRACES', 'LOGS']) {
      expect(faultsOf({ [`OTEL_${signal}_EXPORTER`]: 'console' }, { stdio: true })).toEqual([
        expect.stringContaining('"console" writes to stdout, which belongs to MCP over stdio'),
      ])
    }
  })

  it('reports all faults in one error', () => {
    const faults = faultsOf({
      OTEL_METRICS_EXPORTER: 'promethius',
      OTEL_TRACES_EXPORTER: 'jaeger',
      OTEL_LOGS_EXPORTER: 'file',
      OTEL_EXPORTER_PROMETHEUS_PORT: 'x',
      MCP_VITALS_METRICS_TOKEN_FILE: '/nowhere/token',
      MCP_VITALS_METRICS_TLS_CERT: '/nowhere/cert',
      MCP_VITALS_METRICS_TLS_KEY: '/nowhere/key',
    })
    expect(faults).toHaveLength(7)
  })

  it.each<[Environment, string]>([
    [{ OTEL_SDK_DISABLED: 'yes' }, 'OTEL_SDK_DISABLED'],
    [{ OTEL_METRIC_EXPORT_INTERVAL: 'often' }, 'OTEL_METRIC_EXPORT_INTERVAL'],
    [{ OTEL_METRIC_EXPORT_INTERVAL: '0' }, 'OTEL_METRIC_EXPORT_INTERVAL'],
    [{ OTEL_METRIC_EXPORT_INTERVAL: '99999999999' }, 'OTEL_METRIC_EXPORT_INTERVAL'],
    [{ OTEL_METRIC_EXPORT_TIMEOUT: '-5' }, 'OTEL_METRIC_EXPORT_TIMEOUT'],
    [{ OTEL_LOG_LEVEL: 'loud' }, 'OTEL_LOG_LEVEL'],
    [{ OTEL_METRICS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_PROTOCOL: 'carrier-pigeon' }, 'OTEL_EXPORTER_OTLP_PROTOCOL'],
  ])('warns once about any other invalid variable (%o) and uses the default', (env, name) => {
    const settings = readSettings(env)
    expect(settings.warnings).toHaveLength(1)
    expect(settings.warnings[0]).toContain(name)
    expect(settings).toMatchObject({
      disabled: false,
      logLevel: 'warn',
      metrics: { exportIntervalMillis: 60_000, exportTimeoutMillis: 30_000 },
    })
  })

  it('limits the export timeout to the export interval', () => {
    const { metrics } = readSettings({ OTEL_METRIC_EXPORT_INTERVAL: '500', OTEL_METRIC_EXPORT_TIMEOUT: '2000' })
    expect(metrics).toMatchObject({ exportIntervalMillis: 500, exportTimeoutMillis: 500 })
  })
})

describe('otlpProtocol', () => {
  it("prefers a signal's own protocol to the common one, and defaults to http/protobuf", () => {
    const env = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/json' }
    expect(otlpProtocol(env, 'metrics')).toBe('http/json')
    expect(otlpProtocol(env, 'logs')).toBe('grpc')
    expect(otlpProtocol({}, 'traces')).toBe('http/protobuf')
    expect(otlpProtocol({ OTEL_EXPORTER_OTLP_PROTOCOL: 'smoke' }, 'traces')).toBe('http/protobuf')
  })
})
