// Remediation on a real API server, by an account that has our roles and no other right. There is no controller: what one would do to a
// Deployment's status, the test does.

import { readFileSync } from 'node:fs'
import type { V1Deployment, V1Pod, V1ReplicaSet } from '@kubernetes/client-node'
import { KubeConfig, setHeaderOptions } from '@kubernetes/client-node'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import type { ClusterApi } from '../../src/server/kubernetes/cluster-api.ts'
import { createClusterApi } from '../../src/server/kubernetes/cluster-api.ts'
import { namespaceScope } from '../../src/server/kubernetes/namespace-scope.ts'
import { permissionFrom, remediationPolicy } from '../../src/server/kubernetes/remediation/permission.ts'
import type { RemediationRequest } from '../../src/server/kubernetes/remediation/plan.ts'
import type { Remediator } from '../../src/server/kubernetes/remediation/remediate.ts'
import { createRemediator } from '../../src/server/kubernetes/remediation/remediate.ts'
import type { KubeApiServer } from '../support/kube-apiserver.ts'
import { startKubeApiServer } from '../support/kube-apiserver.ts'
import { recordSeries } from '../support/recorded-series.ts'
import { toolErrorOf } from '../support/tool-error-of.ts'
import { waitFor } from '../support/wait-for.ts'

const NAMESPACE = 'shop'
const MERGE = setHeaderOptions('Content-Type', 'application/merge-patch+json') as never
const REVISION = 'deployment.kubernetes.io/revision'
const WEB = { namespace: NAMESPACE, name: 'web' }
const TARGET: RemediationRequest['target'] = { kind: 'Deployment', ...WEB }

let cluster: KubeApiServer
/** The administrator's. */
let admin: ClusterApi
const opened: ClusterApi[] = []

function apiOf(token: string): ClusterApi {
  const config = new KubeConfig()
  config.loadFromFile(cluster.kubeconfigFor(token))
  const api = createClusterApi(config)
  opened.push(api)
  return api
}

beforeAll(async () => {
  cluster = await startKubeApiServer({ parts: inject('parts'), users: { remediator: [], reader: [] } })
  admin = apiOf(cluster.token)
  for (const file of ['cluster-tools/cluster-reader', 'cluster-tools/log-reader', 'remediation/remediator']) {
    cluster.kubectl(['apply', '--server-side', '--filename', '-'], {
      input: readFileSync(`k8s/components/${file}.yaml`, 'utf8'),
    })
  }
  const bind = (user: string, role: string) =>
    cluster.kubectl(['create', 'clusterrolebinding', `${user}-${role}`, `--clusterrole=${role}`, `--user=${user}`])
  for (const user of ['remediator', 'reader']) bind(user, 'mcp-vitals-cluster-reader')
  bind('remediator', 'mcp-vitals-remediator')
  await admin.apis.core.createNamespace({ body: { metadata: { name: NAMESPACE } } })
})
afterAll(async () => {
  for (const api of opened) await api.close()
  await cluster?.stop()
})

const labels = { app: 'web' }
const template = (image: string) => ({
  metadata: { labels },
  spec: { containers: [{ name: 'web', image, env: [{ name: 'TOKEN', value: 'canary' }] }] },
})

/** A Deployment at its second revision, with the ReplicaSet of the first, and one pod. */
beforeEach(async () => {
  const { apps, core, policy } = admin.apis
  const before = { namespace: NAMESPACE }
  await apps.deleteCollectionNamespacedDeployment(before)
  await apps.deleteCollectionNamespacedReplicaSet(before)
  await policy.deleteCollectionNamespacedPodDisruptionBudget(before)
  await core.deleteCollectionNamespacedPod({ ...before, gracePeriodSeconds: 0 })
  const deployment = await apps.createNamespacedDeployment({
    namespace: NAMESPACE,
    body: {
      metadata: { name: 'web', annotations: { [REVISION]: '2' } },
      spec: { replicas: 1, selector: { matchLabels: labels }, template: template('registry.example/web:2') },
    } satisfies V1Deployment,
  })
  const owner = ownerOf('Deployment', deployment)
  const sets: V1ReplicaSet[] = []
  for (const [revision, replicas] of [
    ['1', 0],
    ['2', 1],
  ] as const) {
    sets.push(
      await apps.createNamespacedReplicaSet({
        namespace: NAMESPACE,
        body: {
          metadata: {
            name: `web-${revision}`,
            annotations: { [REVISION]: revision },
            ownerReferences: [owner],
            labels,
          },
          spec: { replicas, selector: { matchLabels: labels }, template: template(`registry.example/web:${revision}`) },
        },
      }),
    )
  }
  await core.createNamespacedPod({
    namespace: NAMESPACE,
    body: {
      metadata: { name: 'web-2-abc', labels, ownerReferences: [ownerOf('ReplicaSet', sets[1])] },
      spec: template('registry.example/web:2').spec,
    } satisfies V1Pod,
  })
  await setStatus(1)
})

function ownerOf(kind: string, object: { metadata?: { name?: string; uid?: string } } | undefined) {
  const { name = '', uid = '' } = object?.metadata ?? {}
  return { apiVersion: 'apps/v1', kind, name, uid, controller: true }
}

/** What the Deployment's controller writes once all pods are there. */
async function setStatus(replicas: number): Promise<void> {
  const { metadata } = await admin.get('deployments', WEB)
  const counts = { replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas }
  const status = { observedGeneration: metadata?.generation, ...counts }
  await admin.apis.apps.patchNamespacedDeploymentStatus({ ...WEB, body: { status } }, MERGE)
  const running = {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [
      { name: 'web', ready: true, restartCount: 0, image: 'web', imageID: 'x', state: { running: {} }, started: true },
    ],
  }
  for (const pod of await admin.listAll('pods', { namespace: NAMESPACE })) {
    const at = { namespace: NAMESPACE, name: pod.metadata?.name ?? '' }
    await admin.apis.core.patchNamespacedPodStatus({ ...at, body: { status: running } }, MERGE)
  }
}

/** What was recorded since, without what is still at 0. */
async function recorded(series: ReturnType<typeof recordSeries>, name: string): Promise<Record<string, number>> {
  return Object.fromEntries([...(await series.all())].filter(([key, value]) => key.startsWith(name) && value > 0))
}

function remediatorOf(user: string): { remediator: Remediator; series: ReturnType<typeof recordSeries> } {
  const series = recordSeries()
  const remediator = createRemediator({
    api: apiOf(cluster.userToken(user)),
    scope: namespaceScope(),
    policy: remediationPolicy([permissionFrom('*@*')]),
    now: Date.now,
    verifyMs: 5_000,
    settleMs: 300,
    pollMs: 100,
  })
  return { remediator, series }
}

const POD: RemediationRequest['target'] = { kind: 'Pod', namespace: NAMESPACE, name: 'web-2-abc' }
const REQUESTS: readonly RemediationRequest[] = [
  { action: 'restart', target: TARGET },
  { action: 'scale', target: TARGET, replicas: 3 },
  { action: 'rollback', target: TARGET },
  { action: 'delete_pod', target: POD },
]
const outcome = (action: string, of: string) => `mcp_remediation_actions_total{action="${action}",outcome="${of}"}`

test.each(REQUESTS)('the dry run of $action changes nothing', async (request) => {
  const { remediator, series } = remediatorOf('remediator')
  const versions = async () =>
    [
      ...(await admin.listAll('deployments', { namespace: NAMESPACE })),
      ...(await admin.listAll('replicasets', { namespace: NAMESPACE })),
      ...(await admin.listAll('pods', { namespace: NAMESPACE })),
    ].map(({ metadata }) => [metadata?.name, metadata?.resourceVersion, metadata?.deletionTimestamp])
  const before = await versions()

  const { confirmation, differences } = await remediator.plan(request)

  expect(confirmation).toHaveLength(48)
  expect(differences.shown).toHaveLength(request.action === 'delete_pod' ? 0 : 1)
  expect(JSON.stringify(differences)).not.toContain('canary')
  expect(await versions()).toEqual(before)
  expect(await recorded(series, 'mcp_remediation_actions_total')).toEqual({ [outcome(request.action, 'planned')]: 1 })
})

test.each(REQUESTS)('an account without the right to $action is told so, before any write', async (request) => {
  const { remediator, series } = remediatorOf('reader')

  const error = await toolErrorOf(remediator.plan(request))

  expect(error.kind).toBe('forbidden')
  const operations = Object.keys(await recorded(series, 'mcp_kubernetes_operations_total'))
  expect(operations.filter((name) => !/operation="(get|list|review)"/.test(name))).toEqual([])
  expect(await recorded(series, 'mcp_remediation_actions_total')).toEqual({ [outcome(request.action, 'refused')]: 1 })
})

test.each(REQUESTS)('of an object that has changed since, $action is refused, and nothing is done', async (request) => {
  const { remediator, series } = remediatorOf('remediator')
  const { confirmation } = await remediator.plan(request)
  const annotations = { somebody: 'else' }
  if (request.target.kind === 'Pod') {
    await admin.apis.core.patchNamespacedPod({ ...POD, body: { metadata: { annotations } } }, MERGE)
  } else await admin.apis.apps.patchNamespacedDeployment({ ...WEB, body: { metadata: { annotations } } }, MERGE)
  const before = await admin.get('deployments', WEB)

  const error = await toolErrorOf(remediator.apply(request, confirmation))

  expect(error).toMatchObject({ kind: 'refused', message: expect.stringContaining('has changed') })
  expect((await admin.get('deployments', WEB)).metadata?.resourceVersion).toBe(before.metadata?.resourceVersion)
  expect((await admin.get('pods', POD)).metadata?.deletionTimestamp).toBeUndefined()
  expect(await recorded(series, 'mcp_remediation_actions_total')).toEqual({
    [outcome(request.action, 'planned')]: 1,
    [outcome(request.action, 'refused')]: 1,
  })
})

describe('the API itself refuses a write for another version with 409', () => {
  const old = { ...WEB, resourceVersion: '1' }
  test('of a template', async () => {
    const api = apiOf(cluster.userToken('remediator'))
    const steps = [{ op: 'add', path: '/spec/replicas', value: 7 }] as const
    expect((await toolErrorOf(api.write.patch('deployments', old, steps, { dryRun: false }))).kind).toBe('conflict')
  })
  test('of a scale', async () => {
    const api = apiOf(cluster.userToken('remediator'))
    expect((await toolErrorOf(api.write.scale('deployments', old, 7, { dryRun: false }))).kind).toBe('conflict')
  })
  test.each(['uid', 'resourceVersion'] as const)('of a pod with another %s', async (field) => {
    const api = apiOf(cluster.userToken('remediator'))
    const { metadata } = await admin.get('pods', POD)
    const { uid = '', resourceVersion = '' } = metadata ?? {}
    const other = { ...POD, uid, resourceVersion, [field]: field === 'uid' ? crypto.randomUUID() : '1' }
    expect((await toolErrorOf(api.write.evict(other, { dryRun: false }))).kind).toBe('conflict')
    expect((await admin.get('pods', POD)).metadata?.deletionTimestamp).toBeUndefined()
  })
})

test.each(REQUESTS.slice(0, 3))(
  '$action is applied, verified once the Deployment is whole, and counted once',
  async (request) => {
    const { remediator, series } = remediatorOf('remediator')
    const { metadata: before } = await admin.get('deployments', WEB)
    const { confirmation } = await remediator.plan(request)

    const applying = remediator.apply(request, confirmation)
    await waitFor(
      async () => (await admin.get('deployments', WEB)).metadata?.generation !== before?.generation,
      5_000,
      'the change',
    )
    await setStatus(request.replicas ?? 1)

    expect(await applying).toEqual({ verified: true, issues: [] })
    const { spec } = await admin.get('deployments', WEB)
    if (request.action === 'scale') expect(spec?.replicas).toBe(3)
    if (request.action === 'rollback') expect(spec?.template.spec?.containers[0]?.image).toBe('registry.example/web:1')
    if (request.action === 'restart') {
      expect(spec?.template.metadata?.annotations).toHaveProperty('kubectl.kubernetes.io/restartedAt')
    }
    expect(await recorded(series, 'mcp_remediation_actions_total')).toEqual({
      [outcome(request.action, 'planned')]: 1,
      [outcome(request.action, 'applied')]: 1,
      [outcome(request.action, 'verified')]: 1,
    })
  },
)

test('what its controller never brings about has failed', async () => {
  const { remediator, series } = remediatorOf('remediator')
  const request: RemediationRequest = { action: 'restart', target: TARGET }
  const { confirmation } = await remediator.plan(request)

  const seen = await remediator.apply(request, confirmation)

  expect(seen).toMatchObject({ verified: false, missing: expect.stringContaining('has not seen the change') })
  expect(await recorded(series, 'mcp_remediation_actions_total')).toMatchObject({
    [outcome('restart', 'applied')]: 1,
    [outcome('restart', 'failed')]: 1,
  })
})

describe('an eviction', () => {
  const budget = async (disruptionsAllowed: number) => {
    const { policy } = admin.apis
    await policy.createNamespacedPodDisruptionBudget({
      namespace: NAMESPACE,
      body: { metadata: { name: 'web' }, spec: { minAvailable: 1, selector: { matchLabels: labels } } },
    })
    const counts = { currentHealthy: 1, desiredHealthy: 1 - disruptionsAllowed, expectedPods: 1 }
    const status = { disruptionsAllowed, observedGeneration: 1, ...counts }
    await policy.patchNamespacedPodDisruptionBudgetStatus({ ...WEB, body: { status } }, MERGE)
  }
  const request: RemediationRequest = { action: 'delete_pod', target: POD }

  test('that a budget forbids is refused, and the pod stays', async () => {
    await budget(0)
    const { remediator, series } = remediatorOf('remediator')

    const error = await toolErrorOf(remediator.plan(request))

    expect(error).toMatchObject({ kind: 'refused', message: expect.stringContaining('disruption budget') })
    expect((await admin.get('pods', POD)).metadata?.deletionTimestamp).toBeUndefined()
    expect(await recorded(series, 'mcp_remediation_actions_total')).toEqual({ [outcome('delete_pod', 'refused')]: 1 })
  })

  test('that it allows takes the pod away', async () => {
    await budget(1)
    const { remediator } = remediatorOf('remediator')
    const { confirmation } = await remediator.plan(request)

    const applying = remediator.apply(request, confirmation)

    // It was never bound to a node, so no kubelet has to end it.
    await waitFor(async () => (await admin.listAll('pods', { namespace: NAMESPACE })).length === 0, 5_000, 'the end')
    expect(await applying).toMatchObject({ verified: true })
  })
})
