import { describe, expect, it } from 'vitest'
import { ToolError } from '../../../../../src/index.ts'
import type { RemediationRequest } from '../../../../../src/server/kubernetes/remediation/plan.ts'
import { cronJob } from '../../../../../src/server/simulated/scenarios/manifests.ts'
import { SHOP } from '../../../../../src/server/simulated/scenarios/shop.ts'
import { listAll } from '../../../../support/cluster/admin-client.ts'
import { CART, startRemediator, WEB } from '../../../../support/cluster/start-remediator.ts'
import { toolErrorOf } from '../../../../support/cluster/tool-error-of.ts'

describe('Remediator.apply', () => {
  it('rolls back a crashing release, and verifies that its issues are gone', async () => {
    const { plan, apply, outcomes, deployment } = await startRemediator()
    const request: RemediationRequest = { action: 'rollback', target: CART }

    const { confirmation } = await plan(request)
    const seen = await apply(request, confirmation)

    expect(seen).toEqual({ verified: true, issues: [] })
    expect((await deployment('cart')).spec?.template.spec?.containers[0]?.image).toMatch(/cart:2\.4\.0$/)
    expect(await outcomes('rollback')).toEqual({ planned: 1, applied: 1, verified: 1 })
  })

  it('reports a restart as failed if the same issue comes back', async () => {
    const { plan, apply, outcomes } = await startRemediator(['*@*'], { settleMs: 5_000 })
    const request: RemediationRequest = { action: 'restart', target: { ...CART, name: 'recommendations' } }

    const { confirmation, issues } = await plan(request)
    const seen = await apply(request, confirmation)

    expect(issues).toContain('oom_killed')
    expect(seen.verified).toBe(false)
    expect(seen.issues).toContain('oom_killed')
    expect(await outcomes('restart')).toEqual({ planned: 1, applied: 1, failed: 1 })
  })

  it('verifies a change even if its time limit is shorter than the default settle time', async () => {
    const { plan, apply } = await startRemediator(['*@*'], { settleMs: 'default' })
    const request: RemediationRequest = { action: 'scale', target: WEB, replicas: 4 }
    const { confirmation } = await plan(request)

    expect(await apply(request, confirmation)).toEqual({ verified: true, issues: [] })
  })

  it('counts a write with a lost response as failed once, and still calls onChange', async () => {
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

  it('verifies a scale once that many pods are available', async () => {
    const { plan, apply, deployment } = await startRemediator()
    const request: RemediationRequest = { action: 'scale', target: WEB, replicas: 5 }

    const { differences, confirmation } = await plan(request)
    expect(differences.shown).toEqual([{ path: 'spec.replicas', from: '3', to: '5' }])
    expect(await apply(request, confirmation)).toEqual({ verified: true, issues: [] })
    expect((await deployment('web')).status?.availableReplicas).toBe(5)
  })

  it('verifies an eviction once the pod is gone and its workload has all its pods again', async () => {
    const { plan, apply, cluster } = await startRemediator()
    const [web] = (await listAll(cluster.api, 'pods', { namespace: 'shop', labelSelector: 'app=web' })).map(
      ({ metadata }) => metadata?.name ?? '',
    )
    const request: RemediationRequest = {
      action: 'delete_pod',
      target: { kind: 'Pod', namespace: 'shop', name: web ?? '' },
    }

    const { confirmation } = await plan(request)

    expect(await apply(request, confirmation)).toEqual({ verified: true, issues: [] })
    const left = await listAll(cluster.api, 'pods', { namespace: 'shop', labelSelector: 'app=web' })
    expect(left.map(({ metadata }) => metadata?.name)).not.toContain(web)
    expect(left).toHaveLength(3)
  })

  describe('when it evicts a pod of a CronJob', () => {
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

    it('verifies the eviction once the Job has another pod', async () => {
      const { plan, apply, request } = await start()
      const { effect, confirmation } = await plan(request)

      expect(effect).toMatch(/counts as failure 1 of the 2/)
      expect(await apply(request, confirmation)).toEqual({ verified: true, issues: [] })
    })

    it('reports the eviction as failed if the Job fails after it', async () => {
      const { plan, apply, request, store, job } = await start()
      const { confirmation } = await plan(request)
      const applying = apply(request, confirmation)
      const conditions = [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' }]
      store.update('jobs', { ...job(), status: { ...job()?.status, failed: 3, conditions } } as never)

      expect(await applying).toMatchObject({ verified: false, missing: 'the Job has failed' })
    })
  })

  it('refuses an object that has changed since the plan, and writes nothing', async () => {
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

  it('rejects a made-up, mismatched, used or expired confirmation', async () => {
    let now = Date.now()
    const { plan, apply, outcomes } = await startRemediator(['*@*'], { now: () => now })
    const request: RemediationRequest = { action: 'scale', target: WEB, replicas: 4 }
    const confirm = async () => (await plan(request)).confirmation

    const made = 'ab'.repeat(24)
    expect((await toolErrorOf(apply(request, made))).kind).toBe('refused')
    const other = await toolErrorOf(apply({ action: 'restart', target: WEB }, await confirm()))
    expect(other.message).toMatch(/belongs to a different request/)
    const more = await toolErrorOf(apply({ ...request, replicas: 40 }, await confirm()))
    expect(more.message).toMatch(/belongs to a different request/)
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

describe('ClusterApi.write.patch', () => {
  it('fails with a conflict if the object has changed at the last moment', async () => {
    const { cluster } = await startRemediator()
    const object = { namespace: 'shop', name: 'web', resourceVersion: '1' }

    const error = await toolErrorOf(
      cluster.api.write.patch('deployments', object, [{ op: 'add', path: '/spec/replicas', value: 0 }], {
        dryRun: false,
      }),
    )

    expect(error.kind).toBe('conflict')
  })
})
