// Tests with a checker that no regular expression of the sources backtracks. It takes a minute, so it is not part of `npm test`.
import type { Diagnostics } from 'recheck'
import { checkSync } from 'recheck'
import { describe, expect, it } from 'vitest'
import type { FoundExpression } from '../support/files/regular-expressions.ts'
import { literalExpressions, literalsIn } from '../support/files/regular-expressions.ts'

function check({ pattern, flags }: FoundExpression): Diagnostics {
  return checkSync(pattern, flags, { timeout: 10_000 })
}

describe('a regular expression in src', () => {
  it('takes time in proportion to its text', { timeout: 300_000 }, () => {
    const literals = literalExpressions(['src/**/*.ts'])
    expect(literals.length).toBeGreaterThan(150)
    const distinct = new Map(literals.map((found) => [`/${found.pattern}/${found.flags}`, found]))
    const slow = [...distinct].flatMap(([text, found]) => {
      const { status } = check(found)
      return status === 'safe' ? [] : [`${found.file}: ${text} is ${status}`]
    })
    expect(slow, 'Bound each repetition, or scan the text without an expression.').toEqual([])
  })

  it('is found when it is slow', () => {
    const [bad, good] = literalsIn('x.ts', 'const a = /[:,]+$/g\nconst b: RegExp = /^[:,]+$/')
    expect([bad?.pattern, good?.pattern]).toEqual(['[:,]+$', '^[:,]+$'])
    expect([bad, good].map((found) => check(found as FoundExpression).status)).toEqual(['vulnerable', 'safe'])
  })
})
