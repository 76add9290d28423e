// Tests when messages that have passed are looked at, and as of which time.
import { observedNow } from '@mcp-vitals/instrumentation/wire'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createObservationQueue } from '../../../../src/attach/wrap/observation-queue.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('createObservationQueue', () => {
  it('runs what waits in order, within 20 ms, as of the time at which it was added', () => {
    const queue = createObservationQueue()
    const seen: [string, number][] = []
    const start = performance.now()
    queue.add(100, () => seen.push(['request', observedNow() - start]))
    vi.advanceTimersByTime(5)
    queue.add(100, () => seen.push(['reply', observedNow() - start]))
    expect(seen).toEqual([])
    vi.advanceTimersByTime(15)

    expect(seen).toEqual([
      ['request', 0],
      ['reply', 5],
    ])
    expect(observedNow() - start).toBe(20)
  })

  it.each([
    ['64 KiB are held', 32_768, 2],
    ['256 messages wait', 1, 256],
  ])('runs it at once when %s', (_, bytes, count) => {
    const queue = createObservationQueue()
    const observe = vi.fn()
    for (let added = 1; added < count; added += 1) queue.add(bytes, observe)
    expect(observe).not.toHaveBeenCalled()
    queue.add(bytes, observe)

    expect(observe).toHaveBeenCalledTimes(count)
  })

  it('runs what waits once when it is flushed', () => {
    const queue = createObservationQueue()
    const observe = vi.fn()
    queue.add(1, observe)
    queue.flush()
    queue.flush()
    vi.advanceTimersByTime(100)

    expect(observe).toHaveBeenCalledOnce()
  })
})
