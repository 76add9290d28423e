import { describe, expect, it } from 'vitest'
import { startHeapWatch } from '../../../../src/instrumentation/record/heap-growth.ts'

describe('startHeapWatch', () => {
  it('measures approximately the memory that a call keeps when it runs alone', () => {
    const kept: number[][] = []

    const watch = startHeapWatch()
    for (let block = 0; block < 8; block += 1) kept.push(new Array(131_072).fill(block + 0.5))
    const grown = watch.end()

    // 8 arrays of 131,072 doubles are 8 MiB.
    expect(grown).toBeGreaterThan(7_000_000)
    expect(grown).toBeLessThan(40_000_000)
    expect(kept.length).toBe(8)
  })

  it('never returns a negative value', () => {
    for (let round = 0; round < 40; round += 1) {
      const watch = startHeapWatch()
      new Array(50_000).fill(round).map(String)
      expect(watch.end()).toBeGreaterThanOrEqual(0)
    }
  })

  it('returns undefined for every overlapping call, and measures the next call that runs alone', () => {
    const first = startHeapWatch()
    const second = startHeapWatch()
    expect(first.end()).toBeUndefined()
    const third = startHeapWatch()
    expect(second.end()).toBeUndefined()
    expect(third.end()).toBeUndefined()

    expect(startHeapWatch().end()).toBeTypeOf('number')
  })

  it('returns undefined for a long call and for a short call inside it', () => {
    const long = startHeapWatch()
    expect(startHeapWatch().end()).toBeUndefined()
    expect(long.end()).toBeUndefined()
  })

  it('ignores a second end of the same watch', () => {
    const watch = startHeapWatch()
    expect(watch.end()).toBeTypeOf('number')
    expect(watch.end()).toBeUndefined()

    const other = startHeapWatch()
    watch.end()
    expect(startHeapWatch().end()).toBeUndefined()
    other.end()
  })
})
