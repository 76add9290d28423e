import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonSize } from '../../../src/instrumentation/json-size.ts'

function serialisedSize(value: unknown): number | undefined {
  try {
    const text = JSON.stringify(value)
    return text === undefined ? undefined : Buffer.byteLength(text)
  } catch {
    return undefined
  }
}

test('the size of any JSON value is the bytes of its text', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary', noUnicodeString: false } as never), (value) => {
      expect(jsonSize(value)).toBe(serialisedSize(value))
    }),
    { numRuns: 2000 },
  )
})

test('and so for values that are not JSON: undefined, functions, symbols, dates, sparse arrays, odd numbers, BigInts', () => {
  const odd = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSparseArray: true,
    withTypedArray: true,
    withUnicodeString: true,
  } as never)
  fc.assert(
    fc.property(odd, (value) => {
      expect(jsonSize(value)).toBe(serialisedSize(value))
    }),
    { numRuns: 3000 },
  )
})

test.each<[string, unknown]>([
  ['a lone surrogate', '\ud800x\udc00'],
  ['a pair', '😀'],
  ['control characters', '\u0000\u001f\u007f\n"\\/'],
  ['minus zero', -0],
  ['a large number', 1e21],
  ['NaN', Number.NaN],
  ['toJSON with a key', { a: { toJSON: (key: string) => `key ${key}` } }],
  ['toJSON that gives nothing', { a: { toJSON: () => undefined }, b: [{ toJSON: () => undefined }] }],
  ['members without JSON', { a: undefined, b: () => 1, c: Symbol('c'), d: 1 }],
  ['an array of them', [undefined, () => 1, Symbol('c')]],
  ['a date that is none', new Date(Number.NaN)],
  [
    'the same object twice, which is no cycle',
    (() => {
      const shared = { x: 1 }
      return [shared, shared]
    })(),
  ],
])('%s', (_, value) => {
  expect(jsonSize(value)).toBe(serialisedSize(value))
})

test.each<[string, () => unknown]>([
  [
    'a cycle',
    () => {
      const cycle: Record<string, unknown> = {}
      cycle['self'] = { cycle }
      return cycle
    },
  ],
  ['a BigInt', () => ({ n: 1n })],
  [
    'a getter that throws',
    () => ({
      get x() {
        throw new Error('no')
      },
    }),
  ],
  [
    'toJSON that throws',
    () => ({
      toJSON() {
        throw new Error('no')
      },
    }),
  ],
  [
    'a revoked proxy',
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {})
      revoke()
      return proxy
    },
  ],
  ['undefined', () => undefined],
  ['a function', () => () => 1],
])('%s has no size, and nothing is thrown', (_, make) => {
  expect(jsonSize(make())).toBeUndefined()
})
