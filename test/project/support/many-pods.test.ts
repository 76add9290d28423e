import { expect, test } from 'vitest'
import { fillWithPods } from '../../support/cluster/many-pods.ts'
import { EMPTY, startTestCluster } from '../../support/cluster/test-cluster.ts'

test('a cluster of 2,000 pods is listed whole, page by page, each pod once', async () => {
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
