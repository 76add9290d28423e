import { beforeEach, describe, expect, it } from 'vitest'
import { trackCache } from '../../../../src/instrumentation/record/track-cache.ts'
import { waitFor } from '../../../support/programs/wait-for.ts'
import type { RecordedSeries } from '../../../support/telemetry/recorded-series.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'

let recorded: RecordedSeries
beforeEach(() => {
  recorded = recordSeries()
})

const requests = (cache: string, result: 'hit' | 'miss') =>
  recorded.value(`mcp_cache_requests_total{cache="${cache}",result="${result}"}`)

describe('trackCache', () => {
  it('starts a cache at 0, also on a meter provider that is registered later', async () => {
    trackCache('early')
    expect([await requests('early', 'hit'), await requests('early', 'miss')]).toEqual([0, 0])

    recorded = recordSeries()
    trackCache('other').hit()

    expect([await requests('early', 'hit'), await requests('early', 'miss')]).toEqual([0, 0])
  })

  it('counts undefined and null as a miss, any other value as a hit, and returns it unchanged', async () => {
    const cache = trackCache('found')
    const value = { a: 1 }

    expect(cache.found(value)).toBe(value)
    for (const falsy of [0, '', false]) expect(cache.found(falsy)).toBe(falsy)
    expect(cache.found(undefined)).toBeUndefined()
    expect(cache.found(null)).toBeNull()
    cache.miss()
    cache.hit()

    expect([await requests('found', 'hit'), await requests('found', 'miss')]).toEqual([5, 3])
  })

  it('returns the same value or promise from a tracked lookup, and counts it unless it fails', async () => {
    const cache = trackCache('tracked')
    const stored = new Map([['a', 1]])
    const promise = Promise.resolve(undefined)
    const look = cache.track((key: string) => stored.get(key))
    const lookLater = cache.track((_key: string) => promise)
    const failing = cache.track(async () => {
      throw new Error('down')
    })
    const throwing = cache.track(() => {
      throw new Error('down')
    })

    expect([look('a'), look('b')]).toEqual([1, undefined])
    expect(lookLater('c')).toBe(promise)
    await expect(failing()).rejects.toThrow('down')
    expect(() => throwing()).toThrow('down')

    await waitFor(async () => (await requests('tracked', 'miss')) === 2)
    expect(await requests('tracked', 'hit')).toBe(1)
  })

  it('returns one tracker per name, and counts names beyond the limit as _OTHER', async () => {
    expect(trackCache('same')).toBe(trackCache('same'))
    for (let name = 0; name < 1000; name += 1) trackCache(`made up ${name}`).hit()

    const series = [...(await recorded.all())].filter(([sample]) => sample.startsWith('mcp_cache_requests_total'))
    expect(series.length).toBeLessThanOrEqual(2 * 51)
    const hits = series.filter(([sample]) => /"(made up \d+|_OTHER)",result="hit"/.test(sample))
    expect(hits.reduce((sum, [, value]) => sum + value, 0)).toBe(1000)
  })
})
