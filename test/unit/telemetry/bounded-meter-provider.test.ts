import type { Attributes } from '@opentelemetry/api'
import { ROOT_CONTEXT, TraceFlags, trace, ValueType } from '@opentelemetry/api'
import {
  AggregationType,
  createAllowListAttributesProcessor,
  createDenyListAttributesProcessor,
} from '@opentelemetry/sdk-metrics'
import { expect, test } from 'vitest'
import { SERIES_LIMIT } from '../../../src/catalog/overflow.ts'
import { createBoundedPipeline } from '../../support/bounded-pipeline.ts'

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

test.each(Object.keys(HOSTILE))('an attribute value that is hostile (%s) is recorded as _OTHER', async (name) => {
  const { provider, samples, counts } = createBoundedPipeline()
  const counter = provider.getMeter('m').createCounter('c')
  counter.add(3, { kept: 'yes', bad: HOSTILE[name] as string })
  expect(await samples()).toContainEqual(['c_total{bad="_OTHER",kept="yes"}', 3])
  expect(counts.dropped).toBe(0)
})

test('attributes that cannot be read at all cost the attributes, not the measurement', async () => {
  const { provider, samples } = createBoundedPipeline()
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

test('a getter that throws costs its own attribute only', async () => {
  const { provider, samples } = createBoundedPipeline()
  const attributes = {
    good: 'yes',
    get bad(): string {
      throw new Error('no')
    },
  }
  provider.getMeter('m').createCounter('c').add(1, attributes)
  expect(await samples()).toContainEqual(['c_total{bad="_OTHER",good="yes"}', 1])
})

test('values that would come out as the same label are one series, with the exact total', async () => {
  const { provider, samples } = createBoundedPipeline()
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

test('a number that is none is dropped and counted, and poisons nothing', async () => {
  const { provider, samples, counts } = createBoundedPipeline()
  const meter = provider.getMeter('m')
  const counter = meter.createCounter('c')
  const histogram = meter.createHistogram('h', { advice: { explicitBucketBoundaries: [1] } })
  const gauge = meter.createGauge('g')
  const bad = [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    '5',
    5n,
    null,
    undefined,
    {},
    Number.MAX_VALUE,
  ]
  for (const value of [...bad, -1]) {
    counter.add(value as number)
    histogram.record(value as number)
  }
  for (const value of bad.slice(0, -1)) gauge.record(value as number)
  expect(counts.dropped).toBe(28)
  counter.add(2)
  histogram.record(0.5)
  gauge.record(-4)
  meter.createCounter('i', { valueType: ValueType.INT }).add(2.9)
  expect(Object.fromEntries(await samples())).toMatchObject({ c_total: 2, h_sum: 0.5, h_count: 1, g: -4, i_total: 2 })
})

test('instruments that cannot be made record nothing and do not throw', () => {
  const meter = createBoundedPipeline().provider.getMeter('m')
  for (const name of [
    Symbol('s'),
    null,
    {
      toString: () => {
        throw new Error('no')
      },
    },
  ]) {
    meter.createCounter(name as unknown as string).add(1)
    meter.createHistogram(name as unknown as string).record(1)
    meter.createObservableGauge(name as unknown as string).addCallback(() => {})
  }
})

test('a hundred thousand attribute values over fifty scrapes stay under the bound, and the total is exact', async () => {
  const { provider, samples, counts } = createBoundedPipeline()
  const meter = provider.getMeter('foreign')
  const counter = meter.createCounter('c')
  const histogram = meter.createHistogram('h', { advice: { explicitBucketBoundaries: [1] } })
  let sent = 0
  for (let scrape = 0; scrape < 50; scrape += 1) {
    for (let n = 0; n < 2_000; n += 1) {
      counter.add(1, { user: `u${sent}` })
      if (n % 10 === 0) histogram.record(1, { user: `u${sent}` })
      sent += 1
    }
    const series = [...(await samples())]
    const totals = series.filter(([sample]) => sample.startsWith('c_total'))
    expect(totals.length).toBeLessThanOrEqual(SERIES_LIMIT)
    expect(totals.reduce((sum, [, value]) => sum + value, 0)).toBe(sent)
    const observed = series.filter(([sample]) => sample.startsWith('h_count'))
    expect(observed.length).toBeLessThanOrEqual(SERIES_LIMIT)
    expect(observed.reduce((sum, [, value]) => sum + value, 0)).toBe(sent / 10)
  }
  expect(sent).toBe(100_000)
  const overflowed = (await samples()).get('c_total{otel_metric_overflow="true"}')
  expect(overflowed).toBe(100_000 - (SERIES_LIMIT - 1))
  expect(counts.overflowed).toBe(100_000 - 1999 + (10_000 - 1999))
  expect(provider.seriesCount()).toBe(2 * SERIES_LIMIT)
})

test('series that were there before the bound was reached stay exact after it', async () => {
  const { provider, samples } = createBoundedPipeline()
  const counter = provider.getMeter('m').createCounter('c')
  counter.add(1, { user: 'first' })
  for (let n = 0; n < 5_000; n += 1) counter.add(1, { user: `u${n}` })
  await samples()
  counter.add(1, { user: 'another' })
  for (let n = 0; n < 1_998; n += 1) counter.add(1, { user: `u${n}` })
  counter.add(1, { user: 'first' })
  const after = await samples()
  expect(after.get('c_total{user="first"}')).toBe(2)
  expect(after.get('c_total{user="u0"}')).toBe(2)
  expect(after.get('c_total{user="u1997"}')).toBe(2)
})

test('what a view leaves out does not use the bound up', async () => {
  const pipeline = createBoundedPipeline([
    { instrumentName: 'c', attributesProcessors: [createDenyListAttributesProcessor(['user'])] },
    { instrumentName: 'o*', attributesProcessors: [createAllowListAttributesProcessor(['shop'])] },
  ])
  const meter = pipeline.provider.getMeter('m')
  const counter = meter.createCounter('c')
  for (let n = 0; n < 5_000; n += 1) counter.add(1, { user: `u${n}`, shop: n % 2 === 0 ? 'a' : 'b' })
  meter.createObservableCounter('o').addCallback((result) => {
    for (let n = 0; n < 5_000; n += 1) result.observe(2, { user: `u${n}`, shop: 'a' })
  })
  const samples = await pipeline.samples()
  expect(samples.get('c_total{shop="a"}')).toBe(2_500)
  expect(samples.get('c_total{shop="b"}')).toBe(2_500)
  expect(samples.get('o_total{shop="a"}')).toBe(10_000)
  expect(pipeline.counts.overflowed).toBe(0)
})

test('a view that reads the context is asked for each measurement, and one that throws lets nothing through', async () => {
  const key = Symbol('tenant')
  const { provider, samples } = createBoundedPipeline([
    {
      instrumentName: 'c',
      attributesProcessors: [
        { process: (attributes, context) => ({ ...attributes, tenant: String(context?.getValue(key)) }) },
      ],
    },
    {
      instrumentName: 'd',
      attributesProcessors: [
        {
          process: () => {
            throw new Error('no')
          },
        },
      ],
    },
  ])
  const counter = provider.getMeter('m').createCounter('c')
  const attributes = Object.freeze({ shop: 's' })
  counter.add(1, attributes, ROOT_CONTEXT.setValue(key, 'a'))
  counter.add(1, attributes, ROOT_CONTEXT.setValue(key, 'b'))
  provider.getMeter('m').createCounter('d').add(1, { secret: 's' })
  const found = await samples()
  expect(found.get('c_total{shop="s",tenant="a"}')).toBe(1)
  expect(found.get('c_total{shop="s",tenant="b"}')).toBe(1)
  expect(found.get('d_total')).toBe(1)
})

test('two views of one instrument are two streams, each with its own attributes and bound', async () => {
  const { provider, samples } = createBoundedPipeline([
    { instrumentName: 'c', name: 'by_shop', attributesProcessors: [createAllowListAttributesProcessor(['shop'])] },
    { instrumentName: 'c', name: 'by_user', attributesProcessors: [createAllowListAttributesProcessor(['user'])] },
  ])
  const counter = provider.getMeter('m').createCounter('c')
  for (let n = 0; n < 3_000; n += 1) counter.add(1, { shop: 's', user: `u${n}` })
  await samples()
  for (let n = 3_000; n < 5_000; n += 1) counter.add(1, { shop: 's', user: `u${n}` })
  const found = await samples()
  expect(found.get('by_shop_total{shop="s"}')).toBe(5_000)
  expect(found.get('by_user_total{otel_metric_overflow="true"}')).toBe(5_000 - (SERIES_LIMIT - 1))
  expect([...found.keys()].filter((sample) => sample.startsWith('by_user_total'))).toHaveLength(SERIES_LIMIT)
})

test("a view's own limit is the bound, for life", async () => {
  const { provider, samples } = createBoundedPipeline([{ instrumentName: 'c', aggregationCardinalityLimit: 5 }])
  const counter = provider.getMeter('m').createCounter('c')
  for (let n = 0; n < 40; n += 1) {
    counter.add(1, { n })
    await samples()
  }
  const found = [...(await samples())].filter(([sample]) => sample.startsWith('c_total'))
  expect(found).toHaveLength(5)
  expect(found.reduce((sum, [, value]) => sum + value, 0)).toBe(40)
})

test('instruments of one name made twice share their series and their bound', async () => {
  const { provider, samples } = createBoundedPipeline()
  const make = () => provider.getMeter('m', '1').createCounter('c')
  for (let n = 0; n < 4_000; n += 1) make().add(1, { n })
  const found = [...(await samples())].filter(([sample]) => sample.startsWith('c_total'))
  expect(found).toHaveLength(SERIES_LIMIT)
  expect(found.reduce((sum, [, value]) => sum + value, 0)).toBe(4_000)
})

test('frozen attributes are known by identity, but not where they can still change', async () => {
  const { provider, samples } = createBoundedPipeline()
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

test('attributes that say something else at each look are not taken for others later', async () => {
  const { provider, samples } = createBoundedPipeline()
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
  const whole = [...found].filter(([sample]) => sample.startsWith('c_total')).reduce((sum, [, value]) => sum + value, 0)
  expect(whole).toBe(5 + 5 + 20_000)
})

test('a measurement inside a sampled span leaves an exemplar on its bucket, one outside or unsampled does not', async () => {
  const { provider, text } = createBoundedPipeline([
    {
      instrumentName: 'h',
      aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [1, 2] } },
    },
  ])
  const span = (traceFlags: number) =>
    trace.setSpanContext(ROOT_CONTEXT, { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags })
  const meter = provider.getMeter('m')
  meter.createHistogram('h').record(1.5, { shop: 's' }, span(TraceFlags.SAMPLED))
  meter.createHistogram('h').record(0.5, { shop: 's' }, span(TraceFlags.NONE))
  meter.createCounter('c').add(1, {}, span(TraceFlags.SAMPLED))
  meter.createCounter('quiet').add(1)
  const lines = (await text('openmetrics')).split('\n')
  const marked = lines.filter((line) => line.includes(`trace_id="${'a'.repeat(32)}"`)).map((line) => line.split(' ')[0])
  expect(marked).toEqual(['h_bucket{shop="s",le="2.0"}', 'c_total'])
})
