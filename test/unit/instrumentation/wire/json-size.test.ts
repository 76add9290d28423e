import vm from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonSize } from '../../../../src/instrumentation/wire/json-size.ts'

function serialisedSize(value: unknown): number | undefined {
  try {
    const text = JSON.stringify(value) as string | undefined
    return text === undefined ? undefined : Buffer.byteLength(text)
  } catch {
    return undefined
  }
}

const shared = { x: 1 }
const price = (cents: number) => ({ toJSON: (key: string) => `${key}:${cents}` })
const callable = Object.assign(() => {}, { toJSON: () => 'called' })
const raw = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON('1234567890123456789')
const cycle: Record<string, unknown> = { a: [{}] }
cycle['self'] = { cycle }

const refuse = (): never => {
  throw new Error('no')
}

describe('jsonSize', () => {
  it('returns the byte length of the JSON text of any JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        expect(jsonSize(value)).toBe(serialisedSize(value))
      }),
      { numRuns: 1000 },
    )
  })

  it('agrees with JSON.stringify on undefined, BigInts, dates, boxed values, maps and unusual arrays', () => {
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

  it('includes escapes and multi-byte characters in the size of any string, up to 20,000 characters', () => {
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

  it('measures a surrogate pair as one character where a long string is split into pieces', () => {
    for (let padding = 8185; padding < 8200; padding += 1) {
      const text = `${'a'.repeat(padding)}🙂🙂${'b'.repeat(9000)}`
      expect(jsonSize(text)).toBe(serialisedSize(text))
    }
  })

  it('returns the length of the JSON text of any number', () => {
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.integer(), fc.maxSafeInteger()), (value) => {
        expect(jsonSize(value)).toBe(serialisedSize(value))
      }),
    )
  })

  it.each<[string, unknown]>([
    ['a lone surrogate', '\ud800x\udc00'],
    ['a surrogate pair', '😀'],
    ['control characters', '\u0000\u001f\u007f\n"\\/'],
    ['minus zero', -0],
    ['a large number', 1e21],
    ['NaN and infinity', [Number.NaN, Number.POSITIVE_INFINITY]],
    ['a toJSON that uses its key, in an object and in an array', { price: price(5), list: [price(7)] }],
    ['a toJSON that returns undefined', { a: { toJSON: () => undefined }, b: [{ toJSON: () => undefined }] }],
    ['a function with a toJSON', { callable }],
    ['object members that JSON omits', { a: undefined, b: () => 1, c: Symbol('c'), d: 1 }],
    ['array items that JSON replaces with null', [undefined, () => 1, Symbol('c')]],
    ['a sparse array', new Array(5)],
    ['valid and invalid dates', [new Date(0), new Date(Number.NaN)]],
    ['boxed primitives', [Object(1), Object('é'), Object(false), Object(Symbol('s'))]],
    ['boxed primitives from another realm', vm.runInNewContext('[new Number(7), new String("ab"), new Boolean(true)]')],
    ['an object that only inherits from Number.prototype', Object.create(Number.prototype)],
    ['a boxed number with its own valueOf', Object.assign(Object(1), { valueOf: () => 1234 })],
    ['a proxy of an array', new Proxy([1, 2], {})],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 })],
    ['a JSON.rawJSON value', { raw }],
    ['symbol keys and inherited members', Object.assign(Object.create({ inherited: 1 }), { own: 2, [Symbol('s')]: 3 })],
    ['a repeated object without a cycle', { a: shared, b: [shared, shared] }],
  ])('agrees with JSON.stringify on %s', (_, value) => {
    expect(serialisedSize(value)).toBeTypeOf('number')
    expect(jsonSize(value)).toBe(serialisedSize(value))
  })

  it.each<[string, () => unknown]>([
    ['a cycle', () => cycle],
    ['a cycle through toJSON', () => ({ toJSON: () => cycle })],
    ['a BigInt', () => ({ n: 1n })],
    ['a boxed BigInt', () => ({ n: Object(1n) })],
    ['a getter that throws', () => Object.defineProperty({}, 'x', { enumerable: true, get: refuse })],
    ['a toJSON that throws', () => ({ toJSON: refuse })],
    [
      'a toJSON that throws a RangeError, like a stack overflow',
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
  ])('returns undefined for %s, and does not throw', (_, make) => {
    expect(serialisedSize(make())).toBeUndefined()
    expect(jsonSize(make())).toBeUndefined()
  })

  it('measures a BigInt by BigInt.prototype.toJSON when the program defines it', () => {
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

  it('agrees with JSON.stringify on nesting up to 100,000 levels deep', () => {
    for (const depth of [50, 99, 100, 101, 102, 103, 1000, 100_000]) {
      let value: unknown = 1
      for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { value }
      expect(jsonSize(value)).toBe(serialisedSize(value))
    }
  })
})
