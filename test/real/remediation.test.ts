// Tests remediation on a real API server, under an account that has only the shipped roles.
// No controller runs, so the tests write the status of the Deployment.
import { describe, expect, it } from 'vitest'
import type { RemediationRequest } from '../../src/server/kubernetes/remediation/plan.ts'
import { listAll } from '../support/cluster/admin-client.ts'
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

const { admin, apiOf, client, remediatorOf, setStatus } = useRemediatedDeployment()

const REQUESTS: readonly RemediationRequest[] = [
  { action: 'restart', target: DEPLOYMENT },
  { action: 'scale', target: DEPLOYMENT, replicas: 3 },
  { action: 'rollback', target: DEPLOYMENT },
  { action: 'delete_pod', target: POD },
]
const outcome = (action: string, of: string) => `mcp_remediation_actions_total{action="${action}",outcome="${of}"}`

describe('the remediator', () => {
  it.each(REQUESTS)(
    'plans $action as a dry run that changes nothing, shows no secret, and counts once',
    async (request) => {
      const { remediator, series } = remediatorOf('remediator')
      const versions = async () =>
        [
          ...(await listAll(admin(), 'deployments', { namespace: NAMESPACE })),
          ...(await listAll(admin(), 'replicasets', { namespace: NAMESPACE })),
          ...(await listAll(admin(), 'pods', { namespace: NAMESPACE })),
        ].map(({ metadata }) => [metadata?.name, metadata?.resourceVersion, metadata?.deletionTimestamp])
      const before = await versions()

      const { confirmation, differences } = await remediator.plan(request)

      expect(confirmation).toHaveLength(48)
      expect(differences.shown).toHaveLength(request.action === 'delete_pod' ? 0 : 1)
      expect(JSON.stringify(differences)).not.toContain('canary')
      expect(await versions()).toEqual(before)
      expect(await series.nonZero('mcp_remediation_actions_total')).toEqual({ [outcome(request.action, 'planned')]: 1 })
    },
  )

  it.each(REQUESTS)('refuses $action before any write when the account lacks the right', async (request) => {
    const { remediator, series } = remediatorOf('reader')

    const error = await toolErrorOf(remediator.plan(request))

    expect(error.kind).toBe('forbidden')
    const operations = Object.keys(await series.nonZero('mcp_kubernetes_operations_total'))
    expect(operations.filter((name) => !/operation="(get|list|review)"/.test(name))).toEqual([])
    expect(await series.nonZero('mcp_remediation_actions_total')).toEqual({ [outcome(request.action, 'refused')]: 1 })
  })

  it.each(REQUESTS)(
    'refuses $action and changes nothing when the object has changed since the plan',
    async (request) => {
      const { remediator, series } = remediatorOf('remediator')
      const { confirmation } = await remediator.plan(request)
      const annotations = { somebody: 'else' }
      if (request.target.kind === 'Pod') {
        await client().core.patchNamespacedPod({ ...POD, body: { metadata: { annotations } } }, MERGE)
      } else await client().apps.patchNamespacedDeployment({ ...WEB, body: { metadata: { annotations } } }, MERGE)
      const before = await admin().get('deployments', WEB)

      const error = await toolErrorOf(remediator.apply(request, confirmation))

      expect(error).toMatchObject({ kind: 'refused', message: expect.stringContaining('has changed') })
      expect((await admin().get('deployments', WEB)).metadata?.resourceVersion).toBe(before.metadata?.resourceVersion)
      expect((await admin().get('pods', POD)).metadata?.deletionTimestamp).toBeUndefined()
      expect(await series.nonZero('mcp_remediation_actions_total')).toEqual({
        [outcome(request.action, 'planned')]: 1,
        [outcome(request.action, 'refused')]: 1,
      })
    },
  )

  it.each(REQUESTS.slice(0, 3))(
    'applies $action, verifies it once the Deployment is complete, and counts each step once',
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
      if (request.action === 'rollback')
        expect(spec?.template.spec?.containers[0]?.image).toBe('registry.example/web:1')
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

  it('applies a restart, and reports it as failed when no controller acts on it', async () => {
    const { remediator, series } = remediatorOf('remediator')
    const request: RemediationRequest = { action: 'restart', target: DEPLOYMENT }
    const { confirmation } = await remediator.plan(request)

    const seen = await remediator.apply(request, confirmation)

    expect(seen).toMatchObject({ verified: false, missing: expect.stringContaining('has not processed the change') })
    expect(await series.nonZero('mcp_remediation_actions_total')).toMatchObject({
      [outcome('restart', 'applied')]: 1,
      [outcome('restart', 'failed')]: 1,
    })
  })

  describe('with a disruption budget', () => {
    const budget = async (disruptionsAllowed: number) => {
      const { policy } = client()
      await policy.createNamespacedPodDisruptionBudget({
        namespace: NAMESPACE,
        body: { metadata: { name: 'web' }, spec: { minAvailable: 1, selector: { matchLabels: LABELS } } },
      })
      const counts = { currentHealthy: 1, desiredHealthy: 1 - disruptionsAllowed, expectedPods: 1 }
      const status = { disruptionsAllowed, observedGeneration: 1, ...counts }
      await policy.patchNamespacedPodDisruptionBudgetStatus({ ...WEB, body: { status } }, MERGE)
    }
    const request: RemediationRequest = { action: 'delete_pod', target: POD }

    it('refuses an eviction that the budget forbids, and keeps the pod', async () => {
      await budget(0)
      const { remediator, series } = remediatorOf('remediator')

      const error = await toolErrorOf(remediator.plan(request))

      expect(error).toMatchObject({ kind: 'refused', message: expect.stringContaining('disruption budget') })
      expect((await admin().get('pods', POD)).metadata?.deletionTimestamp).toBeUndefined()
      expect(await series.nonZero('mcp_remediation_actions_total')).toEqual({ [outcome('delete_pod', 'refused')]: 1 })
    })

    it('evicts the pod when the budget allows it, and verifies the eviction', async () => {
      await budget(1)
      const { remediator } = remediatorOf('remediator')
      const { confirmation } = await remediator.plan(request)

      const applying = remediator.apply(request, confirmation)

      // The pod was never bound to a node, so no kubelet needs to stop it.
      await waitFor(
        async () => (await listAll(admin(), 'pods', { namespace: NAMESPACE })).length === 0,
        5_000,
        'the end',
      )
      expect(await applying).toMatchObject({ verified: true })
    })
  })
})

describe('the API server', () => {
  const old = { ...WEB, resourceVersion: '1' }
  it('rejects a patch of a Deployment for another version as a conflict', async () => {
    const api = apiOf('remediator')
    const steps = [{ op: 'add', path: '/spec/replicas', value: 7 }] as const
    expect((await toolErrorOf(api.write.patch('deployments', old, steps, { dryRun: false }))).kind).toBe('conflict')
  })
  it('rejects a scale for another version as a conflict', async () => {
    const api = apiOf('remediator')
    expect((await toolErrorOf(api.write.scale('deployments', old, 7, { dryRun: false }))).kind).toBe('conflict')
  })
  it.each(['uid', 'resourceVersion'] as const)(
    'rejects the eviction of a pod with another %s as a conflict, and keeps the pod',
    async (field) => {
      const api = apiOf('remediator')
      const { metadata } = await admin().get('pods', POD)
      const { uid = '', resourceVersion = '' } = metadata ?? {}
      const other = { ...POD, uid, resourceVersion, [field]: field === 'uid' ? crypto.randomUUID() : '1' }
      expect((await toolErrorOf(api.write.evict(other, { dryRun: false }))).kind).toBe('conflict')
      expect((await admin().get('pods', POD)).metadata?.deletionTimestamp).toBeUndefined()
    },
  )
})
