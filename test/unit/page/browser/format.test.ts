import { describe, expect, it } from 'vitest'
import * as format from '../../../../src/page/browser/format.js'
import { quantile } from '../../../../src/page/browser/quantile.js'

describe('format', () => {
  it.each([
    [0.000_4, '400 µs'],
    [0.000_999_7, '1 ms'],
    [0.0462, '46.2 ms'],
    [0.999_7, '1 s'],
    [1.234, '1.23 s'],
    [130, '2.17 min'],
    [undefined, '–'],
  ])('writes %s seconds as %s', (seconds, text) => {
    expect(format.duration(seconds)).toBe(text)
  })

  it.each([
    [31, '31 B'],
    [4_100, '4.1 kB'],
    [118_000_000, '118 MB'],
  ])('writes %i bytes as %s', (count, text) => {
    expect(format.bytes(count)).toBe(text)
  })

  it('shows what cannot be seen as an escape, and cuts long names in the middle', () => {
    expect(format.visible('a\u202eb\u200bc\u0000')).toBe('a\\u{202e}b\\u{200b}c\\u{0}')
    const short = format.shortName(`start${'x'.repeat(10_000)}`)
    expect([...short]).toHaveLength(40)
    expect(short).toContain('…')
    expect(format.longName('x'.repeat(10_000)).length).toBeLessThan(600)
  })
})

describe('quantile', () => {
  it('interpolates in the bucket, and stops at the highest bound', () => {
    expect(quantile(0.5, [1, 2], [0, 10, 0])).toBeCloseTo(1.5)
    expect(quantile(0.99, [1, 2], [0, 0, 4])).toBe(2)
    expect(quantile(0.5, [1, 2], [0, 0, 0])).toBeUndefined()
  })
})
