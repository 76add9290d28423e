// Tests that no regular expression of the sources backtracks: text from a client or from a cluster must not stall the event loop.
import type { Diagnostics } from 'recheck'
import { checkSync } from 'recheck'
import { describe, expect, it } from 'vitest'
import type { FoundExpression } from '../support/files/regular-expressions.ts'
import {
  buildingFiles,
  builtExpressions,
  literalExpressions,
  literalsIn,
} from '../support/files/regular-expressions.ts'

const SOURCES = ['src/**/*.ts']
/** Files whose expressions are made by hand-checked parts that the checker cannot finish; the timed test below covers them. */
const BUILT_IN_PARTS = 'src/server/kubernetes/diagnosis/mask-credentials.ts'
/** The patterns are names of instruments that the program's own code gives, or are tried on 64 characters of a program's source. */
const OWN_TEXT = ['src/instrumentation/plugin/rewrite-source.ts', 'src/telemetry/metrics/streams.ts']

const literals = literalExpressions(SOURCES)

function check({ pattern, flags }: FoundExpression): Diagnostics {
  return checkSync(pattern, flags, { timeout: 10_000 })
}

describe('a regular expression in src', () => {
  it('takes time in proportion to its text, by the checker', { timeout: 300_000 }, () => {
    expect(literals.length).toBeGreaterThan(150)
    const slow = literals.flatMap((found) => {
      const { status } = check(found)
      return status === 'safe' ? [] : [`${found.file}: /${found.pattern}/${found.flags} is ${status}`]
    })
    expect(slow, 'Bound each repetition, or scan the text without an expression.').toEqual([])
  })

  it('is found when it is slow', () => {
    const [bad, good] = literalsIn('x.ts', 'const a = /[:,]+$/g\nconst b: RegExp = /^[:,]+$/')
    expect([bad?.pattern, good?.pattern]).toEqual(['[:,]+$', '^[:,]+$'])
    expect([bad, good].map((found) => check(found as FoundExpression).status)).toEqual(['vulnerable', 'safe'])
  })

  it('is built from text in these files only', () => {
    expect(buildingFiles(SOURCES).toSorted()).toEqual([BUILT_IN_PARTS, ...OWN_TEXT].toSorted())
  })
})

/** 1 MB each: what the expressions' own words, and characters that their repetitions accept, are repeated to. */
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
/** Times of one linear scan. A backtracking expression takes 100,000 on 1 MB; an alternation of 40 words takes some dozens. */
const MOST_SCANS = 300

const repeated = (unit: string) => unit.repeat(Math.ceil(SIZE / unit.length)).slice(0, SIZE)

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
    const scan = fastest(() => countOf(repeated('ab'), 'b'))
    const slow: string[] = []
    for (const text of UNITS.map(repeated)) {
      for (const { file, pattern, flags } of found) {
        const expression = new RegExp(pattern, flags.replace('y', ''))
        const startedAt = process.cpuUsage().user
        if (flags.includes('g')) text.replace(expression, '')
        else expression.test(text)
        const scans = (process.cpuUsage().user - startedAt) / scan
        // A pause of the machine is not the expression's: only what is slow twice is slow.
        if (scans > MOST_SCANS && fastest(() => text.replace(expression, '')) / scan > MOST_SCANS) {
          slow.push(`${file}: /${pattern}/ on ${JSON.stringify(text.slice(0, 20))}: ${Math.round(scans)} scans`)
        }
      }
    }
    expect(slow).toEqual([])
  })
})
