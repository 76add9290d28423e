// Each file that people start a real program with, judged by that program; and what the program says of its own.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, inject, test } from 'vitest'
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

test.each([
  [['sidecar.yaml'], {}],
  [['sidecar.yaml', 'sidecar-guarded.yaml'], { ...guarded, GATEWAY_ENDPOINT: 'https://gateway:4318' }],
  [['gateway.yaml'], { GATEWAY_STATE: state }],
  [['gateway.yaml', 'gateway-guarded.yaml'], guarded],
  [['gateway.yaml', 'gateway-pull.yaml'], { GATEWAY_STATE: state }],
] as const)('the Collector takes %j', async (files, env) => {
  const { stdout, stderr } = await run(
    programs.otelcol,
    ['validate', ...files.flatMap((file) => ['--config', `otel/${file}`])],
    { env },
  )
  expect(stdout + stderr).toBe('')
})

test('the Collector has no other components than the configurations name', async () => {
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

test.each(['prometheus.yml', 'prometheus-long-term.yml'])(
  'Prometheus takes alerts/%s, and its rules pass every lint',
  async (file) => {
    const { stdout } = await run(programs.promtool, ['check', 'config', '--lint=all', '--lint-fatal', `alerts/${file}`])
    expect(stdout).toContain('SUCCESS')
  },
)

test.each(['alertmanager.yml', 'alertmanager-local.yml'])('Alertmanager takes alerts/%s', async (file) => {
  const { stdout } = await run(programs.amtool, ['check-config', `alerts/${file}`])
  expect(stdout).toContain('SUCCESS')
})

test('none of them says at its start that something is deprecated, unknown or wrong', async () => {
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
  // The tests use loopback ports that nobody listens on for what they have no use for.
  expect(said.filter((line) => !/127\.0\.0\.1:1\b/.test(line))).toEqual([])
})

test('the gateway tells of itself under names with the suffixes of their kinds, which alerts depend on', async () => {
  parts.watch()
  const gateway = await parts.gateway()
  const names = [...(await scrapeSeries(`http://${gateway.telemetry}/metrics`)).keys()].map((key) =>
    key.replace(/\{.*/, ''),
  )
  expect(names).toContain('otelcol_exporter_queue_capacity')
  expect(names.filter((name) => /^otelcol_process_(cpu_seconds|uptime_seconds)_total$/.test(name))).toHaveLength(2)
})
