import { describe, expect, test } from 'vitest'
import type { RemediationRequest } from '../../../../../src/server/kubernetes/remediation/plan.ts'
import { DEFAULT_ACCESS } from '../../../../../src/server/simulated/access-rules.ts'
import { SHOP } from '../../../../../src/server/simulated/scenarios/shop.ts'
import { CART, startRemediator, WEB } from '../../../../support/cluster/start-remediator.ts'
import { toolErrorOf } from '../../../../support/cluster/tool-error-of.ts'

describe('a plan', () => {
  test('changes nothing, tells what would change, and what is wrong now', async () => {
    const { plan, deployment, outcomes } = await startRemediator()
    const before = await deployment('cart')

    const planned = await plan({ action: 'rollback', target: CART })

    expect(planned.effect).toMatch(/from revision 2 back to the template of revision 1/)
    expect(planned.differences.shown).toContainEqual({
      path: 'spec.template.spec.containers[name=cart].image',
      from: 'registry.shop.example/cart:2.5.0',
      to: 'registry.shop.example/cart:2.4.0',
    })
    expect(planned.issues).toContain('crash_loop')
    expect(planned.confirmation).toMatch(/^[0-9a-f]{48}$/)
    const after = await deployment('cart')
    expect(after.spec).toEqual(before.spec)
    expect(await outcomes('rollback')).toEqual({ planned: 1 })
  })
})

describe('a plan is refused', () => {
  test.each<[string, string[], RemediationRequest, RegExp]>([
    ['where the action is not allowed', ['restart@*'], { action: 'rollback', target: CART }, /it is nowhere/],
    ['in a namespace where it is not allowed', ['restart@data'], { action: 'restart', target: CART }, /only in data/],
    [
      'in a protected namespace, whatever is allowed',
      ['*@*'],
      { action: 'restart', target: { kind: 'Deployment', namespace: 'kube-system', name: 'coredns' } },
      /protected/,
    ],
    ['where nothing would change', ['*@*'], { action: 'scale', target: WEB, replicas: 3 }, /has 3 replicas already/],
    ['for a revision that is not there', ['*@*'], { action: 'rollback', target: CART, revision: 7 }, /there are 1\./],
    ['where there is none to go back to', ['*@*'], { action: 'rollback', target: WEB }, /none to go back to/],
  ])('%s', async (_, allowed, request, reason) => {
    const { plan, outcomes } = await startRemediator(allowed)

    const error = await toolErrorOf(plan(request))

    expect(error.kind).toBe('refused')
    expect(error.message).toMatch(reason)
    expect(await outcomes(request.action)).toEqual({ refused: 1 })
  })

  test('for an object that is not there', async () => {
    const { plan, outcomes } = await startRemediator()

    const error = await toolErrorOf(plan({ action: 'restart', target: { ...CART, name: 'nothing' } }))

    expect(error.kind).toBe('not_found')
    expect(await outcomes('restart')).toEqual({ refused: 1 })
  })

  test('for a pod that nothing would make anew', async () => {
    const { plan, cluster } = await startRemediator()
    const web = cluster.store.list('pods', 'shop').find(({ metadata }) => metadata.name.startsWith('web-'))
    const { ownerReferences: _, ...metadata } = { ...web?.metadata, ownerReferences: [] }
    cluster.store.create('pods', { ...web, metadata: { ...metadata, name: 'alone', labels: {} } } as never)

    const error = await toolErrorOf(
      plan({ action: 'delete_pod', target: { kind: 'Pod', namespace: 'shop', name: 'alone' } }),
    )

    expect(error).toMatchObject({ kind: 'refused', message: expect.stringContaining('belongs to no workload') })
  })

  test('where an autoscaler would set the replicas back', async () => {
    const { plan, cluster } = await startRemediator()
    cluster.store.create('horizontalpodautoscalers', {
      metadata: { name: 'web', namespace: 'shop' },
      spec: { maxReplicas: 5, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
    } as never)

    const error = await toolErrorOf(plan({ action: 'scale', target: WEB, replicas: 4 }))

    expect(error).toMatchObject({ kind: 'refused', message: expect.stringContaining('autoscaler "web"') })
  })

  test('where the autoscaler is on a later page of their list', async () => {
    const { plan, cluster } = await startRemediator()
    for (let count = 0; count <= 500; count += 1) {
      const name = count === 500 ? 'web' : `another-${String(count).padStart(3, '0')}`
      cluster.store.create('horizontalpodautoscalers', {
        metadata: { name, namespace: 'shop' },
        spec: { maxReplicas: 5, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name } },
      } as never)
    }

    const error = await toolErrorOf(plan({ action: 'scale', target: WEB, replicas: 4 }))

    expect(error).toMatchObject({ kind: 'refused', message: expect.stringContaining('autoscaler "web"') })
  })

  test('by the cluster’s roles, before anything is tried', async () => {
    const access = DEFAULT_ACCESS.filter(({ verbs }) => !verbs.includes('patch'))
    const { plan, outcomes, series } = await startRemediator(['*@*'], { scenario: { ...SHOP, access } })

    const error = await toolErrorOf(plan({ action: 'restart', target: CART }))

    expect(error).toMatchObject({ kind: 'forbidden', message: expect.stringContaining('patch deployments') })
    expect(await outcomes('restart')).toEqual({ refused: 1 })
    const names = [...(await series.all()).keys()].filter((name) => name.startsWith('mcp_kubernetes_operations_total'))
    expect(names.filter((name) => !/operation="(get|list|review)"/.test(name))).toEqual([])
  })

  test('by a disruption budget', async () => {
    const { plan, cluster, outcomes } = await startRemediator()
    const pods = () =>
      cluster.store.list('pods', 'payments').filter(({ metadata }) => metadata.name.startsWith('payment-api'))
    const [first, second] = pods().map(({ metadata }) => metadata.name)
    const evict = (name = '') => plan({ action: 'delete_pod', target: { kind: 'Pod', namespace: 'payments', name } })
    await evict(first)
    const [budget] = cluster.store.list('poddisruptionbudgets', 'payments')
    cluster.store.update('poddisruptionbudgets', { ...budget, spec: { ...budget?.spec, minAvailable: 2 } } as never)
    await expect
      .poll(() => cluster.store.list('poddisruptionbudgets', 'payments')[0]?.status?.disruptionsAllowed)
      .toBe(0)

    const error = await toolErrorOf(evict(second))

    expect(error).toMatchObject({ kind: 'refused', message: expect.stringContaining('disruption budget') })
    expect(await outcomes('delete_pod')).toEqual({ planned: 1, refused: 1 })
  })
})
