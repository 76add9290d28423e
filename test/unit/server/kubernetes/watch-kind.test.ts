import { expect, onTestFinished, test } from 'vitest'
import { atOnce } from '../../../../src/server/kubernetes/at-once.ts'
import type { ReadableKind } from '../../../../src/server/kubernetes/diagnosis/snapshot.ts'
import { namespaceScope } from '../../../../src/server/kubernetes/namespace-scope.ts'
import { DEFAULT_ACCESS } from '../../../../src/server/kubernetes/simulated/access-rules.ts'
import type { WatchKindOptions, WatchState } from '../../../../src/server/kubernetes/watch-kind.ts'
import { watchKind } from '../../../../src/server/kubernetes/watch-kind.ts'
import { watchCluster } from '../../../../src/server/kubernetes/watched-cluster.ts'
import type { TestCluster } from '../../../support/test-cluster.ts'
import { EMPTY, startTestCluster } from '../../../support/test-cluster.ts'
import { waitFor } from '../../../support/wait-for.ts'

const PACE = { firstMs: 20, mostMs: 100, leftOutMs: 100 }

function follow(cluster: TestCluster, options: Partial<WatchKindOptions<'Deployment'>> = {}) {
  const ending = new AbortController()
  onTestFinished(() => ending.abort())
  const states: WatchState[] = []
  const troubles: string[] = []
  let asked = 0
  const { list, watch } = options.api ?? cluster.api
  const counted: WatchKindOptions<'Deployment'>['api'] = {
    list(...args) {
      asked += 1
      return list(...args)
    },
    watch(...args) {
      asked += 1
      return watch(...args)
    },
  }
  const watched = watchKind({
    kind: 'Deployment',
    namespace: undefined,
    lists: atOnce(4),
    signal: ending.signal,
    onChange: () => {
      if (states.at(-1) !== watched.state) states.push(watched.state)
    },
    onTrouble: (_, __, error) => troubles.push(String(error)),
    pace: PACE,
    room: () => 50_000,
    ...options,
    api: counted,
  })
  const names = () => [...watched.objects()].map(({ metadata }) => metadata?.name).sort()
  const until = (state: WatchState) => waitFor(() => watched.state === state, 5_000, state)
  /** So many more requests have been made. */
  const untilAskedAgain = (times: number) => {
    const before = asked
    return waitFor(() => asked >= before + times, 10_000, `${times} more requests`)
  }
  return { watched, names, until, untilAskedAgain, states, troubles }
}

const names = ({ store }: TestCluster) =>
  store
    .list('deployments')
    .map(({ metadata }) => metadata.name)
    .sort()

function create({ store }: TestCluster, name: string): void {
  store.create('deployments', {
    metadata: { name, namespace: 'shop', annotations: { canary: 'x' } },
    spec: { replicas: 0, selector: { matchLabels: { app: name } }, template: {} },
  } as never)
}

const quiet = { controllers: false }

test('it knows all objects once they are listed, and what becomes of them from then on', async () => {
  const cluster = await startTestCluster(quiet)
  const kind = follow(cluster)
  await kind.until('watching')
  expect(kind.names()).toEqual(names(cluster))

  create(cluster, 'later')
  await waitFor(() => kind.names().includes('later'), 5_000)
  cluster.store.remove('deployments', 'shop', 'web')
  await waitFor(() => !kind.names().includes('web'), 5_000)

  expect(kind.names()).toEqual(names(cluster))
  expect(kind.troubles).toEqual([])
})

test('it keeps of an object what issues are found by, and no more', async () => {
  const cluster = await startTestCluster(quiet)
  create(cluster, 'with-annotations')
  const kind = follow(cluster)
  await kind.until('watching')

  expect(JSON.stringify([...kind.watched.objects()])).not.toMatch(/canary|"template"|"env"/)
})

test('a version that the API has forgotten is no trouble: it lists again, and misses nothing', async () => {
  const cluster = await startTestCluster(quiet)
  const kind = follow(cluster)
  await kind.until('watching')

  await cluster.leave()
  await kind.until('broken')
  create(cluster, 'while-away')
  cluster.store.remove('deployments', 'shop', 'web')
  cluster.store.compact()
  await cluster.comeBack()

  await kind.until('watching')
  await waitFor(() => kind.names().includes('while-away'), 5_000)
  expect(kind.names()).toEqual(names(cluster))
})

test('while the API is away it keeps what it knew, says that it is broken once, and comes back by itself', async () => {
  const cluster = await startTestCluster(quiet)
  const kind = follow(cluster)
  await kind.until('watching')
  const before = kind.names()

  await cluster.leave()
  await kind.until('broken')
  expect(kind.names()).toEqual(before)
  await kind.untilAskedAgain(4)
  expect(kind.troubles).toHaveLength(1)
  await cluster.comeBack()

  await kind.until('watching')
  create(cluster, 'later')
  await waitFor(() => kind.names().includes('later'), 5_000)
})

test('what may not be read is left out, told once, and followed as soon as it may be', async () => {
  const cluster = await startTestCluster(quiet)
  cluster.setAccess([{ verbs: ['get', 'list', 'watch'], resources: ['pods'] }])
  const kind = follow(cluster)
  await kind.until('left out')
  expect(kind.names()).toEqual([])
  await kind.untilAskedAgain(3)
  expect(kind.troubles).toHaveLength(1)

  cluster.setAccess(DEFAULT_ACCESS)

  await kind.until('watching')
  expect(kind.names()).toEqual(names(cluster))
})

test.each([
  ['half closed', { kind: 'half closed' }],
  ['refused with 500', { kind: 'refuse', reason: 'InternalError' }],
  ['refused with 429', { kind: 'refuse', reason: 'TooManyRequests', retryAfter: 0 }],
  ['answered by something else', { kind: 'not the API', body: '<html>' }],
] as const)('a watch that is %s is begun anew, and nothing is missed', async (_, trouble) => {
  const cluster = await startTestCluster(quiet)
  cluster.faults.add({ trouble, times: 3, on: ({ operation }) => operation === 'watch' })
  const kind = follow(cluster)
  await kind.until('watching')

  create(cluster, 'later')

  await waitFor(() => kind.names().includes('later'), 10_000)
  expect(kind.names()).toEqual(names(cluster))
})

test.each([
  ['is never answered', { kind: 'silent' }],
  ['begins and says no more', { kind: 'stuck' }],
] as const)('a watch that %s, not even that it ends, is given up, and nothing is missed', async (_, trouble) => {
  const cluster = await startTestCluster(quiet)
  cluster.faults.add({ trouble, times: 1, on: ({ operation }) => operation === 'watch' })
  const kind = follow(cluster, { pace: { ...PACE, watchSeconds: 1, lateMs: 100 } })
  await kind.untilAskedAgain(2)
  create(cluster, 'later')

  await waitFor(() => kind.names().includes('later'), 10_000)

  expect(kind.troubles.join()).toContain('did not end in time')
  await kind.until('watching')
  expect(kind.names()).toEqual(names(cluster))
})

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
  const cluster = await startTestCluster({ ...quiet, maxBytes: 4_000_000 })
  cluster.faults.add({
    trouble: { kind: 'huge', bytes: 8_000_000 },
    times: 2,
    on: ({ operation }) => operation === 'list',
  })
  const { api, limits } = notingLimits(cluster)
  const kind = follow(cluster, { api })

  await kind.until('watching')

  expect(limits).toEqual([500, 250, 125])
  expect(kind.names()).toEqual(names(cluster))
})

test('a list that is refused for another reason than its size is asked for in pages as before', async () => {
  const cluster = await startTestCluster(quiet)
  cluster.faults.add({
    trouble: { kind: 'refuse', reason: 'InternalError' },
    times: 2,
    on: ({ operation }) => operation === 'list',
  })
  const { api, limits } = notingLimits(cluster)
  const kind = follow(cluster, { api })

  await kind.until('watching')

  expect(limits).toEqual([500, 500, 500])
})

test.each([
  ['in the middle of a page', 3],
  ['between two pages', 500],
])(
  'no more objects are kept than there is room for, also where it ends %s, and that there are more is told',
  async (_, most) => {
    const cluster = await startTestCluster({ ...quiet, scenario: EMPTY })
    for (let at = 0; at < 501; at += 1) create(cluster, `app-${at}`)
    const kind = follow(cluster, { room: () => most })
    await kind.until('watching')

    expect(kind.names()).toHaveLength(most)
    expect(kind.watched.isTruncated).toBe(true)
  },
)

test('as many objects as there is room for are all of them', async () => {
  const cluster = await startTestCluster(quiet)
  const kind = follow(cluster, { room: () => names(cluster).length })
  await kind.until('watching')

  expect(kind.names()).toEqual(names(cluster))
  expect(kind.watched.isTruncated).toBe(false)
})

test('what there was no room for is found once there is', async () => {
  const cluster = await startTestCluster(quiet)
  let most = 3
  const kind = follow(cluster, { room: () => most, pace: { ...PACE, watchSeconds: 1 } })
  await kind.until('watching')
  expect(kind.watched.isTruncated).toBe(true)

  most = 50

  await waitFor(() => !kind.watched.isTruncated, 10_000)
  expect(kind.names()).toEqual(names(cluster))
})

test('namespaces that are watched one by one share the room of a kind', async () => {
  const cluster = await startTestCluster(quiet)
  const scope = namespaceScope(['shop', 'data'])
  const all = watchCluster({ api: cluster.api, scope, pace: PACE, mostObjects: 5 })
  onTestFinished(all.stop)
  await waitFor(() => all.readiness().ready, 5_000)

  const pods = (await Promise.all(['shop', 'data'].map((namespace) => all.reader.list('Pod', namespace)))).flat()
  expect(pods).toHaveLength(5)
  expect(all.truncated).toContain('Pod')
  expect(all.truncated).not.toContain('StatefulSet')
})

test('a cluster is ready once each of its kinds is followed, and says which is not', async () => {
  const cluster = await startTestCluster(quiet)
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

test('of a cluster that may be read in part, the rest is read; without its pods it is not ready', async () => {
  const cluster = await startTestCluster(quiet)
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
  await waitFor(() => without.readiness().reasons?.join().startsWith('Pod may not be read: ') === true, 5_000)
})

test('each kind has one connection, and each is closed when it ends', async () => {
  const cluster = await startTestCluster(quiet)
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
