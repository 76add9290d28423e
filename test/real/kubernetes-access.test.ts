// Tests RBAC and network policies on a real API server against the tables in docs/kubernetes.md.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { KubeApiServer } from '../support/cluster/kube-apiserver.ts'
import { startKubeApiServer } from '../support/cluster/kube-apiserver.ts'
import { ofKind, workloadsIn } from '../support/cluster/kubernetes-objects.ts'
import type { Endpoint, NetworkPolicy, Port } from '../support/cluster/network-policies.ts'
import { mayReach } from '../support/cluster/network-policies.ts'
import type { AppliedOverlay, Overlay } from '../support/cluster/overlays.ts'
import { applyOverlay, OVERLAYS, prepareCluster } from '../support/cluster/overlays.ts'
import { tableIn } from '../support/files/markdown-table.ts'

const DOCUMENT = readFileSync('docs/kubernetes.md', 'utf8')

let cluster: KubeApiServer
beforeAll(async () => {
  cluster = await startKubeApiServer({ parts: inject('parts'), users: { nobody: [] } })
  prepareCluster(cluster, inject('parts')['operator-crds'])
})
afterAll(() => cluster?.stop())

const FORBIDDEN = [
  { verb: 'get', resource: 'secrets' },
  { verb: 'list', resource: 'secrets' },
  { verb: 'get', resource: 'configmaps' },
  { verb: 'create', resource: 'pods' },
  { verb: 'create', resource: 'pods', subresource: 'exec' },
  { verb: 'create', resource: 'pods', subresource: 'eviction' },
  { verb: 'create', resource: 'serviceaccounts', subresource: 'token' },
  { verb: 'delete', resource: 'pods' },
  { verb: 'patch', resource: 'deployments', group: 'apps' },
  { verb: 'patch', resource: 'deployments', group: 'apps', subresource: 'scale' },
  { verb: 'impersonate', resource: 'users' },
  { verb: 'create', resource: 'clusterrolebindings', group: 'rbac.authorization.k8s.io' },
]

/** The documented roles of each account. */
const ACCOUNTS = {
  'mcp-hello-server': ['mcp-vitals-cluster-reader', 'mcp-vitals-log-reader'],
  'mcp-vitals-exporter': ['mcp-vitals-cluster-watcher'],
} as const

describe.each(Object.keys(OVERLAYS) as Overlay[])('the overlay %s', (overlay) => {
  const namespace = OVERLAYS[overlay]
  beforeAll(() => {
    applyOverlay(cluster, overlay)
  })

  it.each(Object.entries(ACCOUNTS))('grants %s exactly the documented rights', (account, roles) => {
    const everybody = rulesOf(cluster.userToken('nobody'), namespace)
    const own = (rules: Iterable<string>) => [...rules].filter((rule) => !everybody.has(rule)).sort()
    const may = own(rulesOf(tokenOf(account, namespace), namespace))
    expect(may.length).toBeGreaterThan(20)
    expect(may).toEqual(own(documented(roles)))
  })

  it('denies every account Secrets, ConfigMaps, writes and impersonation', () => {
    const asked = FORBIDDEN.map(({ verb, resource, group = '', subresource = '' }) => ({
      resourceAttributes: { verb, resource, group, subresource },
    }))
    for (const account of Object.keys(ACCOUNTS)) {
      const answers = review<{ allowed: boolean }>(tokenOf(account, namespace), 'SelfSubjectAccessReview', [
        // One allowed action, so that the denials mean something.
        { resourceAttributes: { verb: 'list', resource: 'pods' } },
        ...asked,
      ])
      expect(answers.map(({ allowed }) => allowed)).toEqual([true, ...FORBIDDEN.map(() => false)])
    }
  })
})

describe('the remediation component', () => {
  it('adds exactly its documented rights to those of the server', () => {
    const namespace = OVERLAYS.dev
    applyOverlay(cluster, 'dev')
    const before = rulesOf(tokenOf('mcp-hello-server', namespace), namespace)
    cluster.kubectl(['apply', '--server-side', '--filename', 'k8s/components/remediation/remediator.yaml'])
    cluster.kubectl(['apply', '--server-side', '--filename', 'k8s/components/remediation/binding.yaml'])
    const after = rulesOf(tokenOf('mcp-hello-server', namespace), namespace)
    cluster.kubectl(['delete', '--filename', 'k8s/components/remediation/binding.yaml'])

    // Every account may review its own rights.
    const everybody = rulesOf(cluster.userToken('nobody'), namespace)
    const own = documented(['mcp-vitals-remediator']).filter((rule) => !everybody.has(rule))
    expect(own.length).toBeGreaterThan(5)
    expect([...after].filter((rule) => !before.has(rule)).sort()).toEqual(own)
  })
})

describe('the network policies', () => {
  it.each(['production-pull', 'production-push'] as const)(
    'allow exactly the documented connections in the overlay %s',
    (overlay) => {
      const { objects } = applyOverlay(cluster, overlay)
      const policies = ofKind(objects, 'NetworkPolicy')
      const ours = endpointsOf({ objects })
      const allowed = ways(policies, [...ours, ...OTHERS])
      const documentedWays = tableIn(DOCUMENT, '| from | to | port |').map((cells) => cells.join(' → '))
      expect(policies.length).toBeGreaterThan(3)
      // Connections between two foreign workloads are not listed.
      expect(allowed.sort()).toEqual(documentedWays.sort())
    },
  )

  it('allow more connections without the default-deny policy', () => {
    const { objects } = applyOverlay(cluster, 'production-pull')
    const policies = ofKind(objects, 'NetworkPolicy').filter(({ metadata }) => metadata?.name !== 'mcp-hello-server')
    const opened = policies.filter(({ metadata }) => metadata?.name !== 'default-deny')
    const ends = [...endpointsOf({ objects }), ...OTHERS]
    expect(ways(policies, ends).length).toBeLessThan(ways(opened, ends).length)
  })
})

const CLIENT = { 'mcp-vitals/client': 'true' }
const CLIENTS = { 'mcp-vitals/clients': 'allowed' }
const PROMETHEUS = { 'app.kubernetes.io/name': 'prometheus' }

/** Foreign endpoints: those that the document names, and others that look similar. */
const OTHERS: readonly Endpoint[] = [
  { name: 'client', namespace: 'agents', namespaceLabels: CLIENTS, labels: CLIENT },
  { name: 'pod of a namespace of clients', namespace: 'agents', namespaceLabels: CLIENTS, labels: {} },
  { name: 'client of another namespace', namespace: 'elsewhere', namespaceLabels: {}, labels: CLIENT },
  { name: 'client of our namespace', namespace: 'mcp', namespaceLabels: named('mcp'), labels: CLIENT },
  { name: 'Prometheus', namespace: 'monitoring', namespaceLabels: named('monitoring'), labels: PROMETHEUS },
  { name: 'pod of monitoring', namespace: 'monitoring', namespaceLabels: named('monitoring'), labels: {} },
  { name: 'Prometheus of another namespace', namespace: 'elsewhere', namespaceLabels: {}, labels: PROMETHEUS },
  {
    name: 'DNS',
    namespace: 'kube-system',
    namespaceLabels: named('kube-system'),
    labels: { 'k8s-app': 'kube-dns' },
  },
  { name: 'pod of kube-system', namespace: 'kube-system', namespaceLabels: named('kube-system'), labels: {} },
  { name: 'trace store', namespace: 'tracing', namespaceLabels: named('tracing'), labels: {} },
  { name: 'pod of our namespace', namespace: 'mcp', namespaceLabels: named('mcp'), labels: {} },
  { name: 'any address' },
]

function named(namespace: string) {
  return { 'kubernetes.io/metadata.name': namespace }
}

/** Every port that our workloads open or use, and one that none of them has. */
const PORTS: readonly Port[] = [
  ...[53, 443, 3000, 4317, 4318, 6443, 8080, 8888, 8889, 9090, 9465, 13133, 13134].map(
    (number): Port => ({ protocol: 'TCP', number }),
  ),
  { protocol: 'UDP', number: 53 },
]

function endpointsOf({ objects }: Pick<AppliedOverlay, 'objects'>): Endpoint[] {
  return workloadsIn(objects).map(({ name, namespace, pod }) => ({
    name,
    namespace,
    namespaceLabels: named(namespace),
    labels: pod.metadata?.labels ?? {},
    containers: pod.spec.containers,
  }))
}

/** Returns the allowed connections as the document lists them. Omits endpoints that `any address` already covers. */
function ways(policies: readonly NetworkPolicy[], ends: readonly Endpoint[]): string[] {
  const about = new Set(['mcp-hello-server', 'mcp-vitals-exporter', 'otel-gateway', 'pod of our namespace'])
  const pairs = ends.flatMap((from) =>
    ends.filter((to) => to !== from && (about.has(from.name) || about.has(to.name))).map((to) => ({ from, to })),
  )
  const found = pairs.flatMap(({ from, to }) =>
    PORTS.filter((port) => mayReach(policies, from, to, port)).map(({ number }) => ({ from, to, number })),
  )
  const toAnyAddress = (from: Endpoint, number: number) =>
    found.some((way) => way.from === from && way.to.name === 'any address' && way.number === number)
  const lines = found
    .filter(({ from, to, number }) => to.name === 'any address' || !toAnyAddress(from, number))
    .map(({ from, to, number }) => `${from.name} → ${to.name} → ${number}`)
  return [...new Set(lines)]
}

function tokenOf(account: string, namespace: string): string {
  return cluster.kubectl(['create', 'token', account, '--namespace', namespace]).trim()
}

/** Returns the documented rights, such as `get pods` or `patch deployments.apps/scale`. */
function documented(roles: readonly string[]): string[] {
  return tableIn(DOCUMENT, '| role | verbs | resources |')
    .map((cells) => cells.map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word)))
    .filter(([role = []]) => roles.includes(role[0] ?? ''))
    .flatMap(([, verbs = [], resources = []]) =>
      verbs.flatMap((verb) => resources.map((resource) => `${verb} ${resource}`)),
    )
    .sort()
}

interface ResourceRule {
  readonly verbs: readonly string[]
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
}

interface Rules {
  readonly resourceRules?: readonly ResourceRule[]
  readonly incomplete: boolean
}

/** Returns every right that the API reports for the holder of a token. */
function rulesOf(token: string, namespace: string): Set<string> {
  const [told] = review<Rules>(token, 'SelfSubjectRulesReview', [{ namespace }])
  const { resourceRules: rules = [], incomplete } = told ?? { incomplete: true }
  if (incomplete) throw new Error('the API does not say all that this account may do')
  return new Set(
    rules.flatMap(({ verbs, apiGroups = [], resources = [] }) =>
      verbs.flatMap((verb) =>
        apiGroups.flatMap((group) =>
          resources.map((resource) => {
            const [name, subresource] = resource.split('/')
            return `${verb} ${name}${group && `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`
          }),
        ),
      ),
    ),
  )
}

/** Creates reviews as the holder of the token. Skips validation, for which kubectl would need more rights. */
function review<Status>(token: string, kind: string, specs: readonly object[]): Status[] {
  const items = specs.map((spec) => ({ apiVersion: 'authorization.k8s.io/v1', kind, spec }))
  const output = 'jsonpath={.status}{"\\n"}'
  const told = cluster.kubectl(['create', '--validate=false', '--output', output, '--filename', '-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
    kubeconfig: cluster.kubeconfigFor(token),
  })
  return told.split('\n').flatMap((line) => (line === '' ? [] : (JSON.parse(line) as Status)))
}
