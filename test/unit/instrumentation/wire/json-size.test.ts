import vm from 'node:vm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonSize } from '../../../../src/instrumentation/wire/json-size.ts'

function serialisedSize(value: unknown): number | undefined {
  try {
    const text = JSON.stringify(value) as string | undefined
    return text === undefined ? undefined : Buffer.byteLength(text)
  } catch {
    return undefined
  }
}

test('the size of any JSON value is the bytes of its text', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      expect(jsonSize(value)).toBe(serialisedSize(value))
    }),
    { numRuns: 1000 },
  )
})

test('and so for values that are not JSON: undefined, functions, symbols, dates, sparse arrays, odd numbers, BigInts', () => {
  const odd = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
    withUnicodeString: true,
  } as never)
  fc.assert(
    fc.property(odd, (value) => {
      expect(jsonSize(value)).toBe(serialisedSize(value))
    }),
    { numRuns: 2000 },
  )
})

test('any text has the size of its JSON, whatever it has to escape and however long it is', () => {
  const unit = fc.oneof(
    fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
    fc.constantFrom('"', '\\', '\n', '\u0000', '\u001f', '\u007f', '\u2028', 'é', '€', '🙂', '\ud83d', '\ude42'),
  )
  const text = fc.array(unit, { maxLength: 100 }).map((units) => units.join(''))
  fc.assert(
    fc.property(text, fc.nat(20_000), (end, padding) => {
      const given = 'a'.repeat(padding) + end
      expect(jsonSize(given)).toBe(serialisedSize(given))
    }),
    { numRuns: 1000 },
  )
})

test('a surrogate pair on the border of two pieces of a long text stays one character', () => {
  for (let padding = 8185; padding < 8200; padding += 1) {
    const text = `${'a'.repeat(padding)}🙂🙂${'b'.repeat(9000)}`
    expect(jsonSize(text)).toBe(serialisedSize(text))
  }
})

test('any number has the size of its JSON', () => {
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.integer(), fc.maxSafeInteger()), (value) => {
      expect(jsonSize(value)).toBe(serialisedSize(value))
    }),
  )
})

const shared = { x: 1 }
const price = (cents: number) => ({ toJSON: (key: string) => `${key}:${cents}` })
const callable = Object.assign(() => {}, { toJSON: () => 'called' })
const raw = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON('1234567890123456789')

test.each<[string, unknown]>([
  ['a lone surrogate', '\ud800x\udc00'],
  ['a pair', '😀'],
  ['control characters', '\u0000\u001f\u007f\n"\\/'],
  ['minus zero', -0],
  ['a large number', 1e21],
  ['NaN', [Number.NaN, Number.POSITIVE_INFINITY]],
  ['toJSON with its key, in a member and in an array', { price: price(5), list: [price(7)] }],
  ['toJSON that gives nothing', { a: { toJSON: () => undefined }, b: [{ toJSON: () => undefined }] }],
  ['toJSON of a function', { callable }],
  ['members without JSON', { a: undefined, b: () => 1, c: Symbol('c'), d: 1 }],
  ['an array of them', [undefined, () => 1, Symbol('c')]],
  ['holes', new Array(5)],
  ['a date that is none', [new Date(0), new Date(Number.NaN)]],
  ['boxed primitives', [Object(1), Object('é'), Object(false), Object(Symbol('s'))]],
  ['boxed primitives of another realm', vm.runInNewContext('[new Number(7), new String("ab"), new Boolean(true)]')],
  ['what pretends to be boxed', Object.create(Number.prototype)],
  ['a boxed number that says another', Object.assign(Object(1), { valueOf: () => 1234 })],
  ['a proxy of an array', new Proxy([1, 2], {})],
  ['no prototype', Object.assign(Object.create(null), { a: 1 })],
  ['raw JSON', { raw }],
  ['symbols and inherited members', Object.assign(Object.create({ inherited: 1 }), { own: 2, [Symbol('s')]: 3 })],
  ['the same object twice, which is no cycle', { a: shared, b: [shared, shared] }],
])('%s', (_, value) => {
  expect(serialisedSize(value)).toBeTypeOf('number')
  expect(jsonSize(value)).toBe(serialisedSize(value))
})

const cycle: Record<string, unknown> = { a: [{}] }
cycle['self'] = { cycle }
const refuse = (): never => {
  throw new Error('no')
}

test.each<[string, () => unknown]>([
  ['a cycle', () => cycle],
  ['a cycle through toJSON', () => ({ toJSON: () => cycle })],
  ['a BigInt', () => ({ n: 1n })],
  ['a boxed BigInt', () => ({ n: Object(1n) })],
  ['a getter that throws', () => Object.defineProperty({}, 'x', { enumerable: true, get: refuse })],
  ['toJSON that throws', () => ({ toJSON: refuse })],
  [
    'toJSON that throws what a full stack throws',
    () => ({
      toJSON() {
        throw new RangeError('no')
      },
    }),
  ],
  ['a proxy that throws', () => new Proxy({}, { ownKeys: refuse })],
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
  ['a symbol', () => Symbol('s')],
])('%s has no size, and nothing is thrown', (_, make) => {
  expect(serialisedSize(make())).toBeUndefined()
  expect(jsonSize(make())).toBeUndefined()
})

test('a BigInt that the program gave a toJSON has the size of that', () => {
  Object.defineProperty(BigInt.prototype, 'toJSON', {
    configurable: true,
    value(this: bigint) {
      return String(this)
    },
  })
  try {
    expect(jsonSize({ n: 12n })).toBe('{"n":"12"}'.length)
  } finally {
    Reflect.deleteProperty(BigInt.prototype, 'toJSON')
  }
})

test('nesting is measured as deep as it can be serialised', () => {
  for (const depth of [50, 99, 100, 101, 102, 103, 1000, 100_000]) {
    let value: unknown = 1
    for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { value }
    expect(jsonSize(value)).toBe(serialisedSize(value))
  }
})
