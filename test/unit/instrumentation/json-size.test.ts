import vm from 'node:vm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonSize } from '../../../src/instrumentation/json-size.ts'

function serialisedSize(value: unknown): number | undefined {
  try {
    const text = JSON.stringify(value) as string | undefined
    return text === undefined ? undefined : Buffer.byteLength(text)
  } catch {
    return undefined
  }
}

test('any value has the size of its JSON', () => {
  const anything = fc.anything({
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
  })
  fc.assert(
    fc.property(anything, (value) => {
      expect(jsonSize(value)).toBe(serialisedSize(value))
    }),
    { numRuns: 3000 },
  )
})

test('any text has the size of its JSON, whatever it has to escape and however long it is', () => {
  const unit = fc.oneof(
    fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
    fc.constantFrom('"', '\\', '\n', '\u0000', '\u001f', '\u007f', '\u2028', 'é', '€', '🙂', '\ud83d', '\ude42'),
    fc.string({ unit: 'grapheme' }),
  )
  const text = fc.array(unit, { maxLength: 200 }).map((units) => units.join(''))
  fc.assert(
    fc.property(text, fc.nat(20_000), (end, padding) => {
      const given = 'a'.repeat(padding) + end
      expect(jsonSize(given)).toBe(serialisedSize(given))
    }),
    { numRuns: 2000 },
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

const price = (cents: number) => ({ toJSON: (key: string) => `${key}:${cents}` })
const callable = Object.assign(() => {}, { toJSON: () => 'called' })
const raw = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON('1234567890123456789')

test.each([
  ['minus zero', -0],
  ['an exponent', 1e21],
  ['NaN in an array', [Number.NaN, Number.POSITIVE_INFINITY]],
  ['a date', new Date(0)],
  ['a date that is none, in a member', { at: new Date(Number.NaN) }],
  ['what JSON leaves out of an object', { a: undefined, b: () => {}, c: Symbol('c'), d: 1 }],
  ['what JSON makes null in an array', [undefined, () => {}, Symbol('c')]],
  ['holes', new Array(5)],
  ['toJSON with its key, in a member and in an array', { price: price(5), list: [price(7)] }],
  ['toJSON on a function', { callable }],
  ['toJSON that answers undefined', { a: { toJSON: () => undefined } }],
  ['boxed primitives', [Object(1), Object('é'), Object(false), Object(Symbol('s'))]],
  ['boxed primitives of another realm', vm.runInNewContext('[new Number(7), new String("ab"), new Boolean(true)]')],
  ['a pretender to be boxed', Object.create(Number.prototype)],
  ['a number that says another value', Object.assign(Object(1), { valueOf: () => 1234 })],
  ['a proxy of an array', new Proxy([1, 2], {})],
  ['no prototype', Object.assign(Object.create(null), { a: 1 })],
  ['a raw number', { raw }],
  ['symbols and inherited members', Object.assign(Object.create({ inherited: 1 }), { own: 2, [Symbol('s')]: 3 })],
])('%s has the size of its JSON', (_, value) => {
  expect(serialisedSize(value)).toBeTypeOf('number')
  expect(jsonSize(value)).toBe(serialisedSize(value))
})

const cycle: Record<string, unknown> = { a: [{}] }
cycle['self'] = { cycle }

test.each([
  ['undefined', undefined],
  ['a function', () => {}],
  ['a symbol', Symbol('s')],
  ['a BigInt', { n: 1n }],
  ['a boxed BigInt', { n: Object(1n) }],
  ['a cycle', cycle],
  ['a cycle through toJSON', { toJSON: () => cycle }],
  [
    'a getter that throws',
    {
      get a() {
        throw new Error('no')
      },
    },
  ],
  [
    'a toJSON that throws a RangeError',
    {
      toJSON() {
        throw new RangeError('no')
      },
    },
  ],
  [
    'a proxy that throws',
    new Proxy(
      {},
      {
        ownKeys() {
          throw new Error('no')
        },
      },
    ),
  ],
])('%s has no JSON, and no size', (_, value) => {
  expect(serialisedSize(value)).toBeUndefined()
  expect(jsonSize(value)).toBeUndefined()
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

test('the same object in two places is no cycle', () => {
  const shared = { a: 1 }
  expect(jsonSize({ x: shared, y: [shared, shared] })).toBe(serialisedSize({ x: shared, y: [shared, shared] }))
})
