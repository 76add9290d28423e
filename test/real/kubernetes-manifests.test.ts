// Every overlay, rendered by kubectl and given to a real API server that enforces Pod Security `restricted`.
import { readFileSync } from 'node:fs'
import type { KubernetesObject, V1ObjectMeta } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
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

  test('is accepted without a warning, and changes nothing when it is applied again', () => {
    expect(applied.objects.map(nameOf).sort()).toEqual(objectsIn(applied.manifests).map(nameOf).sort())
    expect(applyOverlay(cluster, overlay).objects.map(versionOf)).toEqual(applied.objects.map(versionOf))
  })

  test('starts only pods that are admitted, into a namespace that enforces restricted', () => {
    const { metadata } = JSON.parse(cluster.kubectl(['get', 'namespace', namespace, '--output', 'json']))
    expect(metadata.labels['pod-security.kubernetes.io/enforce']).toBe('restricted')
    expect(workloads.length).toBeGreaterThan(1)
    for (const { pod } of workloads) create(pod)
  })

  test('would not get them admitted without what their security contexts say', () => {
    for (const { pod, name } of workloads) {
      for (const weaken of WEAKER) {
        const weaker = structuredClone(pod)
        weaken(weaker.spec)
        expect(() => create(weaker), `${name}: ${weaken}`).toThrow('violates PodSecurity "restricted')
      }
    }
  })

  test('scrapes Services that are there, by ports that their pods listen on', () => {
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

  test('has every ConfigMap, account and role that it refers to, and no Secret', () => {
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

test('the namespace is given the label that lets no weaker pod in by the overlay itself, not by hand', () => {
  const namespaces = objectsIn(cluster.kubectl(['kustomize', 'k8s/overlays/production-pull'])).filter(
    ({ kind }) => kind === 'Namespace',
  )
  expect(namespaces.map(({ metadata }) => metadata?.labels?.['pod-security.kubernetes.io/enforce'])).toEqual([
    'restricted',
  ])
})

test('the operator takes what the document tells to set in its Prometheus', () => {
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

/** As a controller would, but for keeping it. */
function create(object: KubernetesObject): string {
  const once = ['--dry-run=server', '--validate=strict', '--output', 'json', '--filename', '-']
  return cluster.kubectl(['create', ...once], { input: JSON.stringify(object) })
}

type PodSpec = Workload['pod']['spec']

/** What `restricted` asks for, left out one by one. */
const WEAKER: readonly ((spec: PodSpec) => void)[] = [
  (spec) => delete spec.securityContext?.runAsNonRoot,
  (spec) => delete spec.securityContext?.seccompProfile,
  (spec) => delete spec.containers[0]?.securityContext?.allowPrivilegeEscalation,
  (spec) => delete spec.containers[0]?.securityContext?.capabilities,
]

/** Monitor: Service, and the port of its pods. */
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
