import { beforeEach, describe, expect, it } from 'vitest'
import type { ClusterReads } from '../../../../src/server/kubernetes/read-cache.ts'
import { cacheReads } from '../../../../src/server/kubernetes/read-cache.ts'
import type { RecordedSeries } from '../../../support/telemetry/recorded-series.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'

let series: RecordedSeries
beforeEach(() => {
  series = recordSeries()
})

interface Asked {
  readonly signal: AbortSignal | undefined
  answer(items: unknown[]): void
  fail(error: Error): void
}

/** An API that answers when the test tells it to. */
function heldApi() {
  const asked: Asked[] = []
  const reads = {
    list: (_resource: string, _query: object, signal?: AbortSignal) => {
      const { promise, resolve, reject } = Promise.withResolvers<unknown>()
      asked.push({ signal, answer: (items) => resolve({ items }), fail: reject })
      return promise
    },
    get: () => Promise.reject(new Error('not used')),
  } as unknown as ClusterReads
  return { asked, reads }
}

const lookUps = async () => {
  const found = await series.nonZero('mcp_cache_requests_total')
  const of = (result: string) => found[`mcp_cache_requests_total{cache="kubernetes",result="${result}"}`] ?? 0
  return { hits: of('hit'), misses: of('miss') }
}

describe('cacheReads', () => {
  it('shares one request between concurrent callers, and counts each hit and miss', async () => {
    const { asked, reads } = heldApi()
    const cached = cacheReads(reads)
    const calls = Array.from({ length: 5 }, () => cached.list('pods', { namespace: 'shop' }))
    const other = cached.list('pods', { namespace: 'data' })

    asked[0]?.answer(['a'])
    asked[1]?.answer(['b'])

    expect((await Promise.all(calls)).map(({ items }) => items)).toEqual(Array(5).fill(['a']))
    expect((await other).items).toEqual(['b'])
    expect(asked).toHaveLength(2)
    expect(await lookUps()).toEqual({ hits: 4, misses: 2 })
  })

  it('reuses an answer until its TTL ends', async () => {
    let now = 0
    const { asked, reads } = heldApi()
    const cached = cacheReads(reads, { ttlMs: 100, now: () => now })
    const first = cached.list('pods')
    asked[0]?.answer([1])
    await first

    now = 99
    expect((await cached.list('pods')).items).toEqual([1])
    now = 101
    const second = cached.list('pods')
    asked[1]?.answer([2])

    expect((await second).items).toEqual([2])
  })

  it('rejects every waiting caller on a failure, and does not cache it', async () => {
    const { asked, reads } = heldApi()
    const cached = cacheReads(reads)
    const calls = [cached.list('pods'), cached.list('pods')]
    asked[0]?.fail(new Error('down'))
    await Promise.all(calls.map((call) => expect(call).rejects.toThrow('down')))

    const again = cached.list('pods')
    asked[1]?.answer(['up'])

    expect((await again).items).toEqual(['up'])
  })

  it('cancels a request only when all its callers have aborted, and sends a new one afterwards', async () => {
    const { asked, reads } = heldApi()
    const cached = cacheReads(reads)
    const [one, two] = [new AbortController(), new AbortController()]
    const calls = [cached.list('pods', {}, one.signal), cached.list('pods', {}, two.signal)]

    one.abort(new Error('one left'))
    await expect(calls[0]).rejects.toThrow('one left')
    expect(asked[0]?.signal?.aborted).toBe(false)
    two.abort(new Error('two left'))
    await expect(calls[1]).rejects.toThrow('two left')

    expect(asked[0]?.signal?.aborted).toBe(true)
    // A later caller does not get the result of the cancelled request.
    const third = cached.list('pods')
    asked[0]?.fail(new Error('aborted'))
    asked[1]?.answer(['fresh'])
    expect((await third).items).toEqual(['fresh'])
  })

  it('keeps no more answers and objects than its limits', async () => {
    const { asked, reads } = heldApi()
    const cached = cacheReads(reads, { maxEntries: 3, maxObjects: 10, ttlMs: 60_000 })
    const fill = async (namespace: string, objects: number) => {
      const before = asked.length
      const call = cached.list('pods', { namespace })
      asked[before]?.answer(Array(objects).fill('x'))
      await call
      return asked.length > before
    }
    for (const namespace of ['a', 'b', 'c', 'd']) expect(await fill(namespace, 1)).toBe(true)

    expect(await fill('d', 1)).toBe(false)
    expect(await fill('a', 1)).toBe(true)
    await fill('large', 9)
    expect(await fill('large', 9)).toBe(false)
    expect(await fill('d', 1)).toBe(true)
  })
})
