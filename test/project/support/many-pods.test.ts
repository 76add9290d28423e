// Tests the simulated cluster that the benchmarks fill with pods.
import { describe, expect, it } from 'vitest'
import { fillWithPods } from '../../support/cluster/many-pods.ts'
import { EMPTY, startTestCluster } from '../../support/cluster/test-cluster.ts'

describe('fillWithPods', () => {
  it('creates 2,000 pods, 100 of them crashing, that listAll returns once each, by namespace or limit', async () => {
    const { api, store } = await startTestCluster({ scenario: EMPTY, controllers: false })
    fillWithPods(store, { pods: 2_000, namespaces: 2 }, Date.now())

    const all = await api.listAll('pods')
    const half = await api.listAll('pods', { namespace: 'load-1' })
    const few = await api.listAll('pods', { most: 700 })

    expect(new Set(all.map(({ metadata }) => metadata?.uid)).size).toBe(2_000)
    expect(half).toHaveLength(1_000)
    expect(few).toHaveLength(700)
    const crashing = all.filter(({ status }) => status?.containerStatuses?.[0]?.state?.waiting)
    expect(crashing).toHaveLength(100)
    expect(await api.listAll('events')).toHaveLength(100)
  })
})
