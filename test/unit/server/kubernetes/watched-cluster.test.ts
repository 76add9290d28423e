import { describe, expect, it, onTestFinished } from 'vitest'
import type { ReadableKind } from '../../../../src/server/kubernetes/diagnosis/snapshot.ts'
import { namespaceScope } from '../../../../src/server/kubernetes/namespace-scope.ts'
import type { WatchKindOptions } from '../../../../src/server/kubernetes/watch-kind.ts'
import { watchCluster } from '../../../../src/server/kubernetes/watched-cluster.ts'
import { DEFAULT_ACCESS } from '../../../../src/server/simulated/access-rules.ts'
import { PACE } from '../../../support/cluster/follow-kind.ts'
import { startTestCluster } from '../../../support/cluster/test-cluster.ts'
import { waitFor } from '../../../support/programs/wait-for.ts'

describe('watchCluster', () => {
  it('shares the object limit of a kind between separately watched namespaces', async () => {
    const cluster = await startTestCluster({ controllers: false })
    const scope = namespaceScope(['shop', 'data'])
    const all = watchCluster({ api: cluster.api, scope, pace: PACE, mostObjects: 5 })
    onTestFinished(all.stop)
    await waitFor(() => all.readiness().ready, 5_000)

    const pods = (await Promise.all(['shop', 'data'].map((namespace) => all.reader.list('Pod', namespace)))).flat()
    expect(pods).toHaveLength(5)
    expect(all.truncated).toContain('Pod')
    expect(all.truncated).not.toContain('StatefulSet')
  })

  it('is ready while it follows every kind, and otherwise names a kind that it does not follow', async () => {
    const cluster = await startTestCluster({ controllers: false })
    cluster.faults.add({
      trouble: { kind: 'refuse', reason: 'InternalError' },
      on: ({ resource, operation }) => resource === 'pods' && operation === 'list',
    })
    const all = watchCluster({ api: cluster.api, scope: namespaceScope(), pace: PACE })
    onTestFinished(all.stop)
    await waitFor(
      () => JSON.stringify(all.readiness()).includes('Pod is not read yet: The cluster failed to list'),
      5_000,
    )
    await expect(all.reader.list('Pod', undefined)).rejects.toMatchObject({ kind: 'unavailable' })

    cluster.faults.clear()

    await waitFor(() => all.readiness().ready, 5_000)
    expect(await all.reader.list('Pod', undefined)).toHaveLength(cluster.store.list('pods').length)
    await cluster.leave()
    await waitFor(() => !all.readiness().ready, 5_000)
    expect(all.readiness().reasons?.join()).toMatch(/the watch of Pod is broken: The cluster could not be reached/)
    await cluster.comeBack()
    await waitFor(() => all.readiness().ready, 5_000)
  })

  it('reads the rest if one kind is forbidden, but is not ready without pods', async () => {
    const cluster = await startTestCluster({ controllers: false })
    const but = (resource: string) =>
      DEFAULT_ACCESS.map((rule) => ({ ...rule, resources: rule.resources.filter((one) => one !== resource) }))
    cluster.setAccess(but('poddisruptionbudgets'))
    const all = watchCluster({ api: cluster.api, scope: namespaceScope(), pace: PACE })
    onTestFinished(all.stop)
    await waitFor(() => all.readiness().ready, 5_000)
    await expect(all.reader.list('PodDisruptionBudget', undefined)).rejects.toMatchObject({ kind: 'forbidden' })

    const kinds: ReadableKind[] = ['Pod', 'Deployment', 'Node']
    for (const kind of kinds) {
      const where = undefined
      expect((await all.reader.list(kind, where)).length, kind).toBeGreaterThan(0)
    }
    cluster.setAccess(but('pods'))
    const without = watchCluster({ api: cluster.api, scope: namespaceScope(), pace: PACE })
    onTestFinished(without.stop)
    await waitFor(() => without.readiness().reasons?.join().startsWith('Pod cannot be read: ') === true, 5_000)
  })

  it('opens one watch per kind, and closes all of them when it stops', async () => {
    const cluster = await startTestCluster({ controllers: false })
    let open = 0
    let most = 0
    const api: WatchKindOptions<'Deployment'>['api'] = {
      list: cluster.api.list,
      async *watch(...args) {
        open += 1
        most = Math.max(most, open)
        try {
          yield* cluster.api.watch(...args)
        } finally {
          open -= 1
        }
      },
    }
    const all = watchCluster({ api, scope: namespaceScope(), pace: PACE })
    await waitFor(() => all.readiness().ready, 5_000)
    expect(most).toBe(16)

    all.stop()

    await waitFor(() => open === 0, 5_000, 'the end of all watches')
  })
})
