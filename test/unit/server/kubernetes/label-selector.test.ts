import { expect, test } from 'vitest'
import { labelSelectorText, selects } from '../../../../src/server/kubernetes/label-selector.ts'

const SELECTOR = {
  matchLabels: { app: 'web' },
  matchExpressions: [
    { key: 'tier', operator: 'In', values: ['front', 'edge'] },
    { key: 'track', operator: 'NotIn', values: ['canary'] },
    { key: 'zone', operator: 'Exists' },
    { key: 'old', operator: 'DoesNotExist' },
  ],
}

test('a selector is written as the API takes it', () => {
  expect(labelSelectorText(SELECTOR)).toBe('app=web,tier in (front,edge),track notin (canary),zone,!old')
  expect(labelSelectorText(undefined)).toBe('')
})

test.each([
  [{ app: 'web', tier: 'edge', zone: 'a' }, true],
  [{ app: 'web', tier: 'edge', zone: 'a', track: 'stable' }, true],
  [{ app: 'web', tier: 'back', zone: 'a' }, false],
  [{ app: 'web', tier: 'edge', zone: 'a', track: 'canary' }, false],
  [{ app: 'web', tier: 'edge' }, false],
  [{ app: 'web', tier: 'edge', zone: 'a', old: '' }, false],
  [{ app: 'api', tier: 'edge', zone: 'a' }, false],
])('labels %j fit: %s', (labels, fits) => {
  expect(selects(SELECTOR, labels)).toBe(fits)
})

test('a selector without any condition is none of one workload', () => {
  expect(selects({}, { app: 'web' })).toBe(false)
})
