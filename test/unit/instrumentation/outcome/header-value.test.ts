import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isHeaderValue } from '../../../../src/instrumentation/outcome/header-value.ts'

describe('isHeaderValue', () => {
  it('accepts what fetch accepts as a header, and refuses what makes fetch throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        if (isHeaderValue(value)) expect(() => new Headers({ baggage: value })).not.toThrow()
      }),
    )
    for (const value of ['a\r\nb: c', 'a\nb', 'a\rb', '\u0000', 'é', '\u{1f600}', '\u007f'])
      expect(isHeaderValue(value)).toBe(false)
    for (const value of ['', 'user=ada,shop=eu', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', 'a\tb']) {
      expect(isHeaderValue(value)).toBe(true)
    }
  })

  it('refuses values that servers and proxies refuse for their length', () => {
    expect(isHeaderValue('x'.repeat(8_192))).toBe(true)
    expect(isHeaderValue('x'.repeat(8_193))).toBe(false)
  })
})
