import { expect, test } from 'vitest'
import { startHeapWatch } from '../../../../src/instrumentation/record/heap-growth.ts'

test('what a call that ran alone kept is the growth of the heap, give or take what else was allocated', () => {
  const kept: number[][] = []

  const watch = startHeapWatch()
  for (let block = 0; block < 8; block += 1) kept.push(new Array(131_072).fill(block + 0.5))
  const grown = watch.end()

  // 8 arrays of 131,072 doubles are 8 MiB.
  expect(grown).toBeGreaterThan(7_000_000)
  expect(grown).toBeLessThan(40_000_000)
  expect(kept.length).toBe(8)
})

test('a heap that shrank is no growth below 0', () => {
  for (let round = 0; round < 40; round += 1) {
    const watch = startHeapWatch()
    new Array(50_000).fill(round).map(String)
    expect(watch.end()).toBeGreaterThanOrEqual(0)
  }
})

test('an overlap voids every call that took part in it, and the next that runs alone is measured again', () => {
  const first = startHeapWatch()
  const second = startHeapWatch()
  expect(first.end()).toBeUndefined()
  const third = startHeapWatch()
  expect(second.end()).toBeUndefined()
  expect(third.end()).toBeUndefined()

  expect(startHeapWatch().end()).toBeTypeOf('number')
})

test('a short call inside a long one voids the long one too', () => {
  const long = startHeapWatch()
  expect(startHeapWatch().end()).toBeUndefined()
  expect(long.end()).toBeUndefined()
})

test('a watch that is ended twice is ended once', () => {
  const watch = startHeapWatch()
  expect(watch.end()).toBeTypeOf('number')
  expect(watch.end()).toBeUndefined()

  const other = startHeapWatch()
  watch.end()
  expect(startHeapWatch().end()).toBeUndefined()
  other.end()
})
