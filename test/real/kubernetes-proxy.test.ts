// Applies the overlay that puts the proxy next to a Python server to a real API server that enforces Pod Security `restricted`.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { KubeApiServer } from '../support/cluster/kube-apiserver.ts'
import { startKubeApiServer } from '../support/cluster/kube-apiserver.ts'
import type { Labels } from '../support/cluster/kubernetes-objects.ts'
import { matches, ofKind, workloadsIn } from '../support/cluster/kubernetes-objects.ts'
import type { AppliedOverlay } from '../support/cluster/overlays.ts'
import { applyOverlay, prepareCluster } from '../support/cluster/overlays.ts'

let cluster: KubeApiServer
let applied: AppliedOverlay
beforeAll(async () => {
  cluster = await startKubeApiServer({ parts: inject('parts') })
  prepareCluster(cluster, inject('parts')['operator-crds'])
  applied = applyOverlay(cluster, 'python-server')
})
afterAll(() => cluster?.stop())

function create(object: object): string {
  const once = ['--dry-run=server', '--validate=strict', '--output', 'json', '--filename', '-']
  return cluster.kubectl(['create', ...once], { input: JSON.stringify(object) })
}

describe('the overlay python-server', () => {
  it('is applied without a warning, and changes nothing when it is applied again', () => {
    const versions = (objects: AppliedOverlay['objects']) => objects.map(({ metadata }) => metadata?.resourceVersion)

    expect(applied.objects.map(({ kind, metadata }) => `${kind}/${metadata?.name}`).sort()).toEqual([
      'Deployment/python-server',
      'Namespace/mcp',
      'NetworkPolicy/mcp-proxy',
      'Service/mcp-proxy',
      'Service/mcp-proxy-metrics',
      'ServiceMonitor/mcp-proxy',
    ])
    expect(versions(applyOverlay(cluster, 'python-server').objects)).toEqual(versions(applied.objects))
  })

  it('puts the proxy next to the server as a sidecar in a pod that `restricted` admits', () => {
    const [workload] = workloadsIn(applied.objects)
    const pod = workload?.pod
    expect(JSON.parse(create(pod ?? {})).spec.initContainers).toEqual([
      expect.objectContaining({ name: 'mcp-proxy', restartPolicy: 'Always', args: ['proxy'] }),
    ])
    const weaker = structuredClone(pod)
    delete weaker?.spec.initContainers?.[0]?.securityContext?.capabilities
    expect(() => create(weaker ?? {})).toThrow('violates PodSecurity "restricted')
  })

  it('sends clients and Prometheus to ports that the proxy opens, and nobody to the server itself', () => {
    const [workload] = workloadsIn(applied.objects)
    const [proxy] = workload?.pod.spec.initContainers ?? []
    const open = new Map(proxy?.ports?.map(({ name, containerPort }) => [name as unknown, containerPort]))
    expect(Object.fromEntries(open)).toEqual({ 'mcp-proxy': 3001, 'proxy-metrics': 9464 })
    for (const service of ofKind(applied.objects, 'Service')) {
      expect(matches(workload?.pod.metadata?.labels, service.spec?.selector as Labels)).toBe(true)
      for (const { targetPort } of service.spec?.ports ?? []) expect([...open.keys()]).toContain(targetPort)
    }
    const [policy] = ofKind(applied.objects, 'NetworkPolicy')
    const admitted = policy?.spec?.ingress?.flatMap(({ ports = [] }) => ports.map(({ port }) => port))
    expect(admitted).toEqual(['mcp-proxy', 'proxy-metrics'])
  })
})
