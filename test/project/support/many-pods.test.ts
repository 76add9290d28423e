// Tests the simulated cluster that the benchmarks fill with pods.
import { describe, expect, it } from 'vitest'
import { listAll } from '../../support/cluster/admin-client.ts'
import { fillWithPods } from '../../support/cluster/many-pods.ts'
import { EMPTY, startTestCluster } from '../../support/cluster/test-cluster.ts'

describe('fillWithPods', () => {
  it('creates 2,000 pods, 100 of them crashing, each of them once, in the given number of namespaces', async () => {
    const { api, store } = await startTestCluster({ scenario: EMPTY, controllers: false })
    fillWithPods(store, { pods: 2_000, namespaces: 2 }, Date.now())

    const all = await listAll(api, 'pods')
    const half = await listAll(api, 'pods', { namespace: 'load-1' })

    expect(new Set(all.map(({ metadata }) => metadata?.uid)).size).toBe(2_000)
    expect(half).toHaveLength(1_000)
    const crashing = all.filter(({ status }) => status?.containerStatuses?.[0]?.state?.waiting)
    expect(crashing).toHaveLength(100)
    expect(await listAll(api, 'events')).toHaveLength(100)
  })
})
