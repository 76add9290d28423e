// Defines tests for lists and watches: pages, selectors, changes and expired versions.
import { expect, it } from 'vitest'
import { waitFor } from '../programs/wait-for.ts'
import { listAll } from './admin-client.ts'
import type { BehavingCluster } from './behaving-cluster.ts'
import { MERGE } from './patch-forms.ts'

/** @param started returns what `beforeAll` has created; call it only inside a test. */
export function testReads(started: () => BehavingCluster): void {
  it('returns pages of the list as it was at the first page, and rejects an invalid position', async () => {
    const { api, client, namespace, createPod, kind } = started()
    for (let at = 0; at < 7; at++) await createPod(`page-${at}`, { set: 'page' })
    const query = { namespace, labelSelector: 'set=page', limit: 3 }

    const first = await api.list('pods', query)
    await createPod('page-0-late', { set: 'page' })
    await client.core.deleteNamespacedPod({ namespace, name: 'page-6', gracePeriodSeconds: 0 })
    const second = await api.list('pods', { ...query, continueFrom: first.continueFrom as string })
    const third = await api.list('pods', { ...query, continueFrom: second.continueFrom as string })

    const names = [first, second, third].flatMap(({ items }) => items.map(({ metadata }) => metadata?.name))
    expect(names).toEqual(Array.from({ length: 7 }, (_, at) => `page-${at}`))
    expect(third.continueFrom).toBeUndefined()
    expect(await kind(api.list('pods', { ...query, continueFrom: 'nonsense' }))).toBe('validation_error')
  })

  it('selects by labels and fields in every form, and rejects an invalid selector', async () => {
    const { api, namespace, createPod, kind } = started()
    await createPod('blue', { colour: 'blue', size: 's' })
    await createPod('green', { colour: 'green' })
    const names = async (query: object) =>
      (await listAll(api, 'pods', { namespace, ...query })).map(({ metadata }) => metadata?.name)

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

  it('reports each change to a watch once, in order, with objects that leave the selector as deleted', async () => {
    const { api, client, namespace, createPod } = started()
    const ending = new AbortController()
    const { resourceVersion } = await api.list('pods', { namespace })
    const seen: string[] = []
    const watching = (async () => {
      const query = { namespace, labelSelector: 'watched=yes', resourceVersion }
      for await (const { type, object } of api.watch('pods', query, ending.signal)) {
        // The number of changes during a deletion depends on the server.
        if (type !== 'BOOKMARK' && type !== 'MODIFIED') seen.push(`${type} ${object.metadata?.name}`)
      }
    })()

    await createPod('seen-1', { watched: 'yes' })
    await createPod('unseen', { watched: 'no' })
    const label = (podName: string, watched: string) =>
      client.core.patchNamespacedPod({ namespace, name: podName, body: { metadata: { labels: { watched } } } }, MERGE)
    await label('unseen', 'yes')
    await label('seen-1', 'no')
    await client.core.deleteNamespacedPod({ namespace, name: 'unseen', gracePeriodSeconds: 0 })

    const expected = ['ADDED seen-1', 'ADDED unseen', 'DELETED seen-1', 'DELETED unseen']
    await waitFor(() => seen.length >= expected.length)
    ending.abort()
    await expect(watching).rejects.toThrow()
    expect(seen).toEqual(expected)
  })

  it('ends a watch without an error at its timeout', async () => {
    const { api, namespace } = started()
    const { resourceVersion } = await api.list('pods', { namespace })
    const query = { namespace, resourceVersion, timeoutSeconds: 1 }
    const types: string[] = []
    for await (const { type } of api.watch('pods', query, AbortSignal.timeout(15_000))) types.push(type)
    expect(types.filter((type) => type !== 'BOOKMARK')).toEqual([])
  })

  it('rejects an expired version or position as a conflict, and starts a new list', async () => {
    const { api, cluster, namespace, createPod, kind } = started()
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
}
