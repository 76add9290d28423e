import { describe, expect, it } from 'vitest'
import type { RemediationRequest } from '../../../../../src/server/kubernetes/remediation/plan.ts'
import { DEFAULT_ACCESS } from '../../../../../src/server/simulated/access-rules.ts'
import { SHOP } from '../../../../../src/server/simulated/scenarios/shop.ts'
import { CART, startRemediator, WEB } from '../../../../support/cluster/start-remediator.ts'
import { toolErrorOf } from '../../../../support/cluster/tool-error-of.ts'

describe('Remediator.plan', () => {
  it('changes nothing, and returns the effect, the differences, current issues and a confirmation', async () => {
    const { plan, deployment, outcomes } = await startRemediator()
    const before = await deployment('cart')

    const planned = await plan({ action: 'rollback', target: CART })

    expect(planned.effect).toMatch(/back from revision 2 to the template of revision 1/)
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

  it.each<[string, string[], RemediationRequest, RegExp]>([
    ['an action that is not allowed', ['restart@*'], { action: 'rollback', target: CART }, /it is allowed nowhere/],
    [
      'a namespace where the action is not allowed',
      ['restart@data'],
      { action: 'restart', target: CART },
      /only in data/,
    ],
    [
      'a protected namespace, even if everything is allowed',
      ['*@*'],
      { action: 'restart', target: { kind: 'Deployment', namespace: 'kube-system', name: 'coredns' } },
      /protected/,
    ],
    ['a scale that changes nothing', ['*@*'], { action: 'scale', target: WEB, replicas: 3 }, /has 3 replicas already/],
    [
      'a rollback to a revision that does not exist',
      ['*@*'],
      { action: 'rollback', target: CART, revision: 7 },
      /these revisions exist: 1\./,
    ],
    [
      'a rollback without an earlier revision',
      ['*@*'],
      { action: 'rollback', target: WEB },
      /no revision to roll back to/,
    ],
  ])('refuses %s', async (_, allowed, request, reason) => {
    const { plan, outcomes } = await startRemediator(allowed)

    const error = await toolErrorOf(plan(request))

    expect(error.kind).toBe('refused')
    expect(error.message).toMatch(reason)
    expect(await outcomes(request.action)).toEqual({ refused: 1 })
  })

  it('fails with not_found if the object does not exist', async () => {
    const { plan, outcomes } = await startRemediator()

    const error = await toolErrorOf(plan({ action: 'restart', target: { ...CART, name: 'nothing' } }))

    expect(error.kind).toBe('not_found')
    expect(await outcomes('restart')).toEqual({ refused: 1 })
  })

  it('refuses to delete a pod that no workload replaces', async () => {
    const { plan, cluster } = await startRemediator()
    const web = cluster.store.list('pods', 'shop').find(({ metadata }) => metadata.name.startsWith('web-'))
    const { ownerReferences: _, ...metadata } = { ...web?.metadata, ownerReferences: [] }
    cluster.store.create('pods', { ...web, metadata: { ...metadata, name: 'alone', labels: {} } } as never)

    const error = await toolErrorOf(
      plan({ action: 'delete_pod', target: { kind: 'Pod', namespace: 'shop', name: 'alone' } }),
    )

    expect(error).toMatchObject({ kind: 'refused', message: expect.stringContaining('does not belong to a workload') })
  })

  it('refuses a scale that an autoscaler would revert', async () => {
    const { plan, cluster } = await startRemediator()
    cluster.store.create('horizontalpodautoscalers', {
      metadata: { name: 'web', namespace: 'shop' },
      spec: { maxReplicas: 5, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
    } as never)

    const error = await toolErrorOf(plan({ action: 'scale', target: WEB, replicas: 4 }))

    expect(error).toMatchObject({ kind: 'refused', message: expect.stringContaining('autoscaler "web"') })
  })

  it('refuses a scale that an autoscaler on a later page of the list would revert', async () => {
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

  it('fails with forbidden if the roles of the cluster lack the access, before it tries a write', async () => {
    const access = DEFAULT_ACCESS.filter(({ verbs }) => !verbs.includes('patch'))
    const { plan, outcomes, series } = await startRemediator(['*@*'], { scenario: { ...SHOP, access } })

    const error = await toolErrorOf(plan({ action: 'restart', target: CART }))

    expect(error).toMatchObject({ kind: 'forbidden', message: expect.stringContaining('patch deployments') })
    expect(await outcomes('restart')).toEqual({ refused: 1 })
    const names = [...(await series.all()).keys()].filter((name) => name.startsWith('mcp_kubernetes_operations_total'))
    expect(names.filter((name) => !/operation="(get|list|review)"/.test(name))).toEqual([])
  })

  it('refuses an eviction that a disruption budget blocks', async () => {
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
