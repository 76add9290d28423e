import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boundOf, MAX_VALUE_LENGTH } from '../../../../src/instrumentation/record/bounds.ts'

const key = 'k'
const description = 'For this test.'
const limited = (limit: number) => boundOf({ key, description, limit, from: 'this test' })

describe('boundOf', () => {
  it('admits only the values of a closed list', () => {
    const bound = boundOf({ key, description, values: ['eu', 'us'] })
    expect(['eu', 'us'].map(bound)).toEqual(['eu', 'us'])
    for (const other of ['EU', 'eu ', '', 0, null, {}, ['eu'], 'constructor', '__proto__']) {
      expect(bound(other)).toBe('_OTHER')
    }
  })

  it('admits only whole numbers within a range', () => {
    const bound = boundOf({ key, description, range: [100, 599] })
    expect([100, 200, 599].map(bound)).toEqual([100, 200, 599])
    for (const other of [99, 600, 200.5, '200', Number.NaN, 200n, Object(200), null])
      expect(bound(other)).toBe('_OTHER')
  })

  it('admits the first values up to the limit, and keeps admitting them later', () => {
    const bound = limited(2)
    expect(['a', 'b', 'c', 'a', 'd', 'b'].map(bound)).toEqual(['a', 'b', '_OTHER', 'a', '_OTHER', 'b'])
  })

  it('does not count _OTHER toward the limit', () => {
    const bound = limited(1)
    expect(['_OTHER', 'a', 'b'].map(bound)).toEqual(['_OTHER', 'a', '_OTHER'])
  })

  it('rejects values that are not plain text, and does not count them toward the limit', () => {
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

  it('returns the same bound for every use of a definition', () => {
    const definition = { key, description, limit: 1, from: 'this test' }
    boundOf(definition)('first')
    expect(boundOf(definition)('second')).toBe('_OTHER')
  })

  it('admits no more values than the limit for any input, and returns them unchanged', () => {
    fc.assert(
      fc.property(fc.nat(5), fc.array(fc.oneof(fc.anything({ maxDepth: 1 }), fc.string())), (limit, values) => {
        const out = new Set(values.map(limited(limit)))
        out.delete('_OTHER')
        expect(out.size).toBeLessThanOrEqual(limit)
        expect([...out].filter((value) => !values.includes(value))).toEqual([])
      }),
    )
  })
})
