// Tests the rate limit of each principal.
import { describe, expect, it } from 'vitest'
import { createRateLimit } from '../../../../src/server/http/rate-limit.ts'

function clock() {
  let ms = 0
  const pass = (seconds: number) => {
    ms += seconds * 1000
  }
  return { now: () => ms, pass }
}

describe('createRateLimit', () => {
  it('passes a burst of twice the rate, then the rate per second', () => {
    const { now, pass } = clock()
    const limit = createRateLimit(10, now)
    const passed = () => Array.from({ length: 100 }, () => limit.take('a')).filter((wait) => wait === 0).length

    expect(passed()).toBe(20)
    expect(passed()).toBe(0)
    pass(1)
    expect(passed()).toBe(10)
    pass(3600)
    expect(passed()).toBe(20)
  })

  it('returns the seconds to wait, and passes the principal after them', () => {
    const { now, pass } = clock()
    const limit = createRateLimit(0.1, now)
    expect(limit.take('a')).toBe(0)

    const wait = limit.take('a')

    expect(wait).toBe(10)
    pass(wait)
    expect(limit.take('a')).toBe(0)
  })

  it('counts each message of a batch', () => {
    const { now, pass } = clock()
    const limit = createRateLimit(10, now)

    expect(limit.take('a')).toBe(0)
    limit.charge('a', 49)
    expect(limit.take('a')).toBeGreaterThan(3)
    pass(2)
    expect(limit.take('a')).toBeGreaterThan(1)
    pass(2)
    expect(limit.take('a')).toBe(0)
  })

  it('charges a batch that came with the last message of the bucket', () => {
    const { now, pass } = clock()
    const limit = createRateLimit(1, now)
    limit.take('a')
    limit.take('a')
    pass(1)
    expect(limit.take('a')).toBe(0)

    limit.charge('a', 99)

    pass(99)
    expect(limit.take('a')).toBe(1)
    pass(1)
    expect(limit.take('a')).toBe(0)
  })

  it('limits each principal separately', () => {
    const limit = createRateLimit(1, clock().now)
    for (let i = 0; i < 100; i++) limit.take('greedy')

    expect(limit.take('greedy')).toBeGreaterThan(0)

    expect(limit.take('modest')).toBe(0)
  })

  it('passes everything at a rate of 0', () => {
    const limit = createRateLimit(0, clock().now)

    for (let i = 0; i < 10_000; i++) expect(limit.take('a')).toBe(0)
  })
})
