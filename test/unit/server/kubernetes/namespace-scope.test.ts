import { expect, test } from 'vitest'
import { namespaceScope } from '../../../../src/server/kubernetes/namespace-scope.ts'

test('without a list every namespace may be asked for, and those that the API confirmed are labels, up to a bound', () => {
  const scope = namespaceScope([], 3)
  scope.check('anything')
  expect(scope.places).toEqual([undefined])
  expect(scope.label('made-up')).toBe('_OTHER')

  scope.confirm(['a', undefined, 'b', 'a', 'c', 'd'])

  expect(['a', 'b', 'c', 'd', 'made-up'].map(scope.label)).toEqual(['a', 'b', 'c', '_OTHER', '_OTHER'])
})

test('with a list no other may be asked for, and no other is a label', () => {
  const scope = namespaceScope(['shop', 'data'])
  scope.confirm(['other'])

  expect(scope.places).toEqual(['shop', 'data'])
  scope.check('shop')
  expect(() => scope.check('other')).toThrow(
    expect.objectContaining({ kind: 'refused', message: expect.stringContaining('shop, data') }),
  )
  expect(['shop', 'other'].map(scope.label)).toEqual(['shop', '_OTHER'])
})
