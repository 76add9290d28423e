// Tests that `readCluster` reads a list in smaller pages when its pages are too large.
import { describe, expect, it } from 'vitest'
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

/** A reader of this many pods that rejects pages of more than `fitting`, and the page sizes that it requests. */
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

describe('readCluster', () => {
  it('reads all pods of a namespace for a diagnosis, although a normal page is too large', async () => {
    const { api, store } = await startTestCluster({ scenario: EMPTY, controllers: false, maxBytes: 400_000 })
    fillWithPods(store, { pods: 1_000 }, Date.now())
    expect((await toolErrorOf(api.list('pods', { namespace: 'load-0' }))).message).toContain('too large')
    const reader = readCluster({ reads: api, log: api.log, scope: namespaceScope() })

    const snapshot = await snapshotOfNamespace(reader, 'load-0')

    expect(new Set(snapshot.objects.Pod?.map(({ metadata }) => metadata?.uid)).size).toBe(1_000)
    expect(diagnose(snapshot, Date.now()).pods.filter(({ gravest }) => gravest === 'crash_loop')).toHaveLength(50)
  })

  it('halves the page size until a page fits, and keeps that size', async () => {
    const { reader, limits } = readerOf(500, 200)

    expect(await reader.list('Pod', 'shop')).toHaveLength(500)
    expect(limits).toEqual([500, 250, 125, 125, 125, 125])
  })

  it('gives up after five attempts when even small pages are too large', async () => {
    const { reader, limits } = readerOf(500, 0)

    expect(await toolErrorOf(reader.list('Pod', 'shop'))).toBeInstanceOf(AnswerTooLarge)
    expect(limits).toEqual([500, 250, 125, 62, 31])
  })

  it('limits the pages of a list, and rejects an incomplete list of reduced pages', async () => {
    const { reader, limits } = readerOf(20_000, 200)

    expect(await toolErrorOf(reader.list('Pod', 'shop'))).toBeInstanceOf(AnswerTooLarge)
    expect(limits).toHaveLength(102)
  })
})
