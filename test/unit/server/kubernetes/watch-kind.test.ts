import { expect, test } from 'vitest'
import { DEFAULT_ACCESS } from '../../../../src/server/simulated/access-rules.ts'
import { createDeployment, deploymentNames, followKind, PACE } from '../../../support/cluster/follow-kind.ts'
import { startTestCluster } from '../../../support/cluster/test-cluster.ts'
import { waitFor } from '../../../support/programs/wait-for.ts'

test('it knows all objects once they are listed, and what becomes of them from then on', async () => {
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

test('it keeps of an object what issues are found by, and no more', async () => {
  const cluster = await startTestCluster({ controllers: false })
  createDeployment(cluster, 'with-annotations')
  const kind = followKind(cluster)
  await kind.until('watching')

  expect(JSON.stringify([...kind.watched.objects()])).not.toMatch(/canary|"template"|"env"/)
})

test('a version that the API has forgotten is no trouble: it lists again, and misses nothing', async () => {
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

test('while the API is away it keeps what it knew, says that it is broken once, and comes back by itself', async () => {
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

test('what may not be read is left out, told once, and followed as soon as it may be', async () => {
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

test.each([
  ['half closed', { kind: 'half closed' }],
  ['refused with 500', { kind: 'refuse', reason: 'InternalError' }],
  ['refused with 429', { kind: 'refuse', reason: 'TooManyRequests', retryAfter: 0 }],
  ['answered by something else', { kind: 'not the API', body: '<html>' }],
] as const)('a watch that is %s is begun anew, and nothing is missed', async (_, trouble) => {
  const cluster = await startTestCluster({ controllers: false })
  cluster.faults.add({ trouble, times: 3, on: ({ operation }) => operation === 'watch' })
  const kind = followKind(cluster)
  await kind.until('watching')

  createDeployment(cluster, 'later')

  await waitFor(() => kind.names().includes('later'), 10_000)
  expect(kind.names()).toEqual(deploymentNames(cluster))
})

test.each([
  ['is never answered', { kind: 'silent' }],
  ['begins and says no more', { kind: 'stuck' }],
] as const)('a watch that %s, not even that it ends, is given up, and nothing is missed', async (_, trouble) => {
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
