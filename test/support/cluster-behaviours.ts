// A way to start a cluster in, tests of what its API does at the wire of our client out. The simulated cluster is held to them, and
// so can a real API server be: nothing here needs a controller, a scheduler or a kubelet.
import type { Cluster, V1Pod } from '@kubernetes/client-node'
import { KubeConfig, setHeaderOptions } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ToolError } from '../../src/index.ts'
import type { ClusterApi } from '../../src/server/kubernetes/cluster-api.ts'
import { createClusterApi } from '../../src/server/kubernetes/cluster-api.ts'
import { statusOf } from '../../src/server/kubernetes/cluster-error.ts'
import { testWrites } from './cluster-write-behaviours.ts'
import { waitFor } from './wait-for.ts'

export interface StartedCluster {
  /** With every right. */
  readonly kubeConfig: KubeConfig
  /** Makes the API forget its history, as time does. */
  readonly compact: () => Promise<void>
  /** Of a watch that is to have a bookmark before it ends; a real API server gives it some time before that. */
  readonly bookmarkedSeconds: number
  /** Somebody who may read the pods of a namespace, and nothing else; of the same cluster or one that is like it. */
  readerOfPods(namespace: string): Promise<{ readonly kubeConfig: KubeConfig; stop(): Promise<void> }>
  stop(): Promise<void>
}

const MERGE = setHeaderOptions('Content-Type', 'application/merge-patch+json') as never
const STRATEGIC = setHeaderOptions('Content-Type', 'application/strategic-merge-patch+json') as never
const JSON_PATCH = setHeaderOptions('Content-Type', 'application/json-patch+json') as never

export function describeCluster(name: string, start: () => Promise<StartedCluster>): void {
  describe(`the API of ${name}`, () => {
    let cluster: StartedCluster
    let api: ClusterApi
    const namespace = `behaviours-${Math.random().toString(36).slice(2, 8)}`
    beforeAll(async () => {
      cluster = await start()
      api = createClusterApi(cluster.kubeConfig)
      await api.apis.core.createNamespace({ body: { metadata: { name: namespace } } })
    }, 60_000)
    afterAll(async () => {
      await api?.apis.core.deleteNamespace({ name: namespace })
      await api?.close()
      await cluster?.stop()
    })

    const core = () => api.apis.core
    const pod = (podName: string, labels: Record<string, string> = {}): V1Pod => ({
      metadata: { name: podName, labels },
      spec: { containers: [{ name: 'app', image: 'registry.example/app:1', env: [{ name: 'A', value: '1' }] }] },
    })
    const createPod = (podName: string, labels?: Record<string, string>) =>
      core().createNamespacedPod({ namespace, body: pod(podName, labels) })
    const refusal = async (call: Promise<unknown>) => {
      const error = await call.then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      return statusOf(error)
    }
    const kind = async (call: Promise<unknown>) =>
      call.then(
        () => undefined,
        (error: unknown) => (error instanceof ToolError ? error.kind : error),
      )

    test('is ready, and tells its version', async () => {
      await api.ready()
    })

    test('gives what it was given an identity, a version and a birthday', async () => {
      const created = await createPod('born', { app: 'born' })

      expect(created.metadata).toMatchObject({ name: 'born', namespace, labels: { app: 'born' } })
      expect(created.metadata?.uid).toMatch(/^[0-9a-f-]{36}$/)
      expect(created.metadata?.resourceVersion).toMatch(/^\d+$/)
      expect(created.metadata?.creationTimestamp).toBeInstanceOf(Date)
      expect(created.status?.phase).toBe('Pending')
      expect((await api.get('pods', { namespace, name: 'born' })).metadata?.uid).toBe(created.metadata?.uid)
    })

    test('refuses what cannot be: a name twice, a name that is none, a place that is not there', async () => {
      await createPod('once')

      expect(await refusal(createPod('once'))).toBe(409)
      expect(await refusal(createPod('No_Name'))).toBe(422)
      expect(await refusal(core().createNamespacedPod({ namespace: 'no-such-place', body: pod('x') }))).toBe(404)
      expect(await kind(api.get('pods', { namespace, name: 'nobody' }))).toBe('not_found')
    })

    test('lists in pages that together are the list as it was when it began', async () => {
      for (let at = 0; at < 7; at++) await createPod(`page-${at}`, { set: 'page' })
      const query = { namespace, labelSelector: 'set=page', limit: 3 }

      const first = await api.list('pods', query)
      await createPod('page-0-late', { set: 'page' })
      await core().deleteNamespacedPod({ namespace, name: 'page-6', gracePeriodSeconds: 0 })
      const second = await api.list('pods', { ...query, continueFrom: first.continueFrom as string })
      const third = await api.list('pods', { ...query, continueFrom: second.continueFrom as string })

      const names = [first, second, third].flatMap(({ items }) => items.map(({ metadata }) => metadata?.name))
      expect(names).toEqual(Array.from({ length: 7 }, (_, at) => `page-${at}`))
      expect(third.continueFrom).toBeUndefined()
      expect(await kind(api.list('pods', { ...query, continueFrom: 'nonsense' }))).toBe('validation_error')
    })

    test('selects by labels and by fields, in each form', async () => {
      await createPod('blue', { colour: 'blue', size: 's' })
      await createPod('green', { colour: 'green' })
      const names = async (query: object) =>
        (await api.listAll('pods', { namespace, ...query })).map(({ metadata }) => metadata?.name)

      expect(await names({ labelSelector: 'colour=blue' })).toEqual(['blue'])
      expect(await names({ labelSelector: 'colour,colour!=blue' })).toEqual(['green'])
      expect(await names({ labelSelector: 'colour in (blue, green),!size' })).toEqual(['green'])
      expect(await names({ labelSelector: 'colour,colour notin (green)' })).toEqual(['blue'])
      expect(await names({ fieldSelector: 'metadata.name=blue' })).toEqual(['blue'])
      expect(await names({ fieldSelector: 'metadata.name=blue,status.phase=Running' })).toEqual([])
      expect(await names({ labelSelector: 'colour', fieldSelector: 'spec.nodeName!=' })).toEqual([])
      expect(await kind(names({ fieldSelector: 'spec.hostname=x' }))).toBe('validation_error')
      expect(await kind(names({ labelSelector: '=x' }))).toBe('validation_error')
    })

    test('writes status as a subresource, and the rest without it', async () => {
      await createPod('two-halves')
      const target = { namespace, name: 'two-halves' }
      const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }

      await core().patchNamespacedPodStatus({ ...target, body: { metadata: { labels: { x: 'no' } }, status } }, MERGE)
      await core().patchNamespacedPod(
        { ...target, body: { metadata: { labels: { y: 'yes' } }, status: { phase: 'Failed' } } },
        MERGE,
      )

      const now = await api.get('pods', target)
      expect(now.status?.phase).toBe('Running')
      expect(now.metadata?.labels).toMatchObject({ y: 'yes' })
      expect((await api.list('pods', { namespace, fieldSelector: 'status.phase=Running' })).items).toHaveLength(1)
    })

    test('patches in three forms, and a list of containers by their names in one of them', async () => {
      const spec = {
        replicas: 1,
        selector: { matchLabels: { app: 'patched' } },
        template: {
          metadata: { labels: { app: 'patched' } },
          spec: {
            containers: [
              { name: 'a', image: 'a:1' },
              { name: 'b', image: 'b:1' },
            ],
          },
        },
      }
      const apps = api.apis.apps
      await apps.createNamespacedDeployment({ namespace, body: { metadata: { name: 'patched' }, spec } })
      const target = { namespace, name: 'patched' }
      const images = async () =>
        (await api.get('deployments', target)).spec?.template.spec?.containers.map(({ image }) => image)

      await apps.patchNamespacedDeployment(
        { ...target, body: { spec: { template: { spec: { containers: [{ name: 'b', image: 'b:2' }] } } } } },
        STRATEGIC,
      )
      expect(await images()).toEqual(['a:1', 'b:2'])
      await apps.patchNamespacedDeployment(
        { ...target, body: [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'a:3' }] },
        JSON_PATCH,
      )
      expect(await images()).toEqual(['a:3', 'b:2'])
      await apps.patchNamespacedDeployment(
        { ...target, body: { spec: { template: { spec: { containers: [{ name: 'c', image: 'c:1' }] } } } } },
        MERGE,
      )
      expect(await images()).toEqual(['c:1'])
      const failing = { ...target, body: [{ op: 'test', path: '/spec/replicas', value: 9 }] }
      expect([409, 422]).toContain(await refusal(apps.patchNamespacedDeployment(failing, JSON_PATCH)))
      expect((await api.get('deployments', target)).metadata?.generation).toBe(4)
    })

    test('with dryRun=All it checks and answers, and keeps nothing', async () => {
      const created = await createPod('dry')
      const target = { namespace, name: 'dry', dryRun: 'All' }

      const patched = await core().patchNamespacedPod(
        { ...target, body: { metadata: { labels: { dry: 'run' } } } },
        MERGE,
      )
      await core().deleteNamespacedPod({ ...target, gracePeriodSeconds: 0 })
      await core().createNamespacedPod({ namespace, dryRun: 'All', body: pod('dry-too') })

      expect(patched.metadata?.labels).toMatchObject({ dry: 'run' })
      const now = await api.get('pods', { namespace, name: 'dry' })
      expect(now.metadata?.resourceVersion).toBe(created.metadata?.resourceVersion)
      expect(now.metadata?.labels?.['dry']).toBeUndefined()
      expect(await kind(api.get('pods', { namespace, name: 'dry-too' }))).toBe('not_found')
    })

    test('a stale version or another object of the same name is a conflict, and nothing is written', async () => {
      const { metadata } = await createPod('contended')
      const target = { namespace, name: 'contended' }
      await core().patchNamespacedPod({ ...target, body: { metadata: { labels: { n: '1' } } } }, MERGE)
      const stale = { metadata: { resourceVersion: metadata?.resourceVersion, labels: { n: '2' } } }
      const preconditions = (given: object) =>
        core().deleteNamespacedPod({ ...target, body: { preconditions: given, gracePeriodSeconds: 0 } })

      expect(await refusal(core().patchNamespacedPod({ ...target, body: stale }, MERGE))).toBe(409)
      expect(await refusal(preconditions({ uid: '00000000-0000-4000-8000-000000000000' }))).toBe(409)
      expect(await refusal(preconditions({ resourceVersion: metadata?.resourceVersion }))).toBe(409)

      expect((await api.get('pods', target)).metadata?.labels).toEqual({ n: '1' })
    })

    test('an object with a finalizer waits for it before it goes', async () => {
      const body = { ...pod('held'), metadata: { name: 'held', finalizers: ['example.com/hold'] } }
      await core().createNamespacedPod({ namespace, body })
      const target = { namespace, name: 'held' }

      await core().deleteNamespacedPod({ ...target, gracePeriodSeconds: 0 })
      expect((await api.get('pods', target)).metadata?.deletionTimestamp).toBeInstanceOf(Date)
      await core().patchNamespacedPod({ ...target, body: { metadata: { finalizers: null } } }, MERGE)

      await waitFor(async () => (await kind(api.get('pods', target))) === 'not_found')
    })

    test('a watch from a list on tells each change once, in order, and what leaves a selector as deleted', async () => {
      const ending = new AbortController()
      const { resourceVersion } = await api.list('pods', { namespace })
      const seen: string[] = []
      const watching = (async () => {
        const query = { namespace, labelSelector: 'watched=yes', resourceVersion }
        for await (const { type, object } of api.watch('pods', query, ending.signal)) {
          // How often an object changes on its way out is the server's own affair.
          if (type !== 'BOOKMARK' && type !== 'MODIFIED') seen.push(`${type} ${object.metadata?.name}`)
        }
      })()

      await createPod('seen-1', { watched: 'yes' })
      await createPod('unseen', { watched: 'no' })
      const label = (podName: string, watched: string) =>
        core().patchNamespacedPod({ namespace, name: podName, body: { metadata: { labels: { watched } } } }, MERGE)
      await label('unseen', 'yes')
      await label('seen-1', 'no')
      await core().deleteNamespacedPod({ namespace, name: 'unseen', gracePeriodSeconds: 0 })

      const expected = ['ADDED seen-1', 'ADDED unseen', 'DELETED seen-1', 'DELETED unseen']
      await waitFor(() => seen.length >= expected.length)
      ending.abort()
      await expect(watching).rejects.toThrow()
      expect(seen).toEqual(expected)
    })

    test('a watch ends well when its time is over', async () => {
      const { resourceVersion } = await api.list('pods', { namespace })
      const query = { namespace, resourceVersion, timeoutSeconds: 1 }
      const types: string[] = []
      for await (const { type } of api.watch('pods', query, AbortSignal.timeout(15_000))) types.push(type)
      expect(types.filter((type) => type !== 'BOOKMARK')).toEqual([])
    })

    test('a version and a page that are too old are gone, and a new list begins well', async () => {
      const before = await api.list('pods', { namespace, limit: 1 })
      await createPod('after-the-list')
      await cluster.compact()
      await createPod('after-the-compaction')

      const old = api.watch('pods', { namespace, resourceVersion: before.resourceVersion }, AbortSignal.timeout(10_000))
      expect(await kind(old.next())).toBe('conflict')
      expect(await kind(api.list('pods', { namespace, limit: 1, continueFrom: before.continueFrom as string }))).toBe(
        'conflict',
      )
      expect((await api.list('pods', { namespace, limit: 1 })).items).toHaveLength(1)
    })

    test('scale is a subresource that is read and written by itself', async () => {
      const spec = {
        replicas: 2,
        selector: { matchLabels: { app: 'scaled' } },
        template: { metadata: { labels: { app: 'scaled' } }, spec: { containers: [{ name: 'a', image: 'a:1' }] } },
      }
      await api.apis.apps.createNamespacedDeployment({ namespace, body: { metadata: { name: 'scaled' }, spec } })
      const target = { namespace, name: 'scaled' }

      const before = await api.apis.apps.readNamespacedDeploymentScale(target)
      await api.apis.apps.patchNamespacedDeploymentScale({ ...target, body: { spec: { replicas: 5 } } }, MERGE)

      expect(before).toMatchObject({ kind: 'Scale', spec: { replicas: 2 }, status: { selector: 'app=scaled' } })
      expect((await api.get('deployments', target)).spec?.replicas).toBe(5)
      const negative = { ...target, body: { spec: { replicas: -1 } } }
      expect(await refusal(api.apis.apps.patchNamespacedDeploymentScale(negative, MERGE))).toBe(422)
    })

    test('an eviction takes a pod out, in a dry run as well without doing it', async () => {
      await createPod('evictable')
      const target = { namespace, name: 'evictable' }
      const evict = (dryRun?: string) =>
        core().createNamespacedPodEviction({ ...target, ...(dryRun && { dryRun }), body: { metadata: target } })

      await evict('All')
      expect((await api.get('pods', target)).metadata?.deletionTimestamp).toBeUndefined()
      await evict()

      await waitFor(async () => (await kind(api.get('pods', target))) === 'not_found')
    })

    test('it says what one may do', async () => {
      expect(await api.may({ verb: 'patch', group: 'apps', resource: 'deployments', namespace })).toBe(true)
    })

    test('who has no token, or a wrong one, is told so and no more', async () => {
      const stranger = new KubeConfig()
      stranger.loadFromClusterAndUser(cluster.kubeConfig.getCurrentCluster() as Cluster, { name: 'x', token: 'wrong' })
      const theirs = createClusterApi(stranger)
      const error = await theirs.list('pods', { namespace }).catch((thrown: unknown) => thrown)
      await theirs.close()

      expect(error).toBeInstanceOf(ToolError)
      expect(error).toMatchObject({ kind: 'forbidden', message: expect.stringContaining('credentials') })
    })

    testWrites(() => ({ api, cluster, namespace, createPod, kind }))
  })
}
