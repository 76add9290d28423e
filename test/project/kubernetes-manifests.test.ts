// Checks the Kubernetes manifests without kubectl. The tests in test/real apply them.
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'
import type { V1Container } from '@kubernetes/client-node'
import { describe, expect, it } from 'vitest'
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
/** Values of a third-party Helm chart. */
const NO_MANIFESTS = ['prometheus-adapter-values.yaml']

function kustomization(folder: string): Kustomization {
  return parse(readFileSync(join(folder, 'kustomization.yaml'), 'utf8'))
}

/** The paths of generated files, which are written as KEY=path or as a path. */
function filesOf({ configMapGenerator = [] }: Kustomization): string[] {
  return configMapGenerator.flatMap(({ files }) => files.map((file) => file.slice(file.indexOf('=') + 1)))
}

function componentsOf(overlay: string): string[] {
  const folder = join('k8s/overlays', overlay)
  return (kustomization(folder).components ?? []).map((path) => basename(normalize(join(folder, path))))
}

/** The containers of workloads and patches, with their files. */
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

describe('the kustomizations', () => {
  it('name only existing files and folders, and every manifest next to them', () => {
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

  it('turn every dashboard and every Collector configuration into a ConfigMap', () => {
    const dashboards = globSync('dashboards/*.json').map((path) => basename(path))
    expect(
      filesOf(kustomization('dashboards')).toSorted(),
      'dashboards/kustomization.yaml: a generator each, named as the file is, without .json',
    ).toEqual(dashboards.toSorted())
    const configurations = globSync('otel/*.yaml').map((path) => basename(path))
    // The hub is for one machine.
    const others = ['builder.yaml', 'gateway-hub.yaml', 'jaeger.yaml', 'kustomization.yaml']
    expect(filesOf(kustomization('otel')).toSorted()).toEqual(
      configurations.filter((file) => !others.includes(file)).toSorted(),
    )
  })
})

describe('the components', () => {
  it('are used by an overlay, except remediation, and listed in k8s/README.md', () => {
    const used = new Set(OVERLAYS.flatMap((overlay) => componentsOf(overlay)))
    expect(COMPONENTS.filter((component) => !used.has(component))).toEqual(['remediation'])
    const readme = readFileSync('k8s/README.md', 'utf8')
    expect(COMPONENTS.filter((component) => !readme.includes(`| \`${component}\` |`))).toEqual([])
  })
})

describe('the overlays', () => {
  it('list their components in the order of k8s/README.md', () => {
    const readme = readFileSync('k8s/README.md', 'utf8')
    const position = (component: string) => readme.indexOf(`| \`${component}\` |`)
    for (const overlay of OVERLAYS) {
      const listed = componentsOf(overlay)
      expect(listed, overlay).toEqual(listed.toSorted((a, b) => position(a) - position(b)))
    }
  })

  it('differ only in that push has no ServiceMonitor for servers, and pull pushes no metrics', () => {
    const [, pull = [], push = []] = ['dev', 'production-pull', 'production-push'].map(componentsOf)
    expect(push).not.toContain('servicemonitor')
    expect(pull).not.toContain('push')
    // Apart from that, they are the same.
    expect(push.filter((one) => one !== 'push')).toEqual(
      pull.filter((one) => !['servicemonitor', 'metrics-token'].includes(one)),
    )
  })

  it('scrape each gateway under the job name that its alerts select, on one port', () => {
    const guarded = OVERLAYS.filter((overlay) => componentsOf(overlay).includes('otel-gateway'))
    expect(guarded.toSorted()).toEqual(['production-pull', 'production-push'])
    for (const overlay of guarded) expect(componentsOf(overlay), overlay).toContain('servicemonitor-gateway')
    const text = readFileSync('k8s/components/servicemonitor-gateway/otel-gateway.yaml', 'utf8')
    const [monitor] = ofKind(objectsIn(text), 'ServiceMonitor')
    // Only pull scrapes the port of pushed metrics. Otherwise, every series would arrive twice.
    expect(monitor?.spec.endpoints.map(({ port }) => port)).toEqual(['metrics'])
    expect(monitor?.spec.jobLabel).toBe('app')
    expect(monitor?.spec.selector.matchLabels['app']).toBe('otel-gateway')
    expect(readFileSync('alerts/otel-gateway-alerts.yml', 'utf8')).toContain('up{job="otel-gateway"}')
  })
})

describe('each container', () => {
  it('uses an image pinned to the package version or to a tested version', () => {
    const images = [...new Set(CONTAINERS.map(({ container }) => container.image))]
    expect(images.length).toBeGreaterThan(1)
    // The last one is an example's, and the reader's own.
    const admitted = [`mcp-vitals-server:${version}`, `mcp-vitals:${version}`, ...TESTED_IMAGES, 'python-server:1.0.0']
    expect(images.filter((image) => !admitted.includes(image ?? ''))).toEqual([])
  })

  it.each(CONTAINERS.map(({ container }) => [container.name, container] as const))(
    'has probes, resource requests, a memory limit, a read-only root and no privileges: %s',
    (_, container) => {
      expect(container.startupProbe?.httpGet).toBeDefined()
      expect(container.livenessProbe?.httpGet).toBeDefined()
      const sidecar = 'restartPolicy' in container
      if (!sidecar) expect(container.readinessProbe?.httpGet).toBeDefined()
      for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
        if (probe === undefined) continue
        // Or the proxy next to it is asked, which knows whether it accepts connections.
        const ports = [...(container.ports ?? []).map(({ name }) => name), 9464]
        expect(ports).toContain(probe.httpGet?.port)
      }
      expect(container.resources?.requests).toMatchObject({ cpu: expect.anything(), memory: expect.anything() })
      const bounded = { memory: expect.anything(), 'ephemeral-storage': expect.anything() }
      expect(container.resources?.limits).toMatchObject(bounded)
      expect(container.securityContext).toMatchObject({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
    },
  )
})

describe('the manifests', () => {
  it('set only variables that the program reads', () => {
    const given = new Set(
      globSync('k8s/**/*.yaml').flatMap((file) =>
        [...readFileSync(file, 'utf8').matchAll(/name: ((?:MCP_VITALS|OTEL)_\w+)/g)].map(([, name]) => String(name)),
      ),
    )
    expect(given.size).toBeGreaterThan(8)
    expect([...given].filter((name) => !isKnownVariable(name))).toEqual([])
  })

  it('set only variables that the Collectors read, all required ones, and addresses on open ports', () => {
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

  it('add the promoted resource labels of a push to every scrape of a server or exporter', () => {
    const { otlp } = parse(readFileSync('alerts/prometheus.yml', 'utf8'))
    const promoted = otlp.promote_resource_attributes.map((key: string) => key.replaceAll('.', '_'))
    const monitors = [
      'servicemonitor/mcp-hello-server',
      'servicemonitor/mcp-vitals-exporter',
      'mcp-proxy/service-monitor',
    ]
    for (const monitor of monitors) {
      const text = readFileSync(`k8s/components/${monitor}.yaml`, 'utf8')
      const [endpoint] = ofKind(objectsIn(text), 'ServiceMonitor').flatMap(({ spec }) => spec.endpoints)
      expect(endpoint?.relabelings?.map(({ targetLabel }) => targetLabel).sort()).toEqual(promoted.toSorted())
      expect(endpoint).toMatchObject({ interval: '15s', honorLabels: true })
    }
  })

  it('set every promoted attribute and the pod UID on the resource, but no service namespace', () => {
    const { otlp } = parse(readFileSync('alerts/prometheus.yml', 'utf8'))
    const resources = CONTAINERS.flatMap(({ container }) => variablesOf(container)['OTEL_RESOURCE_ATTRIBUTES'] ?? [])
    expect(resources).toHaveLength(3)
    for (const resource of resources) {
      const keys = resource.split(',').map((pair) => pair.split('=')[0])
      expect(keys).toEqual(expect.arrayContaining(otlp.promote_resource_attributes))
      expect(keys).toContain('k8s.pod.uid')
      expect(keys).not.toContain('service.namespace')
    }
  })

  it('contain no Secret', () => {
    const files = globSync('k8s/**/*.yaml')
    const found = files.filter((file) => /^kind: Secret$|secretGenerator|stringData/m.test(readFileSync(file, 'utf8')))
    expect(found).toEqual([])
  })
})

describe('the component remediation', () => {
  it('grants changes in one namespace and not in the whole cluster', () => {
    const objects = globSync('k8s/components/remediation/*.yaml').flatMap((file) =>
      objectsIn(readFileSync(file, 'utf8')),
    )
    expect(objects.map(({ kind }) => kind)).toContain('RoleBinding')
    expect(objects.map(({ kind }) => kind)).not.toContain('ClusterRoleBinding')
  })
})

describe('docs/kubernetes.md', () => {
  it('names only existing workloads, Services and overlays, and the port of the metrics Service', () => {
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

  it('requires neither the kustomize program nor a change of folder', () => {
    const commands = [...readFileSync('docs/kubernetes.md', 'utf8').matchAll(/```sh\n(.*?)```/gs)].flatMap(
      ([, block = '']) => block.split('\n').map((line) => line.trim()),
    )
    expect(commands.length).toBeGreaterThan(20)
    expect(commands.filter((command) => /^(kustomize|cd) /.test(command))).toEqual([])
  })
})

describe('docs/kubernetes.md and k8s/README.md', () => {
  it('set the image to the package version', () => {
    for (const document of ['docs/kubernetes.md', 'k8s/README.md']) {
      const [, block = ''] = /( *images:\n.*?)```/s.exec(readFileSync(document, 'utf8')) ?? []
      const images = [{ name: 'mcp-vitals-server', newName: 'registry.example.com/mcp-vitals-server', newTag: version }]
      expect(parse(block), document).toEqual({ images })
    }
  })
})
