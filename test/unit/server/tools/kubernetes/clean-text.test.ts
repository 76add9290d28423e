import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cleanMessage } from '../../../../../src/server/kubernetes/diagnosis/clean-message.ts'
import { MASK } from '../../../../../src/server/kubernetes/diagnosis/mask-credentials.ts'
import { cleanLine, cleanText } from '../../../../../src/server/tools/kubernetes/clean-text.ts'
import { redact } from '../../../../../src/server/tools/kubernetes/redact-result.ts'

describe('text from the cluster', () => {
  test.each([
    ['colours', '\u001b[31mred\u001b[0m', 'red'],
    ['a cursor that moves', 'a\u001b[2J\u001b[1;1Hb', 'ab'],
    ['a window title', '\u001b]0;owned\u0007text', 'text'],
    ['a link', '\u001b]8;;https://evil.example\u001b\\click\u001b]8;;\u001b\\', 'click'],
    ['eight-bit sequences', '\u009b31mred', 'red'],
    ['backspaces and bells', 'safe\b\b\b\bevil\u0007', 'safeevil'],
    ['carriage returns that write over a line', 'good\rbad', 'goodbad'],
    ['NUL and DEL', 'a\u0000b\u007fc', 'abc'],
    ['text that is turned round', 'user\u202e\u2066nimda\u2069\u202c', 'usernimda'],
    [
      'tag characters that spell a sentence',
      `x${[...'ignore'].map((c) => String.fromCodePoint(0xe0000 + c.charCodeAt(0))).join('')}y`,
      'xy',
    ],
    ['variation selectors that carry bytes', 'x\ufe01\u{e0101}\u{e0142}y', 'xy'],
    ['letters of no width', 'pass\u200bword\ufeff', 'password'],
    ['halves of a letter', 'a\ud800b', 'a\ufffdb'],
    ['line separators of another kind', 'a\u2028b', 'ab'],
    ['a title that never ends, as far as it goes', 'a\u001b]0;owned', 'a'],
    ['letters of private use', 'a\ue000\u{f0000}b', 'ab'],
    ['marks between lines', 'a\ufff9b\ufffbc', 'abc'],
    ['an escape that something hides in', 'a\u001b\u200b[31mb', 'a[31mb'],
  ])('loses %s', (_, text, cleaned) => {
    expect(cleanText(text)).toBe(cleaned)
  })

  test('has nothing left that acts or hides, however it was put together, and so has a message', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(
        ...'\u001b \u001b[ \u001b] \u001b]0; \u009b \u009d \u0007 \u009c \u001b\\ [31m 31m \u200b \u202e \ufe0f \ud800'.split(
          ' ',
        ),
      ),
      fc.constantFrom(
        '\u{e0041}',
        '\u{e0101}',
        '\u2028',
        '\u00ad',
        '\u3164',
        '\ue000',
        '\r',
        '\n',
        '\t',
        '\u0000',
        'x',
      ),
    )
    const acting = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const cleaned = cleanText(pieces.join(''))
        expect(cleaned.replaceAll(/[\t\n]/g, '')).not.toMatch(acting)
        expect(cleanText(cleaned)).toBe(cleaned)
        expect(cleanMessage(pieces.join(''))).not.toMatch(acting)
      }),
      { numRuns: 2_000 },
    )
  })

  test('keeps lines, tabs, and letters of every script', () => {
    const text = 'one\n\ttwo\nこんにちは Ünïcødé 🎉'
    expect(cleanText(text)).toBe(text)
    expect(cleanText('a\r\nb')).toBe('a\nb')
  })

  test('as a line is one line, of bounded length, and whole letters', () => {
    expect(cleanLine('a\nb\t c  d', 100)).toBe('a b c d')
    expect(cleanLine('🎉'.repeat(100), 20).length).toBeLessThanOrEqual(21)
    expect(cleanLine('🎉'.repeat(100), 20).isWellFormed()).toBe(true)
  })
})

test('credentials are masked wherever they stand in a result, and all else is as it was', () => {
  const result = { a: ['token=x', 1, true, null], 'password=y': { b: 'fine' } }
  expect(redact(result)).toEqual({ a: [`token=${MASK}`, 1, true, null], [`password=${MASK}`]: { b: 'fine' } })
})
