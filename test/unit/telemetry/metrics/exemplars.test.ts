import { expect, test } from 'vitest'
import { SERIES_LIMIT } from '../../../../src/instrumentation/catalog/overflow.ts'
import { createExemplarReservoir } from '../../../../src/telemetry/metrics/exemplars.ts'

const span = (digit: string) => ({ traceId: digit.repeat(32), spanId: digit.repeat(16), traceFlags: 1 })

test('each bucket keeps the last of its traces', () => {
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

test('a counter keeps one', () => {
  const exemplars = createExemplarReservoir()
  for (const digit of ['1', '2', '3']) exemplars.offer('c', {}, 1, undefined, span(digit), 1)
  expect(exemplars.lookup('c', {})?.map((exemplar) => exemplar?.spanId)).toEqual(['3'.repeat(16)])
})

test('a series is found by its content, whatever the order of its keys and whoever made the object', () => {
  const exemplars = createExemplarReservoir()
  const frozen = Object.freeze({ a: '1', b: '2' })
  exemplars.offer('c', frozen, 1, undefined, span('1'), 1)
  for (const same of [frozen, { b: '2', a: '1' }, Object.freeze({ b: '2', a: '1' })]) {
    expect(exemplars.lookup('c', same)?.[0]?.value).toBe(1)
  }
  for (const other of [{ a: '1' }, { a: '2', b: '1' }, {}]) expect(exemplars.lookup('c', other)).toBeUndefined()
})

test('an object whose content changes is not taken for what it was', () => {
  const exemplars = createExemplarReservoir()
  const reused = { a: '1' }
  exemplars.offer('c', reused, 1, undefined, span('1'), 1)
  reused.a = '2'
  expect(exemplars.lookup('c', reused)).toBeUndefined()
  expect(exemplars.lookup('c', { a: '1' })?.[0]?.value).toBe(1)
})

test('metrics are kept apart, also where they share an attribute object', () => {
  const exemplars = createExemplarReservoir()
  const shared = Object.freeze({ a: 'b' })
  exemplars.offer('one', shared, 1, undefined, span('1'), 1)
  expect(exemplars.lookup('other', shared)).toBeUndefined()
  exemplars.offer('other', shared, 2, undefined, span('2'), 1)
  expect(exemplars.lookup('one', shared)?.[0]?.value).toBe(1)
})

test('it is full at the limit of series, and what it has stays up to date', () => {
  const exemplars = createExemplarReservoir()
  for (let series = 0; series <= SERIES_LIMIT; series += 1) {
    exemplars.offer('c', { series }, series, undefined, span('1'), 1)
  }
  expect(exemplars.lookup('c', { series: SERIES_LIMIT - 1 })?.[0]?.value).toBe(SERIES_LIMIT - 1)
  expect(exemplars.lookup('c', { series: SERIES_LIMIT })).toBeUndefined()
  exemplars.offer('c', { series: 0 }, 7, undefined, span('2'), 2)
  expect(exemplars.lookup('c', { series: 0 })?.[0]?.value).toBe(7)
})

test('attributes that JSON has no word for do no harm', () => {
  const exemplars = createExemplarReservoir()
  const odd = { a: 1n, b: Symbol('s'), c: ['x', null] } as never
  exemplars.offer('c', odd, 1, undefined, span('1'), 1)
  expect(exemplars.lookup('c', odd)?.[0]?.value).toBe(1)
})
