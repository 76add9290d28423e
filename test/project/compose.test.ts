// Checks compose.yaml and Grafana's provisioning without running them. The tests in test/real run them.
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { variablesIn } from '../support/collector/collector-variables.ts'
import { environmentOf, hostPath, mountsOf, portsOf, readCompose } from '../support/files/compose-file.ts'
import { TESTED_IMAGES } from '../support/files/images.ts'
import { isKnownVariable } from '../support/files/known-variables.ts'

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
const { services, volumes } = readCompose()
const SERVICES = Object.entries(services)

interface DataSource {
  readonly uid: string
  readonly type: string
  readonly url: string
  readonly jsonData: {
    readonly alertmanagerUid?: string
    readonly exemplarTraceIdDestinations?: readonly { readonly name: string; readonly datasourceUid: string }[]
    readonly tracesToMetrics?: { readonly datasourceUid: string }
  }
}
const DATA_SOURCES: readonly DataSource[] = parse(
  readFileSync('dashboards/provisioning/datasources/datasources.yaml', 'utf8'),
).datasources

describe('compose.yaml', () => {
  it('has exactly the services that the configurations refer to', () => {
    expect(Object.keys(services).sort()).toEqual(
      [
        'alertmanager',
        'grafana',
        'jaeger',
        'mcp-server',
        'otel-gateway',
        'prepare',
        'prometheus',
        'prometheus-long-term',
        'traffic',
      ].sort(),
    )
  })

  it('pins its own images to the package version, Grafana to one version, and all others to tested images', () => {
    const pinned = [`mcp-vitals-server:${version}`, `mcp-vitals:${version}`, ...TESTED_IMAGES]
    const others = SERVICES.filter(([, { image }]) => !pinned.includes(image))
    expect(others.map(([name, { image }]) => [name, /^grafana\/grafana:\d+\.\d+\.\d+$/.test(image)])).toEqual([
      ['grafana', true],
    ])
  })

  it.each(SERVICES)(
    'runs %s read-only, without capabilities or writable host folders, and with a memory limit',
    (_, service) => {
      expect(service).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        mem_limit: expect.stringMatching(/^\d+m$/),
      })
      expect(mountsOf(service).filter(({ bound, readOnly }) => bound && !readOnly)).toEqual([])
    },
  )

  it('publishes only loopback ports, each once and each for a port that its service opens', () => {
    const published = SERVICES.flatMap(([name, service]) =>
      (service.ports ?? []).map((port) => ({ name, service, port })),
    )
    expect(published.length).toBeGreaterThan(4)
    for (const { name, service, port } of published) {
      const [, target] = /^127\.0\.0\.1:\d+:(\d+)$/.exec(port) ?? []
      expect({ name, port, ports: portsOf(name, service) }).toEqual({
        name,
        port,
        ports: expect.arrayContaining([Number(target)]),
      })
    }
    const outside = published.map(({ port }) => port.split(':')[1])
    expect(new Set(outside).size).toBe(outside.length)
  })

  it('mounts only existing paths and declared volumes, and its commands name existing configurations', () => {
    const mounts = SERVICES.flatMap(([, service]) => mountsOf(service))
    expect(mounts.filter(({ bound, source }) => bound && !existsSync(source))).toEqual([])
    expect(mounts.filter(({ bound, source }) => !bound && !(source in volumes))).toEqual([])
    const configurations = SERVICES.flatMap(([name, service]) =>
      (service.command ?? []).flatMap((argument) => {
        const [, path] = /^--config(?:\.file)?=(.+)$/.exec(argument) ?? []
        return path === undefined ? [] : [{ name, file: hostPath(service, path) }]
      }),
    )
    expect(configurations.map(({ name }) => name).sort()).toEqual(
      ['alertmanager', 'jaeger', 'otel-gateway', 'prometheus', 'prometheus-long-term'].sort(),
    )
    expect(configurations.filter(({ file }) => file === undefined || !existsSync(file))).toEqual([])
  })

  it('sets only variables that each program reads, and all that a configuration requires', () => {
    for (const name of ['mcp-server', 'traffic']) {
      const given = Object.keys(environmentOf(service(name)))
      expect(given.filter((variable) => !isKnownVariable(variable))).toEqual([])
    }
    for (const [name, file] of [
      ['otel-gateway', 'otel/gateway.yaml'],
      ['jaeger', 'otel/jaeger.yaml'],
    ] as const) {
      const read = variablesIn([file])
      const given = Object.keys(environmentOf(service(name))).filter((variable) => variable !== 'GOMEMLIMIT')
      expect({ name, unread: given.filter((variable) => !read.has(variable)) }).toEqual({ name, unread: [] })
      const needed = [...read].filter(([, fallback]) => fallback === undefined).map(([variable]) => variable)
      expect(needed.filter((variable) => !given.includes(variable))).toEqual([])
    }
  })

  it('addresses each service only on ports that it opens, also in configurations and data sources', () => {
    const texts = [
      ...SERVICES.flatMap(([name, one]) => [
        ...Object.values(environmentOf(one)).map((text) => [name, text] as const),
        ...(one.command ?? []).map((text) => [name, text] as const),
      ]),
      ...['alerts/prometheus.yml', 'alerts/alertmanager.yml'].map(
        (file) => [file, readFileSync(file, 'utf8').replace(/^ *#.*$/gm, '')] as const,
      ),
      ...DATA_SOURCES.map(({ uid, url }) => [uid, url] as const),
    ]
    const names = Object.keys(services).join('|')
    const addresses = texts.flatMap(([where, text]) =>
      [...text.matchAll(new RegExp(`(?<![\\w-])(${names}):(\\d+)`, 'g'))].map(([, host = '', port]) => ({
        where,
        host,
        port: Number(port),
      })),
    )
    expect(addresses.length).toBeGreaterThan(10)
    expect(addresses.filter(({ host, port }) => !portsOf(host, service(host)).includes(port))).toEqual([])
  })

  it('allows requests to the server by its service name, and only with the token of the traffic client', () => {
    const { MCP_VITALS_ALLOWED_HOSTS, MCP_VITALS_TOKEN_FILE, ...rest } = environmentOf(service('mcp-server'))
    expect(MCP_VITALS_ALLOWED_HOSTS).toBe('mcp-server')
    expect(MCP_VITALS_TOKEN_FILE).toBe(environmentOf(service('traffic'))['MCP_VITALS_TOKEN_FILE'])
    expect(Object.keys(rest)).not.toContain('MCP_VITALS_BEHIND_AUTH_PROXY')
  })

  it('waits only for existing services, and for a healthy one only if it has a health check', () => {
    const all = SERVICES.flatMap(([, { depends_on = {} }]) => Object.entries(depends_on))
    expect(all.filter(([name]) => !(name in services))).toEqual([])
    const waits = all.filter(([, { condition }]) => condition === 'service_healthy')
    expect(waits.length).toBeGreaterThan(1)
    expect(waits.filter(([name]) => service(name).healthcheck === undefined)).toEqual([])
  })
})

describe('alerts/prometheus.yml', () => {
  it('names only rule files that exist next to it', () => {
    const { rule_files } = parse(readFileSync('alerts/prometheus.yml', 'utf8'))
    expect(rule_files.filter((file: string) => !existsSync(`alerts/${file}`))).toEqual([])
  })
})

describe("Grafana's provisioning", () => {
  it('links exemplars to traces, traces to metrics, and Prometheus to Alertmanager', () => {
    const types = new Map(DATA_SOURCES.map(({ uid, type }) => [uid, type]))
    expect(types.size).toBe(DATA_SOURCES.length)
    const prometheus = DATA_SOURCES.find(({ uid }) => uid === 'prometheus')?.jsonData
    expect(prometheus?.exemplarTraceIdDestinations).toEqual([
      { name: 'trace_id', datasourceUid: 'jaeger', urlDisplayLabel: 'Trace' },
    ])
    expect(types.get('jaeger')).toBe('jaeger')
    expect(types.get(prometheus?.alertmanagerUid ?? '')).toBe('alertmanager')
    const jaeger = DATA_SOURCES.find(({ uid }) => uid === 'jaeger')?.jsonData
    expect(types.get(jaeger?.tracesToMetrics?.datasourceUid ?? '')).toBe('prometheus')
  })

  it('mounts the dashboards and the data sources of this repository', () => {
    const { providers } = parse(readFileSync('dashboards/provisioning/dashboards/dashboards.yaml', 'utf8'))
    expect(
      providers.map(({ options }: { options: { path: string } }) => hostPath(service('grafana'), options.path)),
    ).toEqual(['dashboards'])
    expect(hostPath(service('grafana'), '/etc/grafana/provisioning/datasources/datasources.yaml')).toBe(
      'dashboards/provisioning/datasources/datasources.yaml',
    )
  })
})

function service(name: string) {
  const found = services[name]
  if (found === undefined) throw new Error(`there is no service ${name}`)
  return found
}
