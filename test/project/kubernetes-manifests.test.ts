// What can be seen of the manifests without kubectl; the rest is in test/real.
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'
import type { V1Container } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { objectsIn, ofKind, variablesOf } from '../support/cluster/kubernetes-objects.ts'
import { variablesIn } from '../support/collector/collector-variables.ts'
import { TESTED_IMAGES } from '../support/files/images.ts'
import { isKnownVariable } from '../support/files/known-variables.ts'

interface Kustomization {
  readonly resources?: readonly string[]
  readonly components?: readonly string[]
  readonly patches?: readonly { readonly path?: string }[]
  readonly configMapGenerator?: readonly { readonly files: readonly string[] }[]
}

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
const COMPONENTS = readdirSync('k8s/components')
const OVERLAYS = readdirSync('k8s/overlays')
const FOLDERS = [
  ...globSync('k8s/**/kustomization.yaml'),
  'otel/kustomization.yaml',
  'dashboards/kustomization.yaml',
].map(dirname)
/** Values of somebody else's Helm chart. */
const NO_MANIFESTS = ['prometheus-adapter-values.yaml']

function kustomization(folder: string): Kustomization {
  return parse(readFileSync(join(folder, 'kustomization.yaml'), 'utf8'))
}

/** A file as KEY=path, or a path. */
function filesOf({ configMapGenerator = [] }: Kustomization): string[] {
  return configMapGenerator.flatMap(({ files }) => files.map((file) => file.slice(file.indexOf('=') + 1)))
}

test('kustomizations name files and folders that are there, and leave out none beside them', () => {
  expect(FOLDERS.length).toBeGreaterThan(15)
  for (const folder of FOLDERS) {
    const { resources = [], components = [], patches = [] } = kustomization(folder)
    const generated = filesOf(kustomization(folder))
    const named = [...resources, ...components, ...patches.flatMap(({ path }) => path ?? []), ...generated]
    expect({ folder, missing: named.filter((path) => !existsSync(join(folder, path))) }).toEqual({
      folder,
      missing: [],
    })
    const beside = folder.startsWith('k8s')
      ? readdirSync(folder).filter((file) => file.endsWith('.yaml') && file !== 'kustomization.yaml')
      : []
    expect({ folder, unnamed: beside.filter((file) => ![...named, ...NO_MANIFESTS].includes(file)) }).toEqual({
      folder,
      unnamed: [],
    })
  }
})

test('every dashboard becomes a ConfigMap, and every configuration of the Collector is in the one of it', () => {
  const dashboards = globSync('dashboards/*.json').map((path) => basename(path))
  expect(
    filesOf(kustomization('dashboards')).toSorted(),
    'dashboards/kustomization.yaml: a generator each, named as the file is, without .json',
  ).toEqual(dashboards.toSorted())
  const configurations = globSync('otel/*.yaml').map((path) => basename(path))
  const others = ['builder.yaml', 'jaeger.yaml', 'kustomization.yaml']
  expect(filesOf(kustomization('otel')).toSorted()).toEqual(
    configurations.filter((file) => !others.includes(file)).toSorted(),
  )
})

test('each component is in an overlay but that which lets things be changed, and the README explains it', () => {
  const used = new Set(OVERLAYS.flatMap((overlay) => componentsOf(overlay)))
  expect(COMPONENTS.filter((component) => !used.has(component))).toEqual(['remediation'])
  const readme = readFileSync('k8s/README.md', 'utf8')
  expect(COMPONENTS.filter((component) => !readme.includes(`| \`${component}\` |`))).toEqual([])
})

test('overlays list components in the order of the README, since each reaches only what came before it', () => {
  const readme = readFileSync('k8s/README.md', 'utf8')
  const position = (component: string) => readme.indexOf(`| \`${component}\` |`)
  for (const overlay of OVERLAYS) {
    const listed = componentsOf(overlay)
    expect(listed, overlay).toEqual(listed.toSorted((a, b) => position(a) - position(b)))
  }
})

test('push has no ServiceMonitor of what pushes, and pull pushes no metrics', () => {
  const [, pull = [], push = []] = ['dev', 'production-pull', 'production-push'].map(componentsOf)
  expect(push).not.toContain('servicemonitor')
  expect(pull).not.toContain('push')
  // Else they are the same.
  expect(push.filter((one) => one !== 'push')).toEqual(pull.filter((one) => one !== 'servicemonitor'))
})

test('whoever has a gateway has it scraped by the name that its alerts ask for, or none of them could fire', () => {
  const guarded = OVERLAYS.filter((overlay) => componentsOf(overlay).includes('otel-gateway'))
  expect(guarded.toSorted()).toEqual(['production-pull', 'production-push'])
  for (const overlay of guarded) expect(componentsOf(overlay), overlay).toContain('servicemonitor-gateway')
  const text = readFileSync('k8s/components/servicemonitor-gateway/otel-gateway.yaml', 'utf8')
  const [monitor] = ofKind(objectsIn(text), 'ServiceMonitor')
  // The port of what servers pushed is for pull alone: a gateway that delivers it besides would have every series twice.
  expect(monitor?.spec.endpoints.map(({ port }) => port)).toEqual(['metrics'])
  expect(monitor?.spec.jobLabel).toBe('app')
  expect(monitor?.spec.selector.matchLabels['app']).toBe('otel-gateway')
  expect(readFileSync('alerts/otel-gateway-alerts.yml', 'utf8')).toContain('up{job="otel-gateway"}')
})

function componentsOf(overlay: string): string[] {
  const folder = join('k8s/overlays', overlay)
  return (kustomization(folder).components ?? []).map((path) => basename(normalize(join(folder, path))))
}

/** Those of workloads, and those that a patch adds; file → containers. */
const CONTAINERS = globSync('k8s/**/*.yaml').flatMap((file) =>
  objectsIn(readFileSync(file, 'utf8')).flatMap((object) =>
    containersIn(object)
      .filter(({ image }) => image !== undefined)
      .map((container) => ({ file, container })),
  ),
)

function containersIn(node: unknown): V1Container[] {
  if (node === null || typeof node !== 'object') return []
  return Object.entries(node).flatMap(([key, value]) => {
    if (/^(init)?containers$/i.test(key)) return value as V1Container[]
    const added = (node as { path?: string }).path?.endsWith('/initContainers') && key === 'value'
    return added ? (value as V1Container[]) : containersIn(value)
  })
}

test('images are pinned: ours to the version of the package, the others to those that are tested', () => {
  const images = [...new Set(CONTAINERS.map(({ container }) => container.image))]
  expect(images.length).toBeGreaterThan(1)
  expect(images.filter((image) => ![`mcp-vitals:${version}`, ...TESTED_IMAGES].includes(image ?? ''))).toEqual([])
})

test.each(CONTAINERS.map(({ container }) => [container.name, container] as const))(
  'the container %s is probed, bounded, and may write nowhere and become nobody',
  (_, container) => {
    expect(container.startupProbe?.httpGet).toBeDefined()
    expect(container.livenessProbe?.httpGet).toBeDefined()
    const sidecar = 'restartPolicy' in container
    if (!sidecar) expect(container.readinessProbe?.httpGet).toBeDefined()
    for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
      if (probe === undefined) continue
      expect((container.ports ?? []).map(({ name }) => name)).toContain(probe.httpGet?.port)
    }
    expect(container.resources?.requests).toMatchObject({ cpu: expect.anything(), memory: expect.anything() })
    expect(container.resources?.limits).toMatchObject({ memory: expect.anything() })
    expect(container.securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
  },
)

test('what our containers are given is read by our program', () => {
  const given = new Set(
    globSync('k8s/**/*.yaml').flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/name: ((?:MCP_VITALS|OTEL)_\w+)/g)].map(([, name]) => String(name)),
    ),
  )
  expect(given.size).toBeGreaterThan(8)
  expect([...given].filter((name) => !isKnownVariable(name))).toEqual([])
})

test('what Collectors are given is read by their configurations, and what has to be given is', () => {
  const collectors = CONTAINERS.filter(({ container }) => container.image?.includes('opentelemetry-collector'))
  expect(collectors).toHaveLength(2)
  for (const { container } of collectors) {
    const read = variablesIn(
      (container.args ?? []).map((argument) => argument.replace('--config=/etc/otelcol/', 'otel/')),
    )
    const given = variablesOf(container)
    expect(Object.keys(given).filter((name) => name !== 'GOMEMLIMIT' && !read.has(name))).toEqual([])
    expect([...read].filter(([name, fallback]) => fallback === undefined && !(name in given))).toEqual([])
    for (const [name, value] of Object.entries(given)) {
      const [, port] = /^0\.0\.0\.0:(\d+)$/.exec(value) ?? []
      if (port === undefined) continue
      const listening = (container.ports ?? []).map(({ containerPort }) => String(containerPort))
      expect({ name, listening }).toEqual({ name, listening: expect.arrayContaining([port]) })
    }
  }
})

test('a scrape gives the labels that a push has of its resource', () => {
  const { otlp } = parse(readFileSync('alerts/prometheus.yml', 'utf8'))
  const promoted = otlp.promote_resource_attributes.map((key: string) => key.replaceAll('.', '_'))
  for (const monitor of ['mcp-hello-server', 'mcp-vitals-exporter']) {
    const text = readFileSync(`k8s/components/servicemonitor/${monitor}.yaml`, 'utf8')
    const [endpoint] = ofKind(objectsIn(text), 'ServiceMonitor').flatMap(({ spec }) => spec.endpoints)
    expect(endpoint?.relabelings?.map(({ targetLabel }) => targetLabel).sort()).toEqual(promoted.toSorted())
    expect(endpoint).toMatchObject({ interval: '15s', honorLabels: true })
  }
})

test('the resource has what is promoted, and no namespace of the service: it would be part of job', () => {
  const { otlp } = parse(readFileSync('alerts/prometheus.yml', 'utf8'))
  const resources = CONTAINERS.flatMap(({ container }) => variablesOf(container)['OTEL_RESOURCE_ATTRIBUTES'] ?? [])
  expect(resources).toHaveLength(2)
  for (const resource of resources) {
    const keys = resource.split(',').map((pair) => pair.split('=')[0])
    expect(keys).toEqual(expect.arrayContaining(otlp.promote_resource_attributes))
    expect(keys).toContain('k8s.pod.uid')
    expect(keys).not.toContain('service.namespace')
  }
})

test('no manifest holds a secret', () => {
  const files = globSync('k8s/**/*.yaml')
  const found = files.filter((file) => /^kind: Secret$|secretGenerator|stringData/m.test(readFileSync(file, 'utf8')))
  expect(found).toEqual([])
})

test('what the document tells to look at is there, under the port that it says', () => {
  const text = readFileSync('docs/kubernetes.md', 'utf8')
  const objects = globSync('k8s/**/*.yaml').flatMap((file) => objectsIn(readFileSync(file, 'utf8')))
  const there = new Set(objects.map(({ kind, metadata }) => `${kind} ${metadata?.name}`.toLowerCase()))
  const named = [
    ...text.matchAll(/kubectl (?!port-forward -n|[^\n]*-n monitoring)[^\n]*?(svc|deploy|deployment)\/([\w-]+)/g),
  ]
  expect(named.length).toBeGreaterThan(4)
  for (const [, kind = '', name = ''] of named) {
    expect(there).toContain(`${kind === 'svc' ? 'service' : 'deployment'} ${name}`)
  }
  const overlays = [...text.matchAll(/k8s\/overlays\/[\w-]+/g)].map(([path]) => path)
  expect(overlays.length).toBeGreaterThan(2)
  expect(overlays.filter((path) => !existsSync(path))).toEqual([])
  const [, port] = /port-forward svc\/mcp-hello-server-metrics (\d+):\d+/.exec(text) ?? []
  const [service] = ofKind(objectsIn(readFileSync('k8s/base/metrics-service.yaml', 'utf8')), 'Service')
  expect(service?.spec?.ports?.map((one) => String(one.port))).toEqual([port])
})

test('the document asks for no other program than it says, and for no other folder than where one is', () => {
  const commands = [...readFileSync('docs/kubernetes.md', 'utf8').matchAll(/```sh\n(.*?)```/gs)].flatMap(
    ([, block = '']) => block.split('\n').map((line) => line.trim()),
  )
  expect(commands.length).toBeGreaterThan(20)
  expect(commands.filter((command) => /^(kustomize|cd) /.test(command))).toEqual([])
})

test('the image of an overlay is set as the package has it, wherever that is told', () => {
  for (const document of ['docs/kubernetes.md', 'k8s/README.md']) {
    const [, block = ''] = /( *images:\n.*?)```/s.exec(readFileSync(document, 'utf8')) ?? []
    const images = [{ name: 'mcp-vitals', newName: 'registry.example.com/mcp-vitals', newTag: version }]
    expect(parse(block), document).toEqual({ images })
  }
})
