// A diagnosis reads whole lists, however large what is in them: pods with many sidecars come in smaller pages.
import { expect, test } from 'vitest'
import type { ListQuery, Page } from '../../../../src/server/kubernetes/cluster-api.ts'
import { AnswerTooLarge } from '../../../../src/server/kubernetes/cluster-error.ts'
import { diagnose } from '../../../../src/server/kubernetes/diagnosis/diagnose.ts'
import { namespaceScope } from '../../../../src/server/kubernetes/namespace-scope.ts'
import type { ClusterReads } from '../../../../src/server/kubernetes/read-cache.ts'
import { readCluster } from '../../../../src/server/kubernetes/read-cluster.ts'
import { snapshotOfNamespace } from '../../../../src/server/kubernetes/snapshot-of-namespace.ts'
import { fillWithPods } from '../../../support/cluster/many-pods.ts'
import { EMPTY, startTestCluster } from '../../../support/cluster/test-cluster.ts'
import { toolErrorOf } from '../../../support/cluster/tool-error-of.ts'

test('a namespace of which a page of pods is too large to take is diagnosed whole', async () => {
  const { api, store } = await startTestCluster({ scenario: EMPTY, controllers: false, maxBytes: 400_000 })
  fillWithPods(store, { pods: 1_000 }, Date.now())
  expect((await toolErrorOf(api.list('pods', { namespace: 'load-0' }))).message).toContain('too large')
  const reader = readCluster({ reads: api, log: api.log, scope: namespaceScope() })

  const snapshot = await snapshotOfNamespace(reader, 'load-0')

  expect(new Set(snapshot.objects.Pod?.map(({ metadata }) => metadata?.uid)).size).toBe(1_000)
  expect(diagnose(snapshot, Date.now()).pods.filter(({ gravest }) => gravest === 'crash_loop')).toHaveLength(50)
})

/** A cluster of so many pods, of which a page of more than `fitting` is too large, and what it was asked for. */
function readerOf(pods: number, fitting: number) {
  const limits: (number | undefined)[] = []
  const list = async (_: string, { limit = 500, continueFrom = '0' }: ListQuery = {}): Promise<Page<object>> => {
    limits.push(limit)
    if (limit > fitting) throw new AnswerTooLarge('list pods')
    const from = Number(continueFrom)
    const next = from + limit
    const items = Array.from({ length: Math.min(limit, pods - from) }, () => ({}))
    return { items, continueFrom: next < pods ? String(next) : undefined, resourceVersion: '1' }
  }
  const reads = { list, get: list } as unknown as ClusterReads
  return { reader: readCluster({ reads, log: async () => '', scope: namespaceScope() }), limits }
}

test('what fits once is asked for from then on', async () => {
  const { reader, limits } = readerOf(500, 200)

  expect(await reader.list('Pod', 'shop')).toHaveLength(500)
  expect(limits).toEqual([500, 250, 125, 125, 125, 125])
})

test('of pages that are too large however small they are, few are asked for', async () => {
  const { reader, limits } = readerOf(500, 0)

  expect(await toolErrorOf(reader.list('Pod', 'shop'))).toBeInstanceOf(AnswerTooLarge)
  expect(limits).toEqual([500, 250, 125, 62, 31])
})

test('no more bytes are read than of any list, and half of what is large is not taken for all of it', async () => {
  const { reader, limits } = readerOf(20_000, 200)

  expect(await toolErrorOf(reader.list('Pod', 'shop'))).toBeInstanceOf(AnswerTooLarge)
  expect(limits).toHaveLength(102)
})
