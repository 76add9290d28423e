// Tests `watchKind` with more objects than one page or the memory limit allows.
import { describe, expect, it } from 'vitest'
import type { WatchKindOptions } from '../../../../src/server/kubernetes/watch-kind.ts'
import { createDeployment, deploymentNames, followKind, PACE } from '../../../support/cluster/follow-kind.ts'
import type { TestCluster } from '../../../support/cluster/test-cluster.ts'
import { EMPTY, startTestCluster } from '../../../support/cluster/test-cluster.ts'
import { waitFor } from '../../../support/programs/wait-for.ts'

/** The same API, and the page sizes that it receives. */
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

describe('watchKind', () => {
  it('requests smaller pages if a list is too large', async () => {
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

  it('keeps the page size if a list fails for another reason', async () => {
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

  it.each([
    ['in the middle of a page', 3],
    ['between two pages', 500],
  ])('keeps no more objects than it has room for and is truncated, with the limit %s', async (_, most) => {
    const cluster = await startTestCluster({ controllers: false, scenario: EMPTY })
    for (let at = 0; at < 501; at += 1) createDeployment(cluster, `app-${at}`)
    const kind = followKind(cluster, { room: () => most })
    await kind.until('watching')

    expect(kind.names()).toHaveLength(most)
    expect(kind.watched.isTruncated).toBe(true)
  })

  it('is not truncated if it has room for exactly all objects', async () => {
    const cluster = await startTestCluster({ controllers: false })
    const kind = followKind(cluster, { room: () => deploymentNames(cluster).length })
    await kind.until('watching')

    expect(kind.names()).toEqual(deploymentNames(cluster))
    expect(kind.watched.isTruncated).toBe(false)
  })

  it('finds the remaining objects once it has room for them', async () => {
    const cluster = await startTestCluster({ controllers: false })
    let most = 3
    const kind = followKind(cluster, { room: () => most, pace: { ...PACE, watchSeconds: 1 } })
    await kind.until('watching')
    expect(kind.watched.isTruncated).toBe(true)

    most = 50

    await waitFor(() => !kind.watched.isTruncated, 10_000)
    expect(kind.names()).toEqual(deploymentNames(cluster))
  })
})
