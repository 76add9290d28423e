// Tests that sizes are remembered only for values that cannot change.
import { describe, expect, it } from 'vitest'
import { frozenSize } from '../../../../src/instrumentation/wire/frozen-size.ts'

const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value))

describe('frozenSize', () => {
  it('returns the bytes of any value', () => {
    for (const value of [{ text: 'Zürich' }, [1, 'a'], 'x', 7, true, null]) expect(frozenSize(value)).toBe(bytes(value))
    expect(frozenSize(undefined)).toBeUndefined()
  })

  it('reads a deeply frozen value once', () => {
    let reads = 0
    const inner = Object.freeze({ text: 'x' })
    const watched = new Proxy(Object.freeze({ inner }), {
      get(target, key, receiver) {
        if (key === 'inner') reads += 1
        return Reflect.get(target, key, receiver)
      },
    })
    expect(frozenSize(watched)).toBe(bytes({ inner }))
    expect(frozenSize(watched)).toBe(bytes({ inner }))
    expect(reads).toBe(1)
  })

  it.each([
    ['a value that is not frozen', () => ({ list: ['a'] })],
    ['a frozen value with a part that is not', () => Object.freeze({ list: ['a'] })],
  ])('measures %s again when it has changed', (_, make) => {
    const value = make()
    expect(frozenSize(value)).toBe(bytes({ list: ['a'] }))
    value.list.push('b')
    expect(frozenSize(value)).toBe(bytes({ list: ['a', 'b'] }))
  })

  it.each([
    [
      'a getter',
      (text: () => string) => Object.freeze(Object.defineProperty({}, 'text', { get: text, enumerable: true })),
    ],
    ['a toJSON', (text: () => string) => Object.freeze({ toJSON: () => ({ text: text() }) })],
    [
      'a class',
      (text: () => string) =>
        Object.freeze(
          new (class {
            toJSON() {
              return { text: text() }
            }
          })(),
        ),
    ],
  ])('measures a frozen value with %s each time', (_, make) => {
    let text = 'a'
    const value = make(() => text)
    expect(frozenSize(value)).toBe(bytes({ text: 'a' }))
    text = 'abc'
    expect(frozenSize(value)).toBe(bytes({ text: 'abc' }))
  })
})
