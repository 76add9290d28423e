// Tests how createMeterProvider cleans the attributes of a measurement.
import type { Attributes } from '@opentelemetry/api'
import { describe, expect, it } from 'vitest'
import { createMetricsPipeline } from '../../../support/telemetry/metrics-pipeline.ts'

const circular: Record<string, unknown> = {}
circular['self'] = circular

const HOSTILE: Record<string, unknown> = {
  symbol: Symbol('s'),
  function: () => 'x',
  bigint: 1n,
  circular,
  toJson: { toJSON: () => undefined },
  throwing: {
    get value() {
      throw new Error('no')
    },
  },
  'lone surrogate': '\ud800',
  long: 'x'.repeat(129),
  'not a number': Number.NaN,
  nested: [['x']],
  'long array': Array.from({ length: 1000 }, () => 'x'),
  date: new Date(0),
  map: new Map(),
}

describe('createMeterProvider', () => {
  it.each(Object.keys(HOSTILE))(
    'records an invalid attribute value (%s) as _OTHER and keeps the other attributes',
    async (name) => {
      const { provider, samples, counts } = createMetricsPipeline()
      const counter = provider.getMeter('m').createCounter('c')
      counter.add(3, { kept: 'yes', bad: HOSTILE[name] as string })
      expect(await samples()).toContainEqual(['c_total{bad="_OTHER",kept="yes"}', 3])
      expect(counts.dropped).toBe(0)
    },
  )

  it('records a measurement without the attributes that it cannot read, and pollutes no prototype', async () => {
    const { provider, samples } = createMetricsPipeline()
    const counter = provider.getMeter('m').createCounter('c')
    const throwing = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('no')
        },
      },
    )
    for (const hostile of [
      null,
      7,
      'text',
      ['a'],
      () => {},
      throwing,
      Symbol('s'),
      { '': 'x' },
      { ['k'.repeat(129)]: 1 },
    ]) {
      counter.add(1, hostile as unknown as Attributes)
    }
    counter.add(1, Object.defineProperty({}, '__proto__', { value: 'x', enumerable: true }))
    counter.add(1, { gone: undefined, empty: '', nothing: null as unknown as string })
    expect(Object.fromEntries(await samples())).toMatchObject({ c_total: 11 })
    expect(({} as { x?: unknown }).x).toBeUndefined()
  })

  it('records _OTHER for a getter that throws and keeps the other attributes', async () => {
    const { provider, samples } = createMetricsPipeline()
    const attributes = {
      good: 'yes',
      get bad(): string {
        throw new Error('no')
      },
    }
    provider.getMeter('m').createCounter('c').add(1, attributes)
    expect(await samples()).toContainEqual(['c_total{bad="_OTHER",good="yes"}', 1])
  })

  it('merges values that become the same label into one series with the exact total', async () => {
    const { provider, samples } = createMetricsPipeline()
    const counter = provider.getMeter('m').createCounter('c')
    for (const value of [1, '1']) counter.add(1, { n: value })
    for (const value of [true, 'true']) counter.add(1, { b: value })
    for (const value of ['caf\u00e9', 'cafe\u0301']) counter.add(1, { s: value })
    counter.add(1, { a: 'x', z: 'y' })
    counter.add(1, { z: 'y', a: 'x' })
    const found = [...(await samples())].filter(([sample]) => sample.startsWith('c_total'))
    expect(found).toEqual([
      ['c_total{n="1"}', 2],
      ['c_total{b="true"}', 2],
      ['c_total{s="caf\u00e9"}', 2],
      ['c_total{a="x",z="y"}', 2],
    ])
  })

  it('rereads frozen attributes that can still change through a getter or a nested array', async () => {
    const { provider, samples } = createMetricsPipeline()
    const counter = provider.getMeter('m').createCounter('c')
    let now = 'a'
    const changing = Object.freeze({
      get value() {
        return now
      },
    })
    const list = ['x']
    const deep = Object.freeze({ list })
    counter.add(1, changing)
    counter.add(1, deep)
    now = 'b'
    list.push('y')
    counter.add(1, changing)
    counter.add(1, deep)
    const found = await samples()
    expect(found.get('c_total{value="a"}')).toBe(1)
    expect(found.get('c_total{value="b"}')).toBe(1)
    expect([...found.keys()].filter((sample) => sample.includes('list'))).toHaveLength(2)
  })

  it('keeps series separate and totals exact when a getter returns a new value at each read', async () => {
    const { provider, samples } = createMetricsPipeline()
    const counter = provider.getMeter('m').createCounter('c')
    let looks = 0
    const changing = {
      get look() {
        looks += 1
        return looks
      },
    }
    for (let n = 0; n < 5; n += 1) counter.add(1, changing)
    for (let n = 100; n < 105; n += 1) counter.add(1, { look: n })
    for (let n = 1; n <= 20; n += 1) counter.add(1000, { look: n })
    const found = await samples()
    for (let n = 1; n <= 20; n += 1) expect(found.get(`c_total{look="${n}"}`)).toBeGreaterThanOrEqual(1000)
    const whole = [...found]
      .filter(([sample]) => sample.startsWith('c_total'))
      .reduce((sum, [, value]) => sum + value, 0)
    expect(whole).toBe(5 + 5 + 20_000)
  })
})
