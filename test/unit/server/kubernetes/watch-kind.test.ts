import { describe, expect, it } from 'vitest'
import { DEFAULT_ACCESS } from '../../../../src/server/simulated/access-rules.ts'
import { createDeployment, deploymentNames, followKind, PACE } from '../../../support/cluster/follow-kind.ts'
import { startTestCluster } from '../../../support/cluster/test-cluster.ts'
import { waitFor } from '../../../support/programs/wait-for.ts'

describe('watchKind', () => {
  it('knows all objects after its list, and follows later creations and deletions', async () => {
    const cluster = await startTestCluster({ controllers: false })
    const kind = followKind(cluster)
    await kind.until('watching')
    expect(kind.names()).toEqual(deploymentNames(cluster))

    createDeployment(cluster, 'later')
    await waitFor(() => kind.names().includes('later'), 5_000)
    cluster.store.remove('deployments', 'shop', 'web')
    await waitFor(() => !kind.names().includes('web'), 5_000)

    expect(kind.names()).toEqual(deploymentNames(cluster))
    expect(kind.troubles).toEqual([])
  })

  it('keeps only the fields of an object that a diagnosis needs', async () => {
    const cluster = await startTestCluster({ controllers: false })
    createDeployment(cluster, 'with-annotations')
    const kind = followKind(cluster)
    await kind.until('watching')

    expect(JSON.stringify([...kind.watched.objects()])).not.toMatch(/canary|"template"|"env"/)
  })

  it('lists again and misses nothing if the API has forgotten its version', async () => {
    const cluster = await startTestCluster({ controllers: false })
    const kind = followKind(cluster)
    await kind.until('watching')

    await cluster.leave()
    await kind.until('broken')
    createDeployment(cluster, 'while-away')
    cluster.store.remove('deployments', 'shop', 'web')
    cluster.store.compact()
    await cluster.comeBack()

    await kind.until('watching')
    await waitFor(() => kind.names().includes('while-away'), 5_000)
    expect(kind.names()).toEqual(deploymentNames(cluster))
  })

  it('keeps its objects while the API is down, reports that once, and recovers by itself', async () => {
    const cluster = await startTestCluster({ controllers: false })
    const kind = followKind(cluster)
    await kind.until('watching')
    const before = kind.names()

    await cluster.leave()
    await kind.until('broken')
    expect(kind.names()).toEqual(before)
    await kind.untilAskedAgain(4)
    expect(kind.troubles).toHaveLength(1)
    await cluster.comeBack()

    await kind.until('watching')
    createDeployment(cluster, 'later')
    await waitFor(() => kind.names().includes('later'), 5_000)
  })

  it('leaves out a kind that it may not read, reports that once, and follows it once permitted', async () => {
    const cluster = await startTestCluster({ controllers: false })
    cluster.setAccess([{ verbs: ['get', 'list', 'watch'], resources: ['pods'] }])
    const kind = followKind(cluster)
    await kind.until('left out')
    expect(kind.names()).toEqual([])
    await kind.untilAskedAgain(3)
    expect(kind.troubles).toHaveLength(1)

    cluster.setAccess(DEFAULT_ACCESS)

    await kind.until('watching')
    expect(kind.names()).toEqual(deploymentNames(cluster))
  })

  it.each([
    ['cut off', { kind: 'half closed' }],
    ['refused with 500', { kind: 'refuse', reason: 'InternalError' }],
    ['refused with 429', { kind: 'refuse', reason: 'TooManyRequests', retryAfter: 0 }],
    ['answered by another server', { kind: 'not the API', body: '<html>' }],
  ] as const)('restarts a watch that is %s, and misses nothing', async (_, trouble) => {
    const cluster = await startTestCluster({ controllers: false })
    cluster.faults.add({ trouble, times: 3, on: ({ operation }) => operation === 'watch' })
    const kind = followKind(cluster)
    await kind.until('watching')

    createDeployment(cluster, 'later')

    await waitFor(() => kind.names().includes('later'), 10_000)
    expect(kind.names()).toEqual(deploymentNames(cluster))
  })

  it.each([
    ['gets no response', { kind: 'silent' }],
    ['starts and then stays silent', { kind: 'stuck' }],
  ] as const)('gives up a watch that %s beyond its end time, and misses nothing', async (_, trouble) => {
    const cluster = await startTestCluster({ controllers: false })
    cluster.faults.add({ trouble, times: 1, on: ({ operation }) => operation === 'watch' })
    const kind = followKind(cluster, { pace: { ...PACE, watchSeconds: 1, lateMs: 100 } })
    await kind.untilAskedAgain(2)
    createDeployment(cluster, 'later')

    await waitFor(() => kind.names().includes('later'), 10_000)

    expect(kind.troubles.join()).toContain('did not end in time')
    await kind.until('watching')
    expect(kind.names()).toEqual(deploymentNames(cluster))
  })
})
