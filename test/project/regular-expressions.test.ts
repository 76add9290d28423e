// Tests that no regular expression of the sources backtracks on hostile text: text from a client or from a cluster must not stall the
// event loop. The checker of test/package/regular-expressions.test.ts proves it for every expression, in a minute.
import { describe, expect, it } from 'vitest'
import {
  BUILT_IN_PARTS,
  buildingFiles,
  builtExpressions,
  literalExpressions,
  OWN_TEXT,
} from '../support/files/regular-expressions.ts'

const SOURCES = ['src/**/*.ts']
const literals = literalExpressions(SOURCES)

describe('a regular expression in src', () => {
  it('is built from text in these files only', () => {
    expect(buildingFiles(SOURCES).toSorted()).toEqual([BUILT_IN_PARTS, ...OWN_TEXT].toSorted())
  })
})

/** What the expressions' own words, and characters that their repetitions accept, are repeated to. */
const UNITS = [
  ...[' ', ',', ':', '.', '-', '"', "'", '\\', '=', '/', '&', '?', '@', '_', 'a', 'A', '0', '\n', '\u001b[', '\u009d'],
  ...[
    'password=',
    'password="',
    "--token '",
    'a://',
    'eyJ',
    '-----BEGIN A-----',
    '-----END A-----',
    'Bearer a',
    '?sig=',
  ],
  ...['storageclass "', 'no persistent volumes available', "couldn't find key a in Secret ", 'serviceaccount "', 'a='],
  ...['passwordA', '_KEY', '\\"', 'password=\\"a', '{', '[', 'manifest a ', 'Back-off ', 'AKIA', 'x-amz-'],
] as const
const SIZE = 1_048_576
/** Enough to tell: an expression that backtracks takes thousands of scans of it too. */
const FIRST_SIZE = 32_768
/** Times of one linear scan. A backtracking expression takes 100,000 on 1 MB; an alternation of 40 words takes some dozens. */
const MOST_SCANS = 300

/** At the end stands what no expression expects, so that a match that needs the end fails at every start. */
const repeated = (unit: string, size: number) => `${unit.repeat(Math.ceil(size / unit.length)).slice(0, size)}\u0001`

/** A linear scan: one look at each character. */
function countOf(text: string, wanted: string): number {
  let count = 0
  for (let at = 0; at < text.length; at++) if (text.charAt(at) === wanted) count += 1
  return count
}

function fastest(run: () => unknown): number {
  let least = Number.POSITIVE_INFINITY
  for (let turn = 0; turn < 3; turn++) {
    const startedAt = process.cpuUsage().user
    run()
    least = Math.min(least, process.cpuUsage().user - startedAt)
  }
  return Math.max(least, 1)
}

describe('a regular expression in src/server', () => {
  it('searches 1 MB of hostile text in a bounded multiple of the time of a linear scan', {
    timeout: 300_000,
  }, async () => {
    const found = [
      ...literals.filter(({ file }) => file.startsWith('src/server/')),
      ...(await builtExpressions(BUILT_IN_PARTS)),
    ]
    expect(found.length).toBeGreaterThan(100)
    /** Of one character. */
    const scan = fastest(() => countOf(repeated('ab', SIZE), 'b')) / SIZE
    const scansOf = (expression: RegExp, text: string) => {
      const startedAt = process.cpuUsage().user
      if (expression.global) text.replace(expression, '')
      else expression.test(text)
      return (process.cpuUsage().user - startedAt) / (scan * text.length)
    }
    const firstTexts = UNITS.map((unit) => repeated(unit, FIRST_SIZE))
    const slow: string[] = []
    for (const { file, pattern, flags } of found) {
      const expression = new RegExp(pattern, flags.replace('y', ''))
      // All units at first, then 1 MB of the one that took longest.
      const scans = firstTexts.map((text) => scansOf(expression, text))
      const most = Math.max(...scans)
      const worst = UNITS[scans.indexOf(most)] ?? ' '
      const text = repeated(worst, most > 5 * MOST_SCANS ? FIRST_SIZE : SIZE)
      // A pause of the machine is not the expression's: only what is slow three times is slow.
      if ([1, 2, 3].every(() => scansOf(expression, text) > MOST_SCANS)) {
        slow.push(`${file}: /${pattern}/ on ${JSON.stringify(worst)}: ${Math.round(most)} scans`)
      }
    }
    expect(slow).toEqual([])
  })
})
