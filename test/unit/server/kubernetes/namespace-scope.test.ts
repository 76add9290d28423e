import { describe, expect, it } from 'vitest'
import { namespaceScope } from '../../../../src/server/kubernetes/namespace-scope.ts'

describe('namespaceScope', () => {
  it('allows every namespace without a list, and labels those that the API confirmed, up to a limit', () => {
    const scope = namespaceScope([], 3)
    scope.check('anything')
    expect(scope.places).toEqual([undefined])
    expect(scope.label('made-up')).toBe('_OTHER')

    scope.confirm(['a', undefined, 'b', 'a', 'c', 'd'])

    expect(['a', 'b', 'c', 'd', 'made-up'].map(scope.label)).toEqual(['a', 'b', 'c', '_OTHER', '_OTHER'])
  })

  it('covers only the namespaces on its list, refuses all others and labels them _OTHER', () => {
    const scope = namespaceScope(['shop', 'data'])
    scope.confirm(['other'])

    expect(scope.places).toEqual(['shop', 'data'])
    scope.check('shop')
    expect(() => scope.check('other')).toThrow(
      expect.objectContaining({ kind: 'refused', message: expect.stringContaining('shop, data') }),
    )
    expect(['shop', 'other'].map(scope.label)).toEqual(['shop', '_OTHER'])
  })
})
