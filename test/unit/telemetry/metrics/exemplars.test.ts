import { describe, expect, it } from 'vitest'
import { SERIES_LIMIT } from '../../../../src/instrumentation/catalog/overflow.ts'
import { createExemplarReservoir } from '../../../../src/telemetry/metrics/exemplars.ts'

const span = (digit: string) => ({ traceId: digit.repeat(32), spanId: digit.repeat(16), traceFlags: 1 })

describe('createExemplarReservoir', () => {
  it('keeps the last trace of each bucket', () => {
    const exemplars = createExemplarReservoir()
    const bounds = [1, 5]
    exemplars.offer('h', { a: 'b' }, 0.5, bounds, span('1'), 10)
    exemplars.offer('h', { a: 'b' }, 1, bounds, span('2'), 11)
    exemplars.offer('h', { a: 'b' }, 5.1, bounds, span('3'), 12)
    const [first, second, third] = exemplars.lookup('h', { a: 'b' }) ?? []
    expect(first).toEqual({ traceId: '2'.repeat(32), spanId: '2'.repeat(16), value: 1, unixSeconds: 11 })
    expect(second).toBeUndefined()
    expect(third?.traceId).toBe('3'.repeat(32))
  })

  it('keeps only the last trace of a counter', () => {
    const exemplars = createExemplarReservoir()
    for (const digit of ['1', '2', '3']) exemplars.offer('c', {}, 1, undefined, span(digit), 1)
    expect(exemplars.lookup('c', {})?.map((exemplar) => exemplar?.spanId)).toEqual(['3'.repeat(16)])
  })

  it('finds a series by its content, regardless of key order and object identity', () => {
    const exemplars = createExemplarReservoir()
    const frozen = Object.freeze({ a: '1', b: '2' })
    exemplars.offer('c', frozen, 1, undefined, span('1'), 1)
    for (const same of [frozen, { b: '2', a: '1' }, Object.freeze({ b: '2', a: '1' })]) {
      expect(exemplars.lookup('c', same)?.[0]?.value).toBe(1)
    }
    for (const other of [{ a: '1' }, { a: '2', b: '1' }, {}]) expect(exemplars.lookup('c', other)).toBeUndefined()
  })

  it('looks up a reused attribute object by its current content', () => {
    const exemplars = createExemplarReservoir()
    const reused = { a: '1' }
    exemplars.offer('c', reused, 1, undefined, span('1'), 1)
    reused.a = '2'
    expect(exemplars.lookup('c', reused)).toBeUndefined()
    expect(exemplars.lookup('c', { a: '1' })?.[0]?.value).toBe(1)
  })

  it('keeps metrics separate, even if they share an attribute object', () => {
    const exemplars = createExemplarReservoir()
    const shared = Object.freeze({ a: 'b' })
    exemplars.offer('one', shared, 1, undefined, span('1'), 1)
    expect(exemplars.lookup('other', shared)).toBeUndefined()
    exemplars.offer('other', shared, 2, undefined, span('2'), 1)
    expect(exemplars.lookup('one', shared)?.[0]?.value).toBe(1)
  })

  it('accepts no new series at the limit, and keeps updating the existing ones', () => {
    const exemplars = createExemplarReservoir()
    for (let series = 0; series <= SERIES_LIMIT; series += 1) {
      exemplars.offer('c', { series }, series, undefined, span('1'), 1)
    }
    expect(exemplars.lookup('c', { series: SERIES_LIMIT - 1 })?.[0]?.value).toBe(SERIES_LIMIT - 1)
    expect(exemplars.lookup('c', { series: SERIES_LIMIT })).toBeUndefined()
    exemplars.offer('c', { series: 0 }, 7, undefined, span('2'), 2)
    expect(exemplars.lookup('c', { series: 0 })?.[0]?.value).toBe(7)
  })

  it('accepts attributes that JSON cannot represent', () => {
    const exemplars = createExemplarReservoir()
    const odd = { a: 1n, b: Symbol('s'), c: ['x', null] } as never
    exemplars.offer('c', odd, 1, undefined, span('1'), 1)
    expect(exemplars.lookup('c', odd)?.[0]?.value).toBe(1)
  })
})
