// Defines tests for the life of an object: create, patch, scale, conflicts, deletion and eviction.
import { expect, it } from 'vitest'
import { waitFor } from '../programs/wait-for.ts'
import type { BehavingCluster } from './behaving-cluster.ts'
import { podNamed } from './behaving-cluster.ts'
import { JSON_PATCH, MERGE, STRATEGIC } from './patch-forms.ts'

/** @param started returns what `beforeAll` has created; call it only inside a test. */
export function testObjects(started: () => BehavingCluster): void {
  it('creates a pending pod with a uid, a resourceVersion and a creationTimestamp', async () => {
    const { api, namespace, createPod } = started()
    const created = await createPod('born', { app: 'born' })

    expect(created.metadata).toMatchObject({ name: 'born', namespace, labels: { app: 'born' } })
    expect(created.metadata?.uid).toMatch(/^[0-9a-f-]{36}$/)
    expect(created.metadata?.resourceVersion).toMatch(/^\d+$/)
    expect(created.metadata?.creationTimestamp).toBeInstanceOf(Date)
    expect(created.status?.phase).toBe('Pending')
    expect((await api.get('pods', { namespace, name: 'born' })).metadata?.uid).toBe(created.metadata?.uid)
  })

  it('rejects a duplicate name, an invalid name, a missing namespace and a missing pod', async () => {
    const { api, client, namespace, createPod, kind, refusal } = started()
    await createPod('once')

    expect(await refusal(createPod('once'))).toBe(409)
    expect(await refusal(createPod('No_Name'))).toBe(422)
    expect(await refusal(client.core.createNamespacedPod({ namespace: 'no-such-place', body: podNamed('x') }))).toBe(
      404,
    )
    expect(await kind(api.get('pods', { namespace, name: 'nobody' }))).toBe('not_found')
  })

  it('writes status only through its subresource, and the rest through a normal patch', async () => {
    const { api, client, namespace, createPod } = started()
    await createPod('two-halves')
    const target = { namespace, name: 'two-halves' }
    const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }

    await client.core.patchNamespacedPodStatus(
      { ...target, body: { metadata: { labels: { x: 'no' } }, status } },
      MERGE,
    )
    await client.core.patchNamespacedPod(
      { ...target, body: { metadata: { labels: { y: 'yes' } }, status: { phase: 'Failed' } } },
      MERGE,
    )

    const now = await api.get('pods', target)
    expect(now.status?.phase).toBe('Running')
    expect(now.metadata?.labels).toMatchObject({ y: 'yes' })
    expect((await api.list('pods', { namespace, fieldSelector: 'status.phase=Running' })).items).toHaveLength(1)
  })

  it('applies strategic, JSON and merge patches, and only a strategic one merges containers by name', async () => {
    const { api, client, namespace, refusal } = started()
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
    const apps = client.apps
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

  it('returns the result of a dryRun=All request and stores nothing', async () => {
    const { api, client, namespace, createPod, kind } = started()
    const created = await createPod('dry')
    const target = { namespace, name: 'dry', dryRun: 'All' }

    const patched = await client.core.patchNamespacedPod(
      { ...target, body: { metadata: { labels: { dry: 'run' } } } },
      MERGE,
    )
    await client.core.deleteNamespacedPod({ ...target, gracePeriodSeconds: 0 })
    await client.core.createNamespacedPod({ namespace, dryRun: 'All', body: podNamed('dry-too') })

    expect(patched.metadata?.labels).toMatchObject({ dry: 'run' })
    const now = await api.get('pods', { namespace, name: 'dry' })
    expect(now.metadata?.resourceVersion).toBe(created.metadata?.resourceVersion)
    expect(now.metadata?.labels?.['dry']).toBeUndefined()
    expect(await kind(api.get('pods', { namespace, name: 'dry-too' }))).toBe('not_found')
  })

  it('rejects a stale version or another uid as a conflict, and writes nothing', async () => {
    const { api, client, namespace, createPod, refusal } = started()
    const { metadata } = await createPod('contended')
    const target = { namespace, name: 'contended' }
    await client.core.patchNamespacedPod({ ...target, body: { metadata: { labels: { n: '1' } } } }, MERGE)
    const stale = { metadata: { resourceVersion: metadata?.resourceVersion, labels: { n: '2' } } }
    const preconditions = (given: object) =>
      client.core.deleteNamespacedPod({ ...target, body: { preconditions: given, gracePeriodSeconds: 0 } })

    expect(await refusal(client.core.patchNamespacedPod({ ...target, body: stale }, MERGE))).toBe(409)
    expect(await refusal(preconditions({ uid: '00000000-0000-4000-8000-000000000000' }))).toBe(409)
    expect(await refusal(preconditions({ resourceVersion: metadata?.resourceVersion }))).toBe(409)

    expect((await api.get('pods', target)).metadata?.labels).toEqual({ n: '1' })
  })

  it('keeps a deleted object until its finalizer is removed', async () => {
    const { api, client, namespace, kind } = started()
    const body = { ...podNamed('held'), metadata: { name: 'held', finalizers: ['example.com/hold'] } }
    await client.core.createNamespacedPod({ namespace, body })
    const target = { namespace, name: 'held' }

    await client.core.deleteNamespacedPod({ ...target, gracePeriodSeconds: 0 })
    expect((await api.get('pods', target)).metadata?.deletionTimestamp).toBeInstanceOf(Date)
    await client.core.patchNamespacedPod({ ...target, body: { metadata: { finalizers: null } } }, MERGE)

    await waitFor(async () => (await kind(api.get('pods', target))) === 'not_found')
  })

  it('reads and writes the scale subresource, and rejects negative replicas', async () => {
    const { api, client, namespace, refusal } = started()
    const spec = {
      replicas: 2,
      selector: { matchLabels: { app: 'scaled' } },
      template: { metadata: { labels: { app: 'scaled' } }, spec: { containers: [{ name: 'a', image: 'a:1' }] } },
    }
    await client.apps.createNamespacedDeployment({ namespace, body: { metadata: { name: 'scaled' }, spec } })
    const target = { namespace, name: 'scaled' }

    const before = await client.apps.readNamespacedDeploymentScale(target)
    await client.apps.patchNamespacedDeploymentScale({ ...target, body: { spec: { replicas: 5 } } }, MERGE)

    expect(before).toMatchObject({ kind: 'Scale', spec: { replicas: 2 }, status: { selector: 'app=scaled' } })
    expect((await api.get('deployments', target)).spec?.replicas).toBe(5)
    const negative = { ...target, body: { spec: { replicas: -1 } } }
    expect(await refusal(client.apps.patchNamespacedDeploymentScale(negative, MERGE))).toBe(422)
  })

  it('deletes a pod on eviction, and keeps it on a dry-run eviction', async () => {
    const { api, client, namespace, createPod, kind } = started()
    await createPod('evictable')
    const target = { namespace, name: 'evictable' }
    const evict = (dryRun?: string) =>
      client.core.createNamespacedPodEviction({ ...target, ...(dryRun && { dryRun }), body: { metadata: target } })

    await evict('All')
    expect((await api.get('pods', target)).metadata?.deletionTimestamp).toBeUndefined()
    await evict()

    await waitFor(async () => (await kind(api.get('pods', target))) === 'not_found')
  })
}
