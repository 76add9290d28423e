// Tests that the controllers of the simulated cluster behave as those of Kubernetes.
import { describe, expect, it } from 'vitest'
import { crashesBy } from '../../../../../src/server/simulated/programs.ts'
import { listAll } from '../../../../support/cluster/admin-client.ts'
import { MERGE, STRATEGIC } from '../../../../support/cluster/patch-forms.ts'
import type { TestCluster } from '../../../../support/cluster/test-cluster.ts'
import { FULL_ACCESS, startTestCluster } from '../../../../support/cluster/test-cluster.ts'
import { waitFor } from '../../../../support/programs/wait-for.ts'

const SHOP_CART = { namespace: 'shop', name: 'cart' }

async function podsOf({ api }: TestCluster, namespace: string, app: string) {
  return listAll(api, 'pods', { namespace, labelSelector: `app=${app}` })
}

const isReady = (pod: { status?: { conditions?: { type: string; status: string }[] } }) =>
  pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true

function template({ client }: TestCluster, name: string, body: object) {
  return client.apps.patchNamespacedDeployment(
    { namespace: 'shop', name, body: { spec: { template: body } } },
    STRATEGIC,
  )
}

describe('the shop scenario', () => {
  it('has healthy pods, and pods that crash, miss images or keys, exceed memory, are evicted or pending', async () => {
    const { api } = await startTestCluster()
    const pods = await listAll(api, 'pods')
    const waiting = (app: string) => {
      const pod = pods.find(({ metadata }) => metadata?.labels?.['app'] === app && metadata.name !== undefined)
      return pods
        .filter(({ metadata }) => metadata?.labels?.['app'] === app)
        .map(({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason)
        .concat(pod?.status?.reason)
    }

    expect(pods.filter(isReady).length).toBeGreaterThan(12)
    expect(waiting('cart')).toContain('CrashLoopBackOff')
    expect(waiting('search')).toContain('ImagePullBackOff')
    expect(waiting('ledger')).toContain('CreateContainerConfigError')
    const last = (app: string) =>
      pods.find(({ metadata }) => metadata?.labels?.['app'] === app)?.status?.containerStatuses?.[0]?.lastState
        ?.terminated
    expect(last('recommendations')).toMatchObject({ reason: 'OOMKilled', exitCode: 137 })
    expect(last('session-cache')).toMatchObject({ reason: 'OOMKilled', exitCode: 137 })
    expect(pods.find(({ metadata }) => metadata?.labels?.['app'] === 'session-cache' && metadata)).toSatisfy(isReady)
    expect(pods.filter(({ status }) => status?.reason === 'Evicted')).toHaveLength(1)
    expect(
      pods.filter(({ metadata, status }) => metadata?.namespace === 'batch' && status?.phase === 'Failed'),
    ).toHaveLength(3)
    const unscheduled = pods.filter(({ status }) =>
      status?.conditions?.some(({ reason }) => reason === 'Unschedulable'),
    )
    expect(unscheduled.map(({ metadata }) => metadata?.labels?.['app']).sort()).toEqual(['kafka', 'trainer'])
    const slices = await listAll(api, 'endpointslices', { namespace: 'shop' })
    const ready = (service: string) =>
      slices
        .filter(({ metadata }) => metadata?.labels?.['kubernetes.io/service-name'] === service)
        .flatMap(({ endpoints }) => endpoints ?? [])
    expect(ready('web')).toHaveLength(3)
    expect(ready('legacy-api')).toEqual([])
  })

  it('has events of the last hour only, in order, and none before its pod was created', async () => {
    const { api } = await startTestCluster()
    const now = Date.now() + 1_000
    const uids = new Map(
      (await listAll(api, 'pods')).map(({ metadata }) => [metadata?.uid, metadata?.creationTimestamp]),
    )

    for (const event of await listAll(api, 'events')) {
      const first = milliseconds(event.firstTimestamp)
      const last = milliseconds(event.lastTimestamp)
      expect(first).toBeLessThanOrEqual(last + 1_000)
      expect(last).toBeLessThanOrEqual(now)
      expect(now - last).toBeLessThan(3_700_000)
      const born = uids.get(event.involvedObject.uid)
      if (born !== undefined) expect(first).toBeGreaterThanOrEqual(milliseconds(born) - 1_000)
    }
  })

  it('settles, apart from restarts and event counts', async () => {
    const { api, store } = await startTestCluster()
    await api.ready()
    const { version } = store

    await api.list('pods')
    await api.list('events')

    // Only restarts and event counts of a second or two may have changed.
    expect(store.version - version).toBeLessThan(20)
  })
})

describe('the simulated cluster', () => {
  it('recovers on a rollback to a working template, and reuses its old ReplicaSet as the newest revision', async () => {
    const cluster = await startTestCluster()
    const before = await listAll(cluster.api, 'replicasets', { namespace: 'shop', labelSelector: 'app=cart' })

    await template(cluster, 'cart', {
      spec: { containers: [{ name: 'cart', image: 'registry.shop.example/cart:2.4.0' }] },
    })

    await waitFor(async () => {
      const pods = await podsOf(cluster, 'shop', 'cart')
      return pods.length === 2 && pods.every(isReady)
    })
    const deployment = await waitFor(async () => {
      const now = await cluster.api.get('deployments', SHOP_CART)
      return now.status?.conditions?.some(({ reason }) => reason === 'NewReplicaSetAvailable') ? now : undefined
    })
    expect(deployment.metadata?.annotations?.['deployment.kubernetes.io/revision']).toBe('3')
    const after = await listAll(cluster.api, 'replicasets', { namespace: 'shop', labelSelector: 'app=cart' })
    expect(after.map(({ metadata }) => metadata?.uid).sort()).toEqual(
      before.map(({ metadata }) => metadata?.uid).sort(),
    )
  })

  it('replaces the pods of a crashing Deployment on restart, and the new pods crash again', async () => {
    const cluster = await startTestCluster()
    const [before] = await podsOf(cluster, 'shop', 'recommendations')

    await template(cluster, 'recommendations', {
      metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } },
    })

    const after = await waitFor(async () => {
      const pods = await podsOf(cluster, 'shop', 'recommendations')
      const made = pods.find(({ metadata }) => metadata?.uid !== before?.metadata?.uid)
      return made?.status?.containerStatuses?.[0]?.lastState?.terminated && made
    }, 15_000)
    expect(after.status?.containerStatuses?.[0]?.lastState?.terminated?.reason).toBe('OOMKilled')
    expect(isReady(after)).toBe(false)
  })

  it('stops killing a container once its memory limit is higher than its use', async () => {
    const cluster = await startTestCluster()

    await template(cluster, 'recommendations', {
      spec: { containers: [{ name: 'recommendations', resources: { limits: { memory: '256Mi' } } }] },
    })

    await waitFor(async () => {
      const pods = await podsOf(cluster, 'shop', 'recommendations')
      return pods.length === 1 && pods.every(isReady)
    })
  })

  it('replaces all pods of a healthy Deployment on restart, with three ready at all times', async () => {
    const cluster = await startTestCluster()
    const before = (await podsOf(cluster, 'shop', 'web')).map(({ metadata }) => metadata?.uid)
    let fewest = 3
    cluster.store.onChange(() => {
      const ready = cluster.store
        .list('pods', 'shop')
        .filter((pod) => pod.metadata.name.startsWith('web-') && isReady(pod as never))
      fewest = Math.min(fewest, ready.length)
    })

    await template(cluster, 'web', { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } } })

    await waitFor(async () => {
      const pods = await podsOf(cluster, 'shop', 'web')
      return pods.length === 3 && pods.every((pod) => isReady(pod) && !before.includes(pod.metadata?.uid))
    })
    expect(fewest).toBe(3)
  })

  it('adds and removes pods and Service endpoints when a Deployment is scaled', async () => {
    const cluster = await startTestCluster()
    const scale = (replicas: number) =>
      cluster.client.apps.patchNamespacedDeploymentScale(
        { namespace: 'shop', name: 'web', body: { spec: { replicas } } },
        MERGE,
      )

    await scale(5)
    await waitFor(async () => (await podsOf(cluster, 'shop', 'web')).filter(isReady).length === 5)
    await scale(1)

    await waitFor(async () => {
      const slices = await listAll(cluster.api, 'endpointslices', {
        namespace: 'shop',
        labelSelector: 'kubernetes.io/service-name=web',
      })
      return slices.flatMap(({ endpoints }) => endpoints ?? []).length === 1
    })
  })

  it('replaces an evicted pod, and rejects the next eviction with 429 until the budget allows it', async () => {
    const cluster = await startTestCluster({ podStartMs: 2_500 })
    const [first, second] = await podsOf(cluster, 'payments', 'payment-api')
    const evict = (pod: typeof first) => {
      const target = { namespace: 'payments', name: pod?.metadata?.name ?? '' }
      return cluster.client.core.createNamespacedPodEviction({ ...target, body: { metadata: target } })
    }

    await evict(first)
    const refused = await evict(second).catch((error: unknown) => error)

    expect(refused).toMatchObject({ code: 429, body: expect.stringContaining('disruption budget') })
    await waitFor(async () => {
      const pods = await podsOf(cluster, 'payments', 'payment-api')
      return (
        pods.length === 2 && pods.every(isReady) && !pods.some(({ metadata }) => metadata?.uid === first?.metadata?.uid)
      )
    })
    await waitFor(async () => {
      const budget = await cluster.api.get('poddisruptionbudgets', { namespace: 'payments', name: 'payment-api' })
      return budget.status?.disruptionsAllowed === 1
    })
    await evict(second)
  })

  it('starts a waiting container when its ConfigMap gets the missing key', async () => {
    const cluster = await startTestCluster()
    cluster.setAccess(FULL_ACCESS)

    await cluster.client.core.patchNamespacedConfigMap(
      { namespace: 'payments', name: 'ledger', body: { data: { LEDGER_REGION: 'eu' } } },
      MERGE,
    )

    await waitFor(async () => (await podsOf(cluster, 'payments', 'ledger')).every(isReady))
  })

  it('deletes the ReplicaSets and pods of a deleted Deployment', async () => {
    const cluster = await startTestCluster()
    cluster.setAccess(FULL_ACCESS)

    await cluster.client.apps.deleteNamespacedDeployment(SHOP_CART)

    await waitFor(async () => (await podsOf(cluster, 'shop', 'cart')).length === 0)
    expect(await listAll(cluster.api, 'replicasets', { namespace: 'shop', labelSelector: 'app=cart' })).toEqual([])
  })
})

describe('the simulated cluster with default access', () => {
  it('rejects requests beyond the default access rules with 403, and answers access reviews accordingly', async () => {
    const { api, client } = await startTestCluster()
    const ask = (verb: string, resource: string, group = '') => api.may({ verb, resource, group, namespace: 'shop' })

    expect([
      await ask('list', 'pods'),
      await ask('patch', 'deployments', 'apps'),
      await ask('delete', 'deployments', 'apps'),
    ]).toEqual([true, true, false])
    await expect(client.core.listNamespacedSecret({ namespace: 'shop' })).rejects.toMatchObject({ code: 403 })
    await expect(client.apps.deleteNamespacedDeployment(SHOP_CART)).rejects.toMatchObject({ code: 403 })
  })
})

describe('crashesBy', () => {
  it('doubles the wait after each crash, up to five minutes', () => {
    expect(crashesBy(2, 3).count).toBe(0)
    expect(crashesBy(3, 3)).toEqual({ count: 1, lastStart: 0, lastEnd: 3 })
    expect(crashesBy(20, 3)).toEqual({ count: 2, lastStart: 13, lastEnd: 16 })
    expect(crashesBy(7_200, 3).count - crashesBy(3_600, 3).count).toBe(12)
  })
})

/** Lists have times as text, whatever their types say. */
function milliseconds(time: Date | undefined): number {
  return new Date(time ?? 0).getTime()
}
