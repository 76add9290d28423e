import fc from 'fast-check'
import { expect, test } from 'vitest'
import { boundOf, MAX_VALUE_LENGTH } from '../../../../src/instrumentation/record/bounds.ts'

const key = 'k'
const description = 'For this test.'
const limited = (limit: number) => boundOf({ key, description, limit, from: 'this test' })

test('a closed list admits its values and nothing else', () => {
  const bound = boundOf({ key, description, values: ['eu', 'us'] })
  expect(['eu', 'us'].map(bound)).toEqual(['eu', 'us'])
  for (const other of ['EU', 'eu ', '', 0, null, {}, ['eu'], 'constructor', '__proto__']) {
    expect(bound(other)).toBe('_OTHER')
  }
})

test('a range admits whole numbers from its first to its last', () => {
  const bound = boundOf({ key, description, range: [100, 599] })
  expect([100, 200, 599].map(bound)).toEqual([100, 200, 599])
  for (const other of [99, 600, 200.5, '200', Number.NaN, 200n, Object(200), null]) expect(bound(other)).toBe('_OTHER')
})

test('a limit admits the first so many values and keeps them, however often and late they come', () => {
  const bound = limited(2)
  expect(['a', 'b', 'c', 'a', 'd', 'b'].map(bound)).toEqual(['a', 'b', '_OTHER', 'a', '_OTHER', 'b'])
})

test('the catch-all takes no place among the values', () => {
  const bound = limited(1)
  expect(['_OTHER', 'a', 'b'].map(bound)).toEqual(['_OTHER', 'a', '_OTHER'])
})

test('what is no plain text is refused and takes no place', () => {
  const bound = limited(1)
  const thrower = {
    toString() {
      throw new Error('no')
    },
  }
  const junk = [
    '',
    'x'.repeat(MAX_VALUE_LENGTH + 1),
    '\ud800',
    'e\u0301',
    1,
    true,
    null,
    Symbol('s'),
    () => 'x',
    thrower,
  ]
  expect(junk.map(bound)).toEqual(junk.map(() => '_OTHER'))

  const longest = 'x'.repeat(MAX_VALUE_LENGTH)
  expect(bound(longest)).toBe(longest)
})

test('one definition has one bound, wherever it is asked for', () => {
  const definition = { key, description, limit: 1, from: 'this test' }
  boundOf(definition)('first')
  expect(boundOf(definition)('second')).toBe('_OTHER')
})

test('whatever comes in, no more than the limit and the catch-all come out, each as text', () => {
  fc.assert(
    fc.property(fc.nat(5), fc.array(fc.oneof(fc.anything({ maxDepth: 1 }), fc.string())), (limit, values) => {
      const out = new Set(values.map(limited(limit)))
      out.delete('_OTHER')
      expect(out.size).toBeLessThanOrEqual(limit)
      expect([...out].filter((value) => !values.includes(value))).toEqual([])
    }),
  )
})
