// Validates each shipped configuration with the program that reads it, and checks what the programs log and expose.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, inject, it } from 'vitest'
import { deliverTo } from '../support/collector/collector-parts.ts'
import { useRealParts } from '../support/programs/use-real-parts.ts'
import { scrapeSeries } from '../support/prometheus/scrape-series.ts'

const parts = useRealParts()
const run = promisify(execFile)
const programs = inject('parts')

const state = mkdtempSync(join(tmpdir(), 'mcp-vitals-config-'))
afterAll(() => rmSync(state, { recursive: true, force: true }))
const token = join(state, 'token')
writeFileSync(token, 'a-token\n')
const guarded = { GATEWAY_TOKEN_FILE: token, GATEWAY_TLS_CERT: token, GATEWAY_TLS_KEY: token, GATEWAY_STATE: state }

describe('each Collector configuration', () => {
  it.each([
    [['sidecar.yaml'], {}],
    [['sidecar.yaml', 'sidecar-guarded.yaml'], { ...guarded, GATEWAY_ENDPOINT: 'https://gateway:4318' }],
    [['gateway.yaml'], { GATEWAY_STATE: state }],
    [['gateway.yaml', 'gateway-guarded.yaml'], guarded],
    [['gateway.yaml', 'gateway-pull.yaml'], { GATEWAY_STATE: state }],
    [['gateway.yaml', 'gateway-hub.yaml'], { GATEWAY_STATE: state }],
  ] as const)('passes `otelcol validate` without output: %j', async (files, env) => {
    const { stdout, stderr } = await run(
      programs.otelcol,
      ['validate', ...files.flatMap((file) => ['--config', `otel/${file}`])],
      { env },
    )
    expect(stdout + stderr).toBe('')
  })
})

describe('the Collector build', () => {
  it('contains only the components that the configurations use', async () => {
    const { stdout } = await run(programs.otelcol, ['components'])
    const named = [...stdout.matchAll(/^ {4}- name: (\S+)$/gm)].map(([, name]) => name)
    expect([...new Set(named)].sort()).toEqual(
      [
        ...[
          'bearertokenauth',
          'file',
          'file_storage',
          'health_check',
          'memory_limiter',
          'otlp',
          'otlp_grpc',
          'otlp_http',
        ],
        ...['prometheus', 'prometheus_remote_write', 'resource', 'span_metrics', 'tail_sampling', 'transform'],
      ].sort(),
    )
  })
})

describe('each Prometheus configuration', () => {
  it.each(['prometheus.yml', 'prometheus-long-term.yml'])(
    'passes `promtool check config` with every lint fatal: alerts/%s',
    async (file) => {
      const { stdout } = await run(programs.promtool, [
        'check',
        'config',
        '--lint=all',
        '--lint-fatal',
        `alerts/${file}`,
      ])
      expect(stdout).toContain('SUCCESS')
    },
  )
})

describe('each Alertmanager configuration', () => {
  it.each(['alertmanager.yml', 'alertmanager-local.yml'])('passes `amtool check-config`: alerts/%s', async (file) => {
    const { stdout } = await run(programs.amtool, ['check-config', `alerts/${file}`])
    expect(stdout).toContain('SUCCESS')
  })
})

describe('the gateway, the sidecar and Prometheus', () => {
  it('log no warning, error or deprecation when they start', async () => {
    parts.watch()
    const prometheus = await parts.prometheus()
    const gateway = await parts.gateway(deliverTo(prometheus))
    const sidecar = await parts.sidecar(gateway.endpoint)
    const said = [gateway, sidecar, prometheus].flatMap(({ name, log }) =>
      log()
        .split('\n')
        .filter((line) => /"level":"(warn|error)"|level=(WARN|ERROR)|deprecat/i.test(line))
        .map((line) => `${name}: ${line}`),
    )
    // Port 1 on loopback replaces backends that the test does not need. Nothing listens there.
    expect(said.filter((line) => !/127\.0\.0\.1:1\b/.test(line))).toEqual([])
  })
})

describe('the gateway', () => {
  it('exposes its own metrics with the type suffixes that alerts depend on', async () => {
    parts.watch()
    const gateway = await parts.gateway()
    const names = [...(await scrapeSeries(`http://${gateway.telemetry}/metrics`)).keys()].map((key) =>
      key.replace(/\{.*/, ''),
    )
    expect(names).toContain('otelcol_exporter_queue_capacity')
    expect(names.filter((name) => /^otelcol_process_(cpu_seconds|uptime_seconds)_total$/.test(name))).toHaveLength(2)
  })
})
