import type { V1LabelSelector } from '@kubernetes/client-node'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { labelSelectorText, selects } from '../../../../src/server/kubernetes/label-selector.ts'
import { matchesSelector, parseLabelSelector } from '../../../../src/server/simulated/label-selector.ts'

const SELECTOR = {
  matchLabels: { app: 'web' },
  matchExpressions: [
    { key: 'tier', operator: 'In', values: ['front', 'edge'] },
    { key: 'track', operator: 'NotIn', values: ['canary'] },
    { key: 'zone', operator: 'Exists' },
    { key: 'old', operator: 'DoesNotExist' },
  ],
}

/** Few keys and values, so that most selectors match some labels and not others. */
const key = fc.constantFrom('app', 'tier', 'example.com/zone')
const value = fc.constantFrom('a', 'b-1', 'c.d', '')
const labels = fc.dictionary(key, value)
const expression = fc.oneof(
  fc.record({
    key,
    operator: fc.constantFrom('In', 'NotIn'),
    values: fc.array(fc.constantFrom('a', 'b-1', 'c.d'), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ key, operator: fc.constantFrom('Exists', 'DoesNotExist') }),
)
const selector = fc
  .record({ matchLabels: labels, matchExpressions: fc.array(expression, { maxLength: 3 }) })
  .filter(({ matchLabels, matchExpressions }) => Object.keys(matchLabels).length + matchExpressions.length > 0)

describe('labelSelectorText', () => {
  it('writes a selector in the syntax of the API, and an undefined one as an empty string', () => {
    expect(labelSelectorText(SELECTOR)).toBe('app=web,tier in (front,edge),track notin (canary),zone,!old')
    expect(labelSelectorText(undefined)).toBe('')
  })
})

describe('selects', () => {
  it.each([
    [{ app: 'web', tier: 'edge', zone: 'a' }, true],
    [{ app: 'web', tier: 'edge', zone: 'a', track: 'stable' }, true],
    [{ app: 'web', tier: 'back', zone: 'a' }, false],
    [{ app: 'web', tier: 'edge', zone: 'a', track: 'canary' }, false],
    [{ app: 'web', tier: 'edge' }, false],
    [{ app: 'web', tier: 'edge', zone: 'a', old: '' }, false],
    [{ app: 'api', tier: 'edge', zone: 'a' }, false],
  ])('compares the selector with labels %j and returns %s', (labels, fits) => {
    expect(selects(SELECTOR, labels)).toBe(fits)
  })

  it('returns false for a selector without conditions', () => {
    expect(selects({}, { app: 'web' })).toBe(false)
  })

  it('agrees with the simulated API on generated selectors, both as objects and as text', () => {
    const seen = new Set<boolean>()
    fc.assert(
      fc.property(selector, labels, (some, of) => {
        const fits = selects(some as V1LabelSelector, of)
        seen.add(fits)
        expect(matchesSelector(some, of)).toBe(fits)
        expect(parseLabelSelector(labelSelectorText(some as V1LabelSelector))(of)).toBe(fits)
      }),
      { numRuns: 2_000 },
    )
    expect(seen).toEqual(new Set([true, false]))
  })
})
