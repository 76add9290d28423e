import { describe, expect, test } from 'vitest'
import { ToolError } from '../../../../../src/index.ts'
import { namespaceScope } from '../../../../../src/server/kubernetes/namespace-scope.ts'
import { permissionFrom, remediationPolicy } from '../../../../../src/server/kubernetes/remediation/permission.ts'
import type { RemediationRequest } from '../../../../../src/server/kubernetes/remediation/plan.ts'
import { createRemediator } from '../../../../../src/server/kubernetes/remediation/remediate.ts'
import { DEFAULT_ACCESS } from '../../../../../src/server/kubernetes/simulated/access-rules.ts'
import { cronJob } from '../../../../../src/server/kubernetes/simulated/scenarios/manifests.ts'
import { SHOP } from '../../../../../src/server/kubernetes/simulated/scenarios/shop.ts'
import { recordSeries } from '../../../../support/recorded-series.ts'
import type { TestClusterOptions } from '../../../../support/test-cluster.ts'
import { startTestCluster } from '../../../../support/test-cluster.ts'
import { toolErrorOf } from '../../../../support/tool-error-of.ts'

const CART: RemediationRequest['target'] = { kind: 'Deployment', namespace: 'shop', name: 'cart' }
const WEB: RemediationRequest['target'] = { ...CART, name: 'web' }

interface Options extends TestClusterOptions {
  readonly now?: () => number
  readonly settleMs?: number | 'default'
  readonly onChange?: () => void
}

async function startRemediator(allowed = ['*@*'], options: Options = {}) {
  const series = recordSeries()
  const cluster = await startTestCluster(options)
  const { now = Date.now, settleMs = 300, onChange } = options
  const remediator = createRemediator({
    api: cluster.api,
    scope: namespaceScope(),
    policy: remediationPolicy(allowed.map(permissionFrom)),
    now,
    verifyMs: 7_000,
    ...(settleMs !== 'default' && { settleMs }),
    pollMs: 50,
    ...(onChange && { onChange }),
  })
  const outcomes = async (action: string) => {
    const all = await series.all()
    return Object.fromEntries(
      [...all]
        .filter(([name]) => name.startsWith('mcp_remediation_actions_total') && name.includes(`action="${action}"`))
        .map(([name, value]) => [/outcome="(\w+)"/.exec(name)?.[1], value])
        .filter(([, value]) => value !== 0),
    )
  }
  const deployment = (name: string) => cluster.api.get('deployments', { namespace: 'shop', name })
  return { ...remediator, cluster, series, outcomes, deployment }
}

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

describe('applying', () => {
  test('a rollback of a release that crashes is verified: its issues are gone and its pods are there', async () => {
    const { plan, apply, outcomes, deployment } = await startRemediator()
    const request: RemediationRequest = { action: 'rollback', target: CART }

    const { confirmation } = await plan(request)
    const seen = await apply(request, confirmation)

    expect(seen).toEqual({ verified: true, issues: [] })
    expect((await deployment('cart')).spec?.template.spec?.containers[0]?.image).toMatch(/cart:2\.4\.0$/)
    expect(await outcomes('rollback')).toEqual({ planned: 1, applied: 1, verified: 1 })
  })

  test('a restart of what crashes by itself has failed: the same issue is there again', async () => {
    const { plan, apply, outcomes } = await startRemediator(['*@*'], { settleMs: 5_000 })
    const request: RemediationRequest = { action: 'restart', target: { ...CART, name: 'recommendations' } }

    const { confirmation, issues } = await plan(request)
    const seen = await apply(request, confirmation)

    expect(issues).toContain('oom_killed')
    expect(seen.verified).toBe(false)
    expect(seen.issues).toContain('oom_killed')
    expect(await outcomes('restart')).toEqual({ planned: 1, applied: 1, failed: 1 })
  })

  test('is verified also where there is less time than the usual rest takes', async () => {
    const { plan, apply } = await startRemediator(['*@*'], { settleMs: 'default' })
    const request: RemediationRequest = { action: 'scale', target: WEB, replicas: 4 }
    const { confirmation } = await plan(request)

    expect(await apply(request, confirmation)).toEqual({ verified: true, issues: [] })
  })

  test('a write whose answer is lost has failed once, and what was read before is dropped all the same', async () => {
    let dropped = 0
    const { plan, apply, cluster, deployment, outcomes } = await startRemediator(['*@*'], {
      onChange: () => {
        dropped += 1
      },
    })
    const request: RemediationRequest = { action: 'restart', target: WEB }
    const { confirmation } = await plan(request)
    const { patch } = cluster.api.write
    Object.assign(cluster.api.write, {
      patch: async (...args: Parameters<typeof patch>) => {
        await patch(...args)
        throw new ToolError('timeout', 'no answer in time')
      },
    })

    expect((await toolErrorOf(apply(request, confirmation))).kind).toBe('timeout')

    const { spec } = await deployment('web')
    expect(spec?.template.metadata?.annotations).toHaveProperty('kubectl.kubernetes.io/restartedAt')
    expect(dropped).toBe(1)
    expect(await outcomes('restart')).toEqual({ planned: 1, failed: 1 })
  })

  test('a scale is verified once so many pods are available', async () => {
    const { plan, apply, deployment } = await startRemediator()
    const request: RemediationRequest = { action: 'scale', target: WEB, replicas: 5 }

    const { differences, confirmation } = await plan(request)
    expect(differences.shown).toEqual([{ path: 'spec.replicas', from: '3', to: '5' }])
    expect(await apply(request, confirmation)).toEqual({ verified: true, issues: [] })
    expect((await deployment('web')).status?.availableReplicas).toBe(5)
  })

  test('an eviction is verified once the pod is gone and its workload is whole again', async () => {
    const { plan, apply, cluster } = await startRemediator()
    const [web] = (await cluster.api.listAll('pods', { namespace: 'shop', labelSelector: 'app=web' })).map(
      ({ metadata }) => metadata?.name ?? '',
    )
    const request: RemediationRequest = {
      action: 'delete_pod',
      target: { kind: 'Pod', namespace: 'shop', name: web ?? '' },
    }

    const { confirmation } = await plan(request)

    expect(await apply(request, confirmation)).toEqual({ verified: true, issues: [] })
    const left = await cluster.api.listAll('pods', { namespace: 'shop', labelSelector: 'app=web' })
    expect(left.map(({ metadata }) => metadata?.name)).not.toContain(web)
    expect(left).toHaveLength(3)
  })

  describe('an eviction of a pod that a CronJob has begun', () => {
    const scenario = {
      ...SHOP,
      programs: { ...SHOP.programs, 'registry.example/sync:1': {} },
      steps: [
        ...SHOP.steps,
        { ago: '1m', apply: [cronJob('batch', 'sync', '* * * * *', { image: 'registry.example/sync:1' })] },
      ],
    }
    const start = async () => {
      const started = await startRemediator(['*@*'], { scenario, settleMs: 1_000 })
      const { store } = started.cluster
      const jobs = () => store.list('jobs', 'batch').filter(({ metadata }) => metadata.name.startsWith('sync-'))
      await expect.poll(() => jobs()[0]?.status?.ready).toBe(1)
      const [pod] = store.list('pods', 'batch').filter(({ metadata }) => metadata.name.startsWith('sync-'))
      const request: RemediationRequest = {
        action: 'delete_pod',
        target: { kind: 'Pod', namespace: 'batch', name: pod?.metadata.name ?? '' },
      }
      return { ...started, store, job: () => jobs()[0], request }
    }

    test('is verified once its Job has another', async () => {
      const { plan, apply, request } = await start()
      const { effect, confirmation } = await plan(request)

      expect(effect).toMatch(/counts a failure: 1 of the 2/)
      expect(await apply(request, confirmation)).toEqual({ verified: true, issues: [] })
    })

    test('has failed if its Job has, which it did not have before', async () => {
      const { plan, apply, request, store, job } = await start()
      const { confirmation } = await plan(request)
      const applying = apply(request, confirmation)
      const conditions = [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' }]
      store.update('jobs', { ...job(), status: { ...job()?.status, failed: 3, conditions } } as never)

      expect(await applying).toMatchObject({ verified: false, missing: 'the Job has failed' })
    })
  })

  test('is refused if the object has changed since, and nothing is done', async () => {
    const { plan, apply, outcomes, cluster, deployment } = await startRemediator()
    const request: RemediationRequest = { action: 'restart', target: WEB }
    const { confirmation } = await plan(request)
    const [stored] = [cluster.store.get('deployments', 'shop', 'web')]
    cluster.store.update('deployments', {
      ...stored,
      metadata: { ...stored?.metadata, annotations: { changed: 'yes' } },
    } as never)
    const before = await deployment('web')

    const error = await toolErrorOf(apply(request, confirmation))

    expect(error).toMatchObject({ kind: 'refused', message: expect.stringContaining('has changed') })
    expect((await deployment('web')).metadata?.resourceVersion).toBe(before.metadata?.resourceVersion)
    expect(await outcomes('restart')).toEqual({ planned: 1, refused: 1 })
  })

  test('is refused by the API itself if the object changes at the last moment', async () => {
    const { cluster } = await startRemediator()
    const object = { namespace: 'shop', name: 'web', resourceVersion: '1' }

    const error = await toolErrorOf(
      cluster.api.write.patch('deployments', object, [{ op: 'add', path: '/spec/replicas', value: 0 }], {
        dryRun: false,
      }),
    )

    expect(error.kind).toBe('conflict')
  })

  test('needs a confirmation that was given for it, not used yet, and not too old', async () => {
    let now = Date.now()
    const { plan, apply, outcomes } = await startRemediator(['*@*'], { now: () => now })
    const request: RemediationRequest = { action: 'scale', target: WEB, replicas: 4 }
    const confirm = async () => (await plan(request)).confirmation

    const made = 'ab'.repeat(24)
    expect((await toolErrorOf(apply(request, made))).kind).toBe('refused')
    const other = await toolErrorOf(apply({ action: 'restart', target: WEB }, await confirm()))
    expect(other.message).toMatch(/for something else/)
    const more = await toolErrorOf(apply({ ...request, replicas: 40 }, await confirm()))
    expect(more.message).toMatch(/for something else/)
    const used = await confirm()
    expect((await apply(request, used)).verified).toBe(true)
    expect((await toolErrorOf(apply(request, used))).message).toMatch(/not valid/)
    const back: RemediationRequest = { action: 'scale', target: WEB, replicas: 3 }
    const { confirmation: old } = await plan(back)
    now += 300_001
    expect((await toolErrorOf(apply(back, old))).message).toMatch(/not valid/)
    expect(await outcomes('scale')).toEqual({ planned: 4, refused: 4, applied: 1, verified: 1 })
  })
})
