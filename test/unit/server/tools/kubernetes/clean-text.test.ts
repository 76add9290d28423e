// Tests that text from the cluster is cleaned and credentials are masked before a client sees them.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cleanMessage } from '../../../../../src/server/kubernetes/diagnosis/clean-message.ts'
import { MASK } from '../../../../../src/server/kubernetes/diagnosis/mask-credentials.ts'
import { cleanLine, cleanText } from '../../../../../src/server/tools/kubernetes/clean-text.ts'
import { redact } from '../../../../../src/server/tools/kubernetes/redact-result.ts'

describe('cleanText', () => {
  it.each([
    ['colors', '\u001b[31mred\u001b[0m', 'red'],
    ['cursor movements', 'a\u001b[2J\u001b[1;1Hb', 'ab'],
    ['a window title', '\u001b]0;owned\u0007text', 'text'],
    ['a hyperlink', '\u001b]8;;https://evil.example\u001b\\click\u001b]8;;\u001b\\', 'click'],
    ['8-bit escape sequences', '\u009b31mred', 'red'],
    ['backspaces and bells', 'safe\b\b\b\bevil\u0007', 'safeevil'],
    ['carriage returns that overwrite a line', 'good\rbad', 'goodbad'],
    ['NUL and DEL', 'a\u0000b\u007fc', 'abc'],
    ['bidirectional overrides', 'user\u202e\u2066nimda\u2069\u202c', 'usernimda'],
    [
      'tag characters that spell a sentence',
      `x${[...'ignore'].map((c) => String.fromCodePoint(0xe0000 + c.charCodeAt(0))).join('')}y`,
      'xy',
    ],
    ['variation selectors that carry bytes', 'x\ufe01\u{e0101}\u{e0142}y', 'xy'],
    ['zero-width characters', 'pass\u200bword\ufeff', 'password'],
    ['lone surrogates', 'a\ud800b', 'a\ufffdb'],
    ['Unicode line separators', 'a\u2028b', 'ab'],
    ['a window title without an end', 'a\u001b]0;owned', 'a'],
    ['private-use characters', 'a\ue000\u{f0000}b', 'ab'],
    ['interlinear annotation marks', 'a\ufff9b\ufffbc', 'abc'],
    ['an escape with a hidden character inside', 'a\u001b\u200b[31mb', 'a[31mb'],
  ])('removes or replaces %s', (_, text, cleaned) => {
    expect(cleanText(text)).toBe(cleaned)
  })

  it('is idempotent, and leaves no control or invisible character in any input, like cleanMessage', () => {
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

  it('keeps lines, tabs and characters of every script, and turns CRLF into LF', () => {
    const text = 'one\n\ttwo\nこんにちは Ünïcødé 🎉'
    expect(cleanText(text)).toBe(text)
    expect(cleanText('a\r\nb')).toBe('a\nb')
  })
})

describe('cleanLine', () => {
  it('returns one line of limited length, without half characters', () => {
    expect(cleanLine('a\nb\t c  d', 100)).toBe('a b c d')
    expect(cleanLine('🎉'.repeat(100), 20).length).toBeLessThanOrEqual(21)
    expect(cleanLine('🎉'.repeat(100), 20).isWellFormed()).toBe(true)
  })
})

describe('redact', () => {
  it('masks credentials in all keys and values of a result, and keeps everything else', () => {
    const result = { a: ['token=x', 1, true, null], 'password=y': { b: 'fine' } }
    expect(redact(result)).toEqual({ a: [`token=${MASK}`, 1, true, null], [`password=${MASK}`]: { b: 'fine' } })
  })
})
