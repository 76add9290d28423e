// Runs compose.yaml with the real programs: each service with its own arguments, variables and files.
// Processes replace containers: host names become loopback ports and volumes become folders. Nothing else differs.
import type { ChildProcess } from 'node:child_process'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { Program } from '../parts/parts.ts'
import type { ComposeService } from '../support/files/compose-file.ts'
import { environmentOf, hostPath, portsOf, readCompose } from '../support/files/compose-file.ts'
import { freePorts } from '../support/programs/free-ports.ts'
import type { PartProcess } from '../support/programs/part-process.ts'
import { startPart } from '../support/programs/part-process.ts'
import { CLI, VITALS_CLI } from '../support/programs/run-cli.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { prometheusApi } from '../support/prometheus/prometheus-api.ts'

const { services, volumes } = readCompose()
const parts = inject('parts')
const folder = mkdtempSync(join(tmpdir(), 'mcp-vitals-compose-'))
const VOLUMES = Object.fromEntries(Object.keys(volumes).map((name) => [name, join(folder, name)]))
const running: PartProcess[] = []
const traffic: ChildProcess[] = []

/** Maps `service:port` to its loopback port. */
const here = new Map<string, number>()
/** The readiness URL of each part. */
const READY: Readonly<Record<string, string>> = {
  prometheus: 'prometheus:9090/-/ready',
  'prometheus-long-term': 'prometheus-long-term:9090/-/ready',
  alertmanager: 'alertmanager:9093/-/ready',
  jaeger: 'jaeger:16686/',
  'otel-gateway': 'otel-gateway:8888/metrics',
  'mcp-server': 'mcp-server:9464/ready',
}

beforeAll(async () => {
  for (const path of Object.values(VOLUMES)) mkdirSync(path)
  const addresses = Object.entries(services).flatMap(([name, one]) =>
    portsOf(name, one).map((port) => `${name}:${port}`),
  )
  const ports = await freePorts(addresses.length)
  for (const [index, address] of addresses.entries()) here.set(address, ports[index] ?? 0)
})
afterAll(async () => {
  for (const child of traffic) child.kill('SIGKILL')
  for (const part of running.toReversed()) await part.stop()
  rmSync(folder, { recursive: true, force: true })
})

function service(name: string): ComposeService {
  const found = services[name]
  if (found === undefined) throw new Error(`there is no service ${name}`)
  return found
}

/** Replaces the addresses in a text of a service, its own and those of others, with loopback addresses. */
function local(name: string, text: string): string {
  let found = text
  for (const [address, port] of here) {
    const [host, number] = address.split(':')
    found = found.replaceAll(new RegExp(`(?<![\\w.-])${host}:${number}(?!\\d)`, 'g'), `127.0.0.1:${port}`)
    if (host === name)
      found = found.replaceAll(
        new RegExp(`(0\\.0\\.0\\.0|localhost|127\\.0\\.0\\.1):${number}(?!\\d)`, 'g'),
        `127.0.0.1:${port}`,
      )
  }
  return found
}

function environment(name: string): Record<string, string> {
  const given = environmentOf(service(name))
  return Object.fromEntries(
    Object.entries(given).map(([variable, value]) => {
      const mounted = value.startsWith('/') ? hostPath(service(name), value, VOLUMES) : undefined
      if (variable.endsWith('_HOST')) return [variable, value.replace('0.0.0.0', '127.0.0.1')]
      if (variable.endsWith('_PORT')) return [variable, String(here.get(`${name}:${value}`) ?? value)]
      return [variable, mounted ?? local(name, value)]
    }),
  )
}

/** The command with local file paths. The Prometheus configuration is a copy with local addresses. */
function argumentsOf(name: string): string[] {
  return (service(name).command ?? []).map((argument) => {
    const [, flag = '', path = ''] = /^(--[\w.-]+=)?(\/.*)$/.exec(argument) ?? []
    const file = path === '' ? undefined : hostPath(service(name), path, VOLUMES)
    if (file === undefined) return local(name, argument)
    return flag + (file.endsWith('prometheus.yml') ? localCopy(name, file) : file)
  })
}

function configurationOf(name: string): string[] {
  return argumentsOf(name).flatMap((argument) => /^--config\.file=(.*)$/.exec(argument)?.[1] ?? [])
}

function localCopy(name: string, file: string): string {
  const text = local(name, readFileSync(file, 'utf8'))
  // The copy needs absolute paths to the rules. It scrapes every second to keep the test short.
  const path = join(folder, `${name}.yml`)
  const beside = text.replace(/^ {2}- (?=[\w-]+\.yml$)/gm, `  - ${process.cwd()}/alerts/`)
  writeFileSync(path, beside.replace('scrape_interval: 15s', 'scrape_interval: 1s'))
  return path
}

async function start(name: string, program: string, more: readonly string[] = []): Promise<PartProcess> {
  const part = await startPart({
    name,
    path: program,
    args: [
      ...more.filter((one) => !one.startsWith('--')),
      ...argumentsOf(name),
      ...more.filter((one) => one.startsWith('--')),
    ],
    env: environment(name),
    logFile: join(folder, `${name}.log`),
    readyUrl: `http://${local(name, READY[name] ?? '')}`,
  })
  running.push(part)
  return part
}

function listening(name: string, port: number): string {
  return `--web.listen-address=127.0.0.1:${here.get(`${name}:${port}`)}`
}

function specification(text: string): string {
  const file = join(folder, 'compose-under-test.yaml')
  writeFileSync(file, text)
  return execFileSync(parts['compose-spec'], ['-format', 'json', '-no-path-resolution', file], {
    encoding: 'utf8',
    env: {},
    stdio: 'pipe',
  })
}

describe('compose.yaml', () => {
  it('is valid under the Compose specification, which rejects three invalid variants', () => {
    const text = readFileSync('compose.yaml', 'utf8')
    const accepted = JSON.parse(specification(text))
    expect(Object.keys(accepted.services).sort()).toEqual(Object.keys(services).sort())
    expect(accepted.services['mcp-server'].environment.OTEL_METRICS_EXPORTER).toBe('prometheus')
    for (const wrong of [
      text.replace('mem_limit: 384m', 'memory_limit: 384m'),
      text.replace('condition: service_healthy', 'condition: service_well'),
      text.replace('127.0.0.1:3000:3000', '127.0.0.1:3000:none'),
    ]) {
      expect(wrong).not.toBe(text)
      expect(() => specification(wrong)).toThrow()
    }
  })

  it('gives each program a configuration that is valid with its variables; an invalid port is rejected', () => {
    const run = (program: Program, args: readonly string[], env = {}) =>
      execFileSync(parts[program], args, { encoding: 'utf8', env, stdio: 'pipe' })
    run('otelcol', ['validate', ...argumentsOf('otel-gateway')], environment('otel-gateway'))
    const wrong = { ...environment('otel-gateway'), GATEWAY_TELEMETRY_PORT: 'none' }
    expect(() => run('otelcol', ['validate', ...argumentsOf('otel-gateway')], wrong)).toThrow()
    for (const name of ['prometheus', 'prometheus-long-term']) {
      run('promtool', ['check', 'config', ...configurationOf(name)])
    }
    run('amtool', ['check-config', ...configurationOf('alertmanager')])
  })

  it('prepares a token once and a folder that the gateway can write to', () => {
    const [script = ''] = service('prepare').command ?? []
    const moved = ['/run/mcp-vitals', '/var/lib/otelcol'].reduce((text, path) => {
      expect(text).toContain(path)
      return text.replaceAll(path, hostPath(service('prepare'), path, VOLUMES) ?? '')
    }, script)
    const token = join(VOLUMES['token'] ?? '', 'token')
    execFileSync(process.execPath, ['--eval', moved])
    const first = readFileSync(token, 'utf8')
    expect(first).toMatch(/^[0-9a-f]{64}\n$/)
    execFileSync(process.execPath, ['--eval', moved])
    expect(readFileSync(token, 'utf8')).toBe(first)
    expect(statSync(VOLUMES['gateway-state'] ?? '').mode & 0o777).toBe(0o777)
  })

  it('starts a stack with every target up, calls stored as metrics and traces, and passing health checks', async () => {
    await start('prometheus-long-term', parts.prometheus, [listening('prometheus-long-term', 9090)])
    await start('alertmanager', parts.alertmanager, [listening('alertmanager', 9093)])
    await start('jaeger', parts.jaeger)
    await start('otel-gateway', parts.otelcol)
    await start('prometheus', parts.prometheus, [listening('prometheus', 9090)])
    await start('mcp-server', process.execPath, [CLI])
    const env = { PATH: process.env['PATH'] ?? '', ...environment('traffic') }
    traffic.push(spawn(process.execPath, [VITALS_CLI, ...argumentsOf('traffic')], { env, stdio: 'ignore' }))

    const url = `http://127.0.0.1:${here.get('prometheus:9090')}`
    const { query } = prometheusApi(url)
    const down = async () => (await query('up == 0 or absent(up)')).map(({ labels }) => labels['job'] ?? '')
    await waitFor(async () => (await query('up')).length > 3, 30_000, 'targets')
    await waitFor(async () => (await down()).length === 0, 30_000, 'every target up')
    const calls = 'mcp_tool_calls_total{job="mcp-hello-server-metrics",tool_name="hello_world",status="success"} > 0'
    await waitFor(async () => (await query(calls)).length > 0, 30_000, 'calls')
    await waitFor(
      async () => (await query('traces_span_metrics_calls_total{job="mcp-hello-server"}')).length > 0,
      60_000,
      'what the gateway makes of spans',
    )
    const traces = `http://127.0.0.1:${here.get('jaeger:16686')}/api/traces?service=mcp-hello-server`
    await waitFor(
      async () => ((await (await fetch(traces)).json()) as { data: unknown[] }).data.length > 0,
      60_000,
      'traces',
    )

    for (const [name, program] of [
      ['prometheus', parts.promtool],
      ['prometheus-long-term', parts.promtool],
      ['mcp-server', process.execPath],
    ] as const) {
      const [, , ...args] = service(name).healthcheck?.test ?? []
      execFileSync(
        program,
        args.map((argument) => local(name, argument)),
        { stdio: 'pipe', timeout: 10_000 },
      )
    }
  })

  it('fails the health check of a server that has stopped', async () => {
    const server = running.find(({ name }) => name === 'mcp-server')
    await server?.stop()
    const [, , ...args] = service('mcp-server').healthcheck?.test ?? []
    const asked = spawn(
      process.execPath,
      args.map((argument) => local('mcp-server', argument)),
    )
    expect(await once(asked, 'exit')).toEqual([1, null])
  })
})
