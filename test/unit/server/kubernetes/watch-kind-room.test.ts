// Kinds with more objects than are to be taken at once, or kept at all.
import { expect, test } from 'vitest'
import type { WatchKindOptions } from '../../../../src/server/kubernetes/watch-kind.ts'
import { createDeployment, deploymentNames, followKind, PACE } from '../../../support/cluster/follow-kind.ts'
import type { TestCluster } from '../../../support/cluster/test-cluster.ts'
import { EMPTY, startTestCluster } from '../../../support/cluster/test-cluster.ts'
import { waitFor } from '../../../support/programs/wait-for.ts'

/** The same API, and the sizes of the pages that it is asked for. */
function notingLimits({ api }: TestCluster) {
  const limits: (number | undefined)[] = []
  const noting: WatchKindOptions<'Deployment'>['api'] = {
    watch: api.watch,
    list(resource, query, signal) {
      limits.push(query?.limit)
      return api.list(resource, query, signal)
    },
  }
  return { api: noting, limits }
}

test('a list that is too large to take is asked for in smaller pages', async () => {
  const cluster = await startTestCluster({ controllers: false, maxBytes: 4_000_000 })
  cluster.faults.add({
    trouble: { kind: 'huge', bytes: 8_000_000 },
    times: 2,
    on: ({ operation }) => operation === 'list',
  })
  const { api, limits } = notingLimits(cluster)
  const kind = followKind(cluster, { api })

  await kind.until('watching')

  expect(limits).toEqual([500, 250, 125])
  expect(kind.names()).toEqual(deploymentNames(cluster))
})

test('a list that is refused for another reason than its size is asked for in pages as before', async () => {
  const cluster = await startTestCluster({ controllers: false })
  cluster.faults.add({
    trouble: { kind: 'refuse', reason: 'InternalError' },
    times: 2,
    on: ({ operation }) => operation === 'list',
  })
  const { api, limits } = notingLimits(cluster)
  const kind = followKind(cluster, { api })

  await kind.until('watching')

  expect(limits).toEqual([500, 500, 500])
})

test.each([
  ['in the middle of a page', 3],
  ['between two pages', 500],
])(
  'no more objects are kept than there is room for, also where it ends %s, and that there are more is told',
  async (_, most) => {
    const cluster = await startTestCluster({ controllers: false, scenario: EMPTY })
    for (let at = 0; at < 501; at += 1) createDeployment(cluster, `app-${at}`)
    const kind = followKind(cluster, { room: () => most })
    await kind.until('watching')

    expect(kind.names()).toHaveLength(most)
    expect(kind.watched.isTruncated).toBe(true)
  },
)

test('as many objects as there is room for are all of them', async () => {
  const cluster = await startTestCluster({ controllers: false })
  const kind = followKind(cluster, { room: () => deploymentNames(cluster).length })
  await kind.until('watching')

  expect(kind.names()).toEqual(deploymentNames(cluster))
  expect(kind.watched.isTruncated).toBe(false)
})

test('what there was no room for is found once there is', async () => {
  const cluster = await startTestCluster({ controllers: false })
  let most = 3
  const kind = followKind(cluster, { room: () => most, pace: { ...PACE, watchSeconds: 1 } })
  await kind.until('watching')
  expect(kind.watched.isTruncated).toBe(true)

  most = 50

  await waitFor(() => !kind.watched.isTruncated, 10_000)
  expect(kind.names()).toEqual(deploymentNames(cluster))
})
