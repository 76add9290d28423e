// Remediation on a real API server, by an account that has our roles and no other right. There is no controller: what one would do to a
// Deployment's status, the test does.

import { describe, expect, test } from 'vitest'
import type { RemediationRequest } from '../../src/server/kubernetes/remediation/plan.ts'
import { MERGE } from '../support/cluster/patch-forms.ts'
import {
  DEPLOYMENT,
  LABELS,
  NAMESPACE,
  POD,
  useRemediatedDeployment,
  WEB,
} from '../support/cluster/remediated-deployment.ts'
import { toolErrorOf } from '../support/cluster/tool-error-of.ts'
import { waitFor } from '../support/programs/wait-for.ts'

const { admin, apiOf, remediatorOf, setStatus } = useRemediatedDeployment()

const REQUESTS: readonly RemediationRequest[] = [
  { action: 'restart', target: DEPLOYMENT },
  { action: 'scale', target: DEPLOYMENT, replicas: 3 },
  { action: 'rollback', target: DEPLOYMENT },
  { action: 'delete_pod', target: POD },
]
const outcome = (action: string, of: string) => `mcp_remediation_actions_total{action="${action}",outcome="${of}"}`

test.each(REQUESTS)('the dry run of $action changes nothing', async (request) => {
  const { remediator, series } = remediatorOf('remediator')
  const versions = async () =>
    [
      ...(await admin().listAll('deployments', { namespace: NAMESPACE })),
      ...(await admin().listAll('replicasets', { namespace: NAMESPACE })),
      ...(await admin().listAll('pods', { namespace: NAMESPACE })),
    ].map(({ metadata }) => [metadata?.name, metadata?.resourceVersion, metadata?.deletionTimestamp])
  const before = await versions()

  const { confirmation, differences } = await remediator.plan(request)

  expect(confirmation).toHaveLength(48)
  expect(differences.shown).toHaveLength(request.action === 'delete_pod' ? 0 : 1)
  expect(JSON.stringify(differences)).not.toContain('canary')
  expect(await versions()).toEqual(before)
  expect(await series.nonZero('mcp_remediation_actions_total')).toEqual({ [outcome(request.action, 'planned')]: 1 })
})

test.each(REQUESTS)('an account without the right to $action is told so, before any write', async (request) => {
  const { remediator, series } = remediatorOf('reader')

  const error = await toolErrorOf(remediator.plan(request))

  expect(error.kind).toBe('forbidden')
  const operations = Object.keys(await series.nonZero('mcp_kubernetes_operations_total'))
  expect(operations.filter((name) => !/operation="(get|list|review)"/.test(name))).toEqual([])
  expect(await series.nonZero('mcp_remediation_actions_total')).toEqual({ [outcome(request.action, 'refused')]: 1 })
})

test.each(REQUESTS)('of an object that has changed since, $action is refused, and nothing is done', async (request) => {
  const { remediator, series } = remediatorOf('remediator')
  const { confirmation } = await remediator.plan(request)
  const annotations = { somebody: 'else' }
  if (request.target.kind === 'Pod') {
    await admin().apis.core.patchNamespacedPod({ ...POD, body: { metadata: { annotations } } }, MERGE)
  } else await admin().apis.apps.patchNamespacedDeployment({ ...WEB, body: { metadata: { annotations } } }, MERGE)
  const before = await admin().get('deployments', WEB)

  const error = await toolErrorOf(remediator.apply(request, confirmation))

  expect(error).toMatchObject({ kind: 'refused', message: expect.stringContaining('has changed') })
  expect((await admin().get('deployments', WEB)).metadata?.resourceVersion).toBe(before.metadata?.resourceVersion)
  expect((await admin().get('pods', POD)).metadata?.deletionTimestamp).toBeUndefined()
  expect(await series.nonZero('mcp_remediation_actions_total')).toEqual({
    [outcome(request.action, 'planned')]: 1,
    [outcome(request.action, 'refused')]: 1,
  })
})

describe('the API itself refuses a write for another version with 409', () => {
  const old = { ...WEB, resourceVersion: '1' }
  test('of a template', async () => {
    const api = apiOf('remediator')
    const steps = [{ op: 'add', path: '/spec/replicas', value: 7 }] as const
    expect((await toolErrorOf(api.write.patch('deployments', old, steps, { dryRun: false }))).kind).toBe('conflict')
  })
  test('of a scale', async () => {
    const api = apiOf('remediator')
    expect((await toolErrorOf(api.write.scale('deployments', old, 7, { dryRun: false }))).kind).toBe('conflict')
  })
  test.each(['uid', 'resourceVersion'] as const)('of a pod with another %s', async (field) => {
    const api = apiOf('remediator')
    const { metadata } = await admin().get('pods', POD)
    const { uid = '', resourceVersion = '' } = metadata ?? {}
    const other = { ...POD, uid, resourceVersion, [field]: field === 'uid' ? crypto.randomUUID() : '1' }
    expect((await toolErrorOf(api.write.evict(other, { dryRun: false }))).kind).toBe('conflict')
    expect((await admin().get('pods', POD)).metadata?.deletionTimestamp).toBeUndefined()
  })
})

test.each(REQUESTS.slice(0, 3))(
  '$action is applied, verified once the Deployment is whole, and counted once',
  async (request) => {
    const { remediator, series } = remediatorOf('remediator')
    const { metadata: before } = await admin().get('deployments', WEB)
    const { confirmation } = await remediator.plan(request)

    const applying = remediator.apply(request, confirmation)
    await waitFor(
      async () => (await admin().get('deployments', WEB)).metadata?.generation !== before?.generation,
      5_000,
      'the change',
    )
    await setStatus(request.replicas ?? 1)

    expect(await applying).toEqual({ verified: true, issues: [] })
    const { spec } = await admin().get('deployments', WEB)
    if (request.action === 'scale') expect(spec?.replicas).toBe(3)
    if (request.action === 'rollback') expect(spec?.template.spec?.containers[0]?.image).toBe('registry.example/web:1')
    if (request.action === 'restart') {
      expect(spec?.template.metadata?.annotations).toHaveProperty('kubectl.kubernetes.io/restartedAt')
    }
    expect(await series.nonZero('mcp_remediation_actions_total')).toEqual({
      [outcome(request.action, 'planned')]: 1,
      [outcome(request.action, 'applied')]: 1,
      [outcome(request.action, 'verified')]: 1,
    })
  },
)

test('what its controller never brings about has failed', async () => {
  const { remediator, series } = remediatorOf('remediator')
  const request: RemediationRequest = { action: 'restart', target: DEPLOYMENT }
  const { confirmation } = await remediator.plan(request)

  const seen = await remediator.apply(request, confirmation)

  expect(seen).toMatchObject({ verified: false, missing: expect.stringContaining('has not seen the change') })
  expect(await series.nonZero('mcp_remediation_actions_total')).toMatchObject({
    [outcome('restart', 'applied')]: 1,
    [outcome('restart', 'failed')]: 1,
  })
})

describe('an eviction', () => {
  const budget = async (disruptionsAllowed: number) => {
    const { policy } = admin().apis
    await policy.createNamespacedPodDisruptionBudget({
      namespace: NAMESPACE,
      body: { metadata: { name: 'web' }, spec: { minAvailable: 1, selector: { matchLabels: LABELS } } },
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
    expect((await admin().get('pods', POD)).metadata?.deletionTimestamp).toBeUndefined()
    expect(await series.nonZero('mcp_remediation_actions_total')).toEqual({ [outcome('delete_pod', 'refused')]: 1 })
  })

  test('that it allows takes the pod away', async () => {
    await budget(1)
    const { remediator } = remediatorOf('remediator')
    const { confirmation } = await remediator.plan(request)

    const applying = remediator.apply(request, confirmation)

    // It was never bound to a node, so no kubelet has to end it.
    await waitFor(async () => (await admin().listAll('pods', { namespace: NAMESPACE })).length === 0, 5_000, 'the end')
    expect(await applying).toMatchObject({ verified: true })
  })
})
