import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { deadlineOf } from '../../../../src/instrumentation/wire/deadlines.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('deadlineOf', () => {
  it('expires each at its own time, once, and none that has left', () => {
    const deadline = deadlineOf(1_000)
    const expired: string[] = []
    const begin = (name: string) => {
      const waiting = { startedAt: performance.now(), expire: () => void expired.push(name) }
      deadline.add(waiting)
      return waiting
    }
    begin('first')
    vi.advanceTimersByTime(400)
    const answered = begin('answered')
    begin('last')
    vi.advanceTimersByTime(600)
    expect(expired).toEqual(['first'])
    deadline.delete(answered)
    vi.advanceTimersByTime(399)
    expect(expired).toEqual(['first'])
    vi.advanceTimersByTime(1)
    expect(expired).toEqual(['first', 'last'])
    begin('again')
    vi.advanceTimersByTime(1_000)
    expect(expired).toEqual(['first', 'last', 'again'])
    vi.advanceTimersByTime(5_000)
    expect(vi.getTimerCount()).toBe(0)
  })
})
