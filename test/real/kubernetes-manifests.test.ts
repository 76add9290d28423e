// Applies every overlay, rendered by kubectl, to a real API server that enforces Pod Security `restricted`.
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import type { KubernetesObject, V1ObjectMeta } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import type { KubeApiServer } from '../support/cluster/kube-apiserver.ts'
import { startKubeApiServer } from '../support/cluster/kube-apiserver.ts'
import type { Labels, Workload } from '../support/cluster/kubernetes-objects.ts'
import { containersOf, matches, objectsIn, ofKind, workloadsIn } from '../support/cluster/kubernetes-objects.ts'
import type { AppliedOverlay, Overlay } from '../support/cluster/overlays.ts'
import { applyOverlay, OVERLAYS, prepareCluster } from '../support/cluster/overlays.ts'

let cluster: KubeApiServer
beforeAll(async () => {
  cluster = await startKubeApiServer({ parts: inject('parts') })
  prepareCluster(cluster, inject('parts')['operator-crds'])
})
afterAll(() => cluster?.stop())

describe.each(Object.keys(OVERLAYS) as Overlay[])('the overlay %s', (overlay) => {
  const namespace = OVERLAYS[overlay]
  let applied: AppliedOverlay
  let workloads: Workload[]
  beforeAll(() => {
    applied = applyOverlay(cluster, overlay)
    workloads = workloadsIn(applied.objects)
  })

  it('is applied without a warning, and changes nothing when it is applied again', () => {
    expect(applied.objects.map(nameOf).sort()).toEqual(objectsIn(applied.manifests).map(nameOf).sort())
    expect(applyOverlay(cluster, overlay).objects.map(versionOf)).toEqual(applied.objects.map(versionOf))
  })

  it('enforces `restricted` on its namespace, which admits all its pods', () => {
    const { metadata } = JSON.parse(cluster.kubectl(['get', 'namespace', namespace, '--output', 'json']))
    expect(metadata.labels['pod-security.kubernetes.io/enforce']).toBe('restricted')
    expect(workloads.length).toBeGreaterThan(1)
    for (const { pod } of workloads) create(pod)
  })

  it('has each pod rejected when any one of its security settings is removed', () => {
    for (const { pod, name } of workloads) {
      for (const weaken of WEAKER) {
        const weaker = structuredClone(pod)
        weaken(weaker.spec)
        expect(() => create(weaker), `${name}: ${weaken}`).toThrow('violates PodSecurity "restricted')
      }
    }
  })

  it('scrapes existing Services on ports that their pods open', () => {
    const scraped = ofKind(applied.objects, 'ServiceMonitor').flatMap(({ metadata, spec }) => {
      const services = ofKind(applied.objects, 'Service').filter((service) =>
        matches(service.metadata?.labels, spec.selector.matchLabels),
      )
      return services.flatMap((service) =>
        spec.endpoints.map(({ port }) => {
          const target = service.spec?.ports?.find(({ name }) => name === port)?.targetPort
          const pods = workloads.filter(({ pod }) => matches(pod.metadata?.labels, service.spec?.selector as Labels))
          const listening = pods.flatMap(({ pod }) => containersOf(pod).flatMap(({ ports = [] }) => ports))
          const numbers = listening.filter(({ name }) => name === target).map(({ containerPort }) => containerPort)
          return `${metadata?.name}: ${service.metadata?.name} ${numbers}`
        }),
      )
    })
    expect(scraped).toEqual(SCRAPED[overlay])
  })

  it('contains every ConfigMap, account and role that it refers to, and no Secret', () => {
    const named = (kind: string) =>
      applied.objects.filter((object) => object.kind === kind).map(({ metadata }) => metadata?.name)
    const volumes = workloads.flatMap(({ pod }) => pod.spec.volumes ?? [])
    const maps = volumes.flatMap(({ configMap }) => configMap?.name ?? [])
    expect(maps.filter((name) => !named('ConfigMap').includes(name))).toEqual([])
    const bindings = applied.objects.filter(({ kind }) => kind === 'ClusterRoleBinding') as Binding[]
    expect(bindings.length).toBeGreaterThan(0)
    for (const { roleRef, subjects } of bindings) {
      expect(named('ClusterRole')).toContain(roleRef.name)
      for (const subject of subjects) {
        expect(named('ServiceAccount')).toContain(subject.name)
        expect(subject.namespace).toBe(namespace)
      }
    }
    expect(named('Secret')).toEqual([])
  })
})

describe('the overlay production-pull', () => {
  it('sets the Pod Security label `restricted` on its namespace', () => {
    const namespaces = objectsIn(cluster.kubectl(['kustomize', 'k8s/overlays/production-pull'])).filter(
      ({ kind }) => kind === 'Namespace',
    )
    expect(namespaces.map(({ metadata }) => metadata?.labels?.['pod-security.kubernetes.io/enforce'])).toEqual([
      'restricted',
    ])
  })
})

describe('an overlay of a user', () => {
  it('pins the image by the digest that it names, and no manifest of ours names one', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mcp-vitals-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const digest = `sha256:${'0123456789abcdef'.repeat(4)}`
    const overlay = {
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      resources: [relative(realpathSync(folder), 'k8s/overlays/production-pull')],
      images: [{ name: 'mcp-vitals-server', newName: 'registry.example.com/mcp-vitals-server', digest }],
    }
    writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(overlay))

    const pinned = cluster.kubectl(['kustomize', folder])
    const images = [...pinned.matchAll(/image: (\S*mcp-vitals-server\S*)/g)].map(([, image]) => image)
    expect(new Set(images)).toEqual(new Set([`registry.example.com/mcp-vitals-server@${digest}`]))
    expect(cluster.kubectl(['kustomize', 'k8s/overlays/production-pull'])).not.toContain('@sha256:')
  })
})

describe('the Prometheus values in docs/kubernetes.md', () => {
  it('are accepted by the operator definitions unchanged, and enable the OTLP receiver', () => {
    const [, values = ''] = /```yaml\n(# values of kube-prometheus-stack\n.*?)```/s.exec(DOCUMENT) ?? []
    const { prometheusSpec } = parse(values).prometheus
    const prometheus = {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'Prometheus',
      metadata: { name: 'documented', namespace: 'default' },
      spec: prometheusSpec,
    }
    expect(Object.keys(prometheusSpec)).toContain('enableOTLPReceiver')
    const told = create(prometheus)
    expect(JSON.parse(told).spec).toMatchObject(prometheusSpec)
  })
})

const DOCUMENT = readFileSync('docs/kubernetes.md', 'utf8')

interface Binding extends KubernetesObject {
  readonly roleRef: { readonly name: string }
  readonly subjects: readonly { readonly name: string; readonly namespace: string }[]
}

function nameOf({ kind, metadata }: KubernetesObject): string {
  return `${kind}/${metadata?.name}`
}

function versionOf(object: KubernetesObject): string {
  return `${nameOf(object)} ${(object.metadata as V1ObjectMeta).resourceVersion}`
}

/** Creates an object as a controller would, in a dry run. */
function create(object: KubernetesObject): string {
  const once = ['--dry-run=server', '--validate=strict', '--output', 'json', '--filename', '-']
  return cluster.kubectl(['create', ...once], { input: JSON.stringify(object) })
}

type PodSpec = Workload['pod']['spec']

/** Each removes one setting that `restricted` requires. */
const WEAKER: readonly ((spec: PodSpec) => void)[] = [
  (spec) => delete spec.securityContext?.runAsNonRoot,
  (spec) => delete spec.securityContext?.seccompProfile,
  (spec) => delete spec.containers[0]?.securityContext?.allowPrivilegeEscalation,
  (spec) => delete spec.containers[0]?.securityContext?.capabilities,
]

/** The expected scrapes: monitor, Service and pod port. */
const SCRAPED: Readonly<Record<Overlay, readonly string[]>> = {
  dev: ['mcp-hello-server: mcp-hello-server-metrics 9090', 'mcp-vitals-exporter: mcp-vitals-exporter-metrics 9465'],
  'production-pull': [
    'mcp-hello-server: mcp-hello-server-metrics 9090',
    'mcp-vitals-exporter: mcp-vitals-exporter-metrics 9465',
    'otel-gateway: otel-gateway-metrics 8888',
    'otel-gateway-pull: otel-gateway-metrics 8889',
  ],
  'production-push': ['otel-gateway: otel-gateway-metrics 8888'],
}
