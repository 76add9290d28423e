// Defines tests for versioned writes, disruption budgets, bookmarks and permissions.
// The tests set the status of a budget in place of its controller.
import type { V1Pod } from '@kubernetes/client-node'
import { expect, it } from 'vitest'
import { createClusterApi } from '../../../src/server/kubernetes/cluster-api.ts'
import { waitFor } from '../programs/wait-for.ts'
import type { BehavingCluster } from './behaving-cluster.ts'
import { MERGE } from './patch-forms.ts'

const NOW = { dryRun: false } as const
const DRY = { dryRun: true } as const

/** @param started returns what `beforeAll` has created; call it only inside a test. */
export function testWrites(started: () => BehavingCluster): void {
  const make = async (name: string, replicas: number) => {
    const { client, namespace } = started()
    const labels = { app: name }
    const template = { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'a:1' }] } }
    const body = { metadata: { name }, spec: { replicas, selector: { matchLabels: labels }, template } }
    const { metadata } = await client.apps.createNamespacedDeployment({ namespace, body })
    return { namespace, name, resourceVersion: metadata?.resourceVersion ?? '' }
  }
  const current = (name: string) => started().api.get('deployments', { namespace: started().namespace, name })
  const versioned = async (name: string) => {
    const { api, namespace } = started()
    const { metadata } = await api.get('pods', { namespace, name })
    return { namespace, name, uid: metadata?.uid ?? '', resourceVersion: metadata?.resourceVersion ?? '' }
  }
  const setStatus = (name: string, phase: string, ready: boolean) => {
    const { client, namespace } = started()
    const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }]
    return client.core.patchNamespacedPodStatus({ namespace, name, body: { status: { phase, conditions } } }, MERGE)
  }
  const reckon = async (name: string, currentHealthy: number) => {
    const { api, client, namespace } = started()
    const target = { namespace, name }
    const { metadata } = await api.get('poddisruptionbudgets', target)
    const status = {
      observedGeneration: metadata?.generation ?? 1,
      disruptionsAllowed: Math.max(0, currentHealthy - 1),
      currentHealthy,
      desiredHealthy: 1,
      expectedPods: 2,
    }
    await client.policy.patchNamespacedPodDisruptionBudgetStatus({ ...target, body: { status } }, MERGE)
  }

  it('patches and scales only the given version, also in a dry run, and changes nothing else', async () => {
    const { api, kind } = started()
    const stale = await make('versions', 1)
    const label = { op: 'add', path: '/spec/template/metadata/annotations', value: { by: 'test' } } as const

    const tried = await api.write.patch('deployments', stale, [label], DRY)
    await api.write.scale('deployments', stale, 4, DRY)
    expect(tried.spec?.template.metadata?.annotations).toEqual({ by: 'test' })
    expect((await current('versions')).metadata?.resourceVersion).toBe(stale.resourceVersion)

    const after = await api.write.patch('deployments', stale, [label], NOW)
    const fresh = { ...stale, resourceVersion: after.metadata?.resourceVersion ?? '' }
    expect(fresh.resourceVersion).not.toBe(stale.resourceVersion)
    for (const options of [DRY, NOW]) {
      expect(await kind(api.write.patch('deployments', stale, [label], options))).toBe('conflict')
      expect(await kind(api.write.scale('deployments', stale, 4, options))).toBe('conflict')
    }
    expect((await current('versions')).spec?.replicas).toBe(1)

    await api.write.scale('deployments', fresh, 3, NOW)
    expect((await current('versions')).spec?.replicas).toBe(3)
  })

  it('refuses invalid writes in a dry run, and reports a missing object as not_found', async () => {
    const { api, namespace, kind } = started()
    const target = await make('strict', 1)
    const noImage = { op: 'add', path: '/spec/template/spec/containers', value: [] } as const

    expect(await kind(api.write.patch('deployments', target, [noImage], DRY))).toBe('refused')
    expect(await kind(api.write.scale('deployments', target, -1, DRY))).toBe('refused')
    const nobody = { namespace, name: 'nobody', resourceVersion: '1' }
    expect(await kind(api.write.scale('deployments', nobody, 1, DRY))).toBe('not_found')
    expect((await current('strict')).metadata?.resourceVersion).toBe(target.resourceVersion)
  })

  it('evicts only the pod with the given uid and version', async () => {
    const { api, namespace, createPod, kind } = started()
    await createPod('meant')
    const stale = await versioned('meant')
    await setStatus('meant', 'Running', true)
    const fresh = await versioned('meant')

    expect(await kind(api.write.evict(stale, NOW))).toBe('conflict')
    expect(await kind(api.write.evict({ ...fresh, uid: '00000000-0000-4000-8000-000000000000' }, NOW))).toBe('conflict')
    expect((await versioned('meant')).resourceVersion).toBe(fresh.resourceVersion)
    await api.write.evict(fresh, NOW)

    await waitFor(async () => (await kind(api.get('pods', { namespace, name: 'meant' }))) === 'not_found')
    expect(await kind(api.write.evict(fresh, NOW))).toBe('not_found')
  })

  it('applies a budget to evictions and dry runs, and lets pods go that are pending or not needed', async () => {
    const { api, client, namespace, createPod, kind } = started()
    const labels = { app: 'budgeted' }
    for (const name of ['kept-1', 'kept-2', 'pending', 'unready']) await createPod(name, labels)
    await setStatus('unready', 'Running', false)
    for (const name of ['kept-1', 'kept-2']) await setStatus(name, 'Running', true)
    const spec = { minAvailable: 1, selector: { matchLabels: labels } }
    const target = { namespace, name: 'budget' }
    await client.policy.createNamespacedPodDisruptionBudget({
      namespace,
      body: { metadata: { name: 'budget' }, spec },
    })
    const evict = async (name: string, options: { readonly dryRun: boolean }) =>
      kind(api.write.evict(await versioned(name), options))
    const left = async () => (await api.get('poddisruptionbudgets', target)).status?.disruptionsAllowed

    // The budget has no status yet.
    expect(await evict('kept-1', DRY)).toBe('refused')
    await reckon('budget', 0)
    expect(await evict('pending', NOW)).toBeUndefined()
    expect(await evict('unready', DRY)).toBe('refused')
    await reckon('budget', 1)
    expect(await evict('unready', NOW)).toBeUndefined()
    expect(await evict('kept-1', DRY)).toBe('refused')
    expect(await evict('kept-1', NOW)).toBe('refused')
    expect((await api.get('pods', { namespace, name: 'kept-1' })).metadata?.deletionTimestamp).toBeUndefined()

    await reckon('budget', 2)
    expect(await evict('kept-1', DRY)).toBeUndefined()
    expect(await left()).toBe(1)
    expect(await evict('kept-1', NOW)).toBeUndefined()
    expect(await left()).toBe(0)
    expect(await evict('kept-2', NOW)).toBe('refused')
  })

  it('sends a bookmark to a quiet watch, from which a new watch continues', async () => {
    const { api, cluster, namespace, createPod } = started()
    const { resourceVersion } = await api.list('pods', { namespace })
    const query = { namespace, labelSelector: 'watched=bookmarks', timeoutSeconds: cluster.bookmarkedSeconds }
    const watchFrom = (from: string) =>
      api.watch('pods', { ...query, resourceVersion: from }, AbortSignal.timeout(30_000))
    await createPod('of-interest', { watched: 'bookmarks' })

    const changes = []
    let elsewhere: V1Pod | undefined
    for await (const change of watchFrom(resourceVersion)) {
      changes.push(change)
      // The watch has started by now.
      elsewhere ??= await createPod('of-no-interest', { watched: 'no' })
    }

    expect(changes.map(({ type }) => type)).toEqual(['ADDED', ...changes.slice(1).map(() => 'BOOKMARK')])
    const last = changes.at(-1)
    expect(last?.type).toBe('BOOKMARK')
    expect(BigInt(last?.resourceVersion ?? 0)).toBeGreaterThanOrEqual(BigInt(elsewhere?.metadata?.resourceVersion ?? 0))
    expect(last?.object.metadata?.name ?? '').toBe('')
    await createPod('of-interest-too', { watched: 'bookmarks' })
    const next = await watchFrom(last?.resourceVersion ?? '').next()
    expect(next.value).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'of-interest-too' } } })
  })

  it('tells an account that may only read pods its permissions, and forbids everything else', async () => {
    const { api, cluster, namespace, createPod, kind } = started()
    await createPod('guarded')
    const deployment = await make('guarded', 1)
    const { kubeConfig, stop } = await cluster.readerOfPods(namespace)
    const theirs = createClusterApi(kubeConfig)
    try {
      expect(await theirs.may({ verb: 'list', resource: 'pods', namespace })).toBe(true)
      expect(await theirs.may({ verb: 'patch', group: 'apps', resource: 'deployments', namespace })).toBe(false)
      expect(await theirs.may({ verb: 'create', resource: 'pods', subresource: 'eviction', namespace })).toBe(false)
      expect(await theirs.may({ verb: 'list', resource: 'pods' })).toBe(false)

      expect(await kind(theirs.list('pods', { namespace }))).toBeUndefined()
      expect(await kind(theirs.list('pods'))).toBe('forbidden')
      expect(await kind(theirs.list('events', { namespace }))).toBe('forbidden')
      expect(await kind(theirs.log({ namespace, name: 'guarded' }))).toBe('forbidden')
      const watching = theirs.watch('events', { namespace, resourceVersion: '0' }, AbortSignal.timeout(10_000))
      expect(await kind(watching.next())).toBe('forbidden')
      expect(await kind(theirs.write.scale('deployments', deployment, 2, DRY))).toBe('forbidden')
      expect(await kind(theirs.write.evict({ ...deployment, name: 'guarded', uid: 'x' }, NOW))).toBe('forbidden')
    } finally {
      await theirs.close()
      await stop()
    }
    expect((await api.get('deployments', { namespace, name: 'guarded' })).spec?.replicas).toBe(1)
  })
}
