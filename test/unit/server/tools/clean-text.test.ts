import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cleanMessage } from '../../../../src/server/kubernetes/diagnosis/clean-message.ts'
import { cleanLine, cleanText } from '../../../../src/server/tools/kubernetes/clean-text.ts'
import { MASK, maskSecrets } from '../../../../src/server/tools/kubernetes/mask-secrets.ts'
import { redact } from '../../../../src/server/tools/kubernetes/redact-result.ts'

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

describe('what looks like a credential', () => {
  test.each([
    ['password=hunter2 next', `password=${MASK} next`],
    ['DB_PASSWORD: "hunter 2", ok', `DB_PASSWORD: ${MASK}, ok`],
    [`{"api_key":"abc","user":"x"}`, `{"api_key":${MASK},"user":"x"}`],
    ['x-api-key: abc', `x-api-key: ${MASK}`],
    ['run --db-password hunter2 --verbose', `run --db-password ${MASK} --verbose`],
    ['GET https://user:pa55@host/x', `GET https://${MASK}@host/x`],
    ['Authorization: Bearer abcdef123456', `Authorization: ${MASK} abcdef123456`.replace(' abcdef123456', ` ${MASK}`)],
    ['sent bearer abcdef123456', `sent bearer ${MASK}`],
    ['token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl', `token ${MASK}`],
    ['key AKIAIOSFODNN7EXAMPLE used', `key ${MASK} used`],
    ['ghp_abcdefghijklmnopqrstuvwxyz0123456789', MASK],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----', MASK],
    ['-----BEGIN PRIVATE KEY-----\nMIIE and then it was cut', MASK],
  ])('%s', (text, masked) => {
    const result = maskSecrets(text)
    if (text.startsWith('Authorization')) expect(result).not.toContain('abcdef123456')
    else expect(result).toBe(masked)
  })

  test.each([
    "couldn't find key API_TOKEN in Secret payments/keys",
    'secret "registry" not found',
    'Successfully assigned shop/web-1 to node-a',
    'Back-off restarting failed container token-refresher in pod x',
    '2026-11-25T04:26:30.800Z GET /tokens 200 3ms',
  ])('is not: %s', (text) => {
    expect(maskSecrets(text)).toBe(text)
  })

  test('is looked for in time that grows with the text alone', () => {
    const hostile = [
      'password'.repeat(20_000),
      'a://'.repeat(40_000),
      `eyJ${'a'.repeat(200_000)}`,
      '-----BEGIN A-----'.repeat(2_000),
      '--token '.repeat(20_000),
    ]
    for (const text of hostile) {
      const startedAt = performance.now()
      maskSecrets(text)
      expect(performance.now() - startedAt, text.slice(0, 30)).toBeLessThan(3_000)
    }
  })

  test('is masked wherever it stands in a result, and all else is as it was', () => {
    const result = { a: ['token=x', 1, true, null], 'password=y': { b: 'fine' } }
    expect(redact(result)).toEqual({ a: [`token=${MASK}`, 1, true, null], [`password=${MASK}`]: { b: 'fine' } })
  })
})
