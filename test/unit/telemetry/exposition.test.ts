import { setImmediate as nextTurn } from 'node:timers/promises'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { AggregationOption } from '@opentelemetry/sdk-metrics'
import { AggregationTemporality, AggregationType, MetricReader } from '@opentelemetry/sdk-metrics'
import { describe, expect, test } from 'vitest'
import { createExemplarReservoir } from '../../../src/telemetry/exemplars.ts'
import { writeExposition } from '../../../src/telemetry/exposition.ts'
import { exposeMetrics } from '../../support/exposed-metrics.ts'
import { parseExposition } from '../../support/openmetrics-parser.ts'

const FORMATS = ['text', 'openmetrics'] as const

test('a counter, a gauge and a histogram are written to the letter, as text 0.0.4', async () => {
  const metrics = exposeMetrics({ resource: resourceFromAttributes({ 'service.name': 'demo' }) })
  const meter = metrics.provider.getMeter('a')
  meter.createCounter('mcp.tool.calls', { unit: '{call}', description: 'Calls.' }).add(3, { 'tool.name': 'hello' })
  meter.createGauge('room.temperature', { unit: 'Cel' }).record(-1.5)
  const duration = meter.createHistogram('d', { unit: 's', advice: { explicitBucketBoundaries: [0.5, 1, 10] } })
  for (const value of [0.2, 1, 60]) duration.record(value, { x: 'y' })
  expect(await metrics.text()).toBe(`# HELP target_info The resource of these metrics.
# TYPE target_info gauge
target_info{service_name="demo"} 1
# HELP mcp_tool_calls_total Calls.
# TYPE mcp_tool_calls_total counter
mcp_tool_calls_total{tool_name="hello"} 3
# TYPE room_temperature_celsius gauge
room_temperature_celsius -1.5
# TYPE d_seconds histogram
d_seconds_bucket{x="y",le="0.5"} 1
d_seconds_bucket{x="y",le="1.0"} 2
d_seconds_bucket{x="y",le="10.0"} 2
d_seconds_bucket{x="y",le="+Inf"} 3
d_seconds_sum{x="y"} 61.2
d_seconds_count{x="y"} 3
`)
})

test('and as OpenMetrics 1.0: units, a counter by its name without _total, the resource as info, the end marked', async () => {
  const exemplars = createExemplarReservoir()
  const metrics = exposeMetrics({ resource: resourceFromAttributes({ 'service.name': 'demo' }), exemplars })
  const meter = metrics.provider.getMeter('a')
  const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 }
  meter.createCounter('busy', { unit: 's', description: 'say "\\"\nplease' }).add(3, { a: 'b' })
  exemplars.offer('busy', { a: 'b' }, 2, undefined, span, 1700000000.25)
  meter.createHistogram('d', { advice: { explicitBucketBoundaries: [1] } }).record(0.7)
  exemplars.offer('d', {}, 0.7, [1], span, 1700000001)
  const trace = 'trace_id="0af7651916cd43dd8448eb211c80319c",span_id="b7ad6b7169203331"'
  expect(await metrics.text('openmetrics')).toBe(`# HELP target The resource of these metrics.
# TYPE target info
target_info{service_name="demo"} 1
# TYPE d histogram
d_bucket{le="1.0"} 1 # {${trace}} 0.7 1700000001.000
d_bucket{le="+Inf"} 1
d_sum 0.7
d_count 1
# HELP busy_seconds say \\"\\\\\\"\\nplease
# TYPE busy_seconds counter
# UNIT busy_seconds seconds
busy_seconds_total{a="b"} 3 # {${trace}} 2 1700000000.250
# EOF
`)
})

describe.each(FORMATS)('in %s', (format) => {
  test('there is no _created, no scope and no job or instance label', async () => {
    const metrics = exposeMetrics()
    metrics.provider.getMeter('scope', '1.2').createCounter('a').add(1)
    metrics.provider.getMeter('scope', '1.2').createHistogram('h').record(1)
    expect(await metrics.text(format)).not.toMatch(/_created|otel_scope|job=|instance=/)
  })

  test('bounds are spelled as OpenMetrics spells them', async () => {
    const metrics = exposeMetrics()
    const explicitBucketBoundaries = [1e-10, 0.00001, 0.0001, 0.1, 1, 2.5, 100_000, 1_000_000, 1_048_576, 1e21]
    metrics.provider.getMeter('a').createHistogram('h', { advice: { explicitBucketBoundaries } }).record(1)
    const bounds = [...(await metrics.text(format)).matchAll(/le="([^"]*)"/g)].map(([, bound]) => bound)
    expect(bounds).toEqual('1e-10 1e-05 0.0001 0.1 1.0 2.5 100000.0 1e+06 1.048576e+06 1e+21 +Inf'.split(' '))
  })

  test('numbers that are none are written as both formats want them', async () => {
    const metrics = exposeMetrics()
    const gauge = metrics.provider.getMeter('a').createGauge('g')
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 1e300, 5e-324]) {
      gauge.record(value, { of: String(value) })
    }
    const text = await metrics.text(format)
    for (const [of, written] of [
      ['NaN', 'NaN'],
      ['Infinity', '+Inf'],
      ['-Infinity', '-Inf'],
      ['0', '0'],
      ['1e+300', '1e+300'],
      ['5e-324', '5e-324'],
    ]) {
      expect(text).toContain(`g{of="${of}"} ${written}\n`)
    }
    parseExposition(text, format)
  })

  test('label values that could break a line arrive as they were', async () => {
    const metrics = exposeMetrics()
    const counter = metrics.provider.getMeter('a').createCounter('c')
    const values = ['"', '\\', '\n', '\\n', 'a"b\\c\nd', '} 1\nup 0', 'é😀', '\u0000\r\t', ' # {', '\u2028', '# EOF']
    for (const [index, value] of values.entries()) counter.add(index + 1, { value })
    const parsed = await metrics.parsed(format)
    for (const [index, value] of values.entries()) expect(parsed.value('c_total', { value })).toBe(index + 1)
  })

  test('values that are no text are written as JSON; half a character is replaced; empty is absent', async () => {
    const metrics = exposeMetrics()
    const counter = metrics.provider.getMeter('a').createCounter('c')
    counter.add(1, { list: ['a', 'b'], yes: true, n: 1.5, half: 'a\ud800', none: '', nothing: undefined })
    const labels = { list: '["a","b"]', yes: 'true', n: '1.5', half: 'a\ufffd' }
    expect((await metrics.parsed(format)).value('c_total', labels)).toBe(1)
  })

  test('keys that come out as one label are joined in the order of the keys', async () => {
    const metrics = exposeMetrics()
    metrics.provider.getMeter('a').createCounter('c').add(1, { a_b: '3', 'a.b': '2', 'a-b': '1', 'x y': 'z' })
    expect((await metrics.parsed(format)).value('c_total', { a_b: '1;2;3', x_y: 'z' })).toBe(1)
  })

  test('keys that mean something to Prometheus are kept under another name', async () => {
    const metrics = exposeMetrics()
    const meter = metrics.provider.getMeter('a')
    meter.createCounter('c').add(1, { __name__: 'up', le: '1', quantile: '0.5', '': 'empty', '1st': 'digit' })
    meter.createHistogram('h').record(1, { le: '1', __proto: 'x' })
    const parsed = await metrics.parsed(format)
    const labels = { key___name__: 'up', le: '1', key_quantile: '0.5', key_: 'empty', key_1st: 'digit' }
    expect(parsed.value('c_total', labels)).toBe(1)
    expect(parsed.value('h_count', { key_le: '1', key___proto: 'x' })).toBe(1)
  })

  test('one name from two scopes is one family, and what is one series there is added up', async () => {
    const metrics = exposeMetrics()
    for (const scope of ['a', 'b']) {
      const meter = metrics.provider.getMeter(scope)
      meter.createCounter('c').add(2, { in: scope })
      meter.createCounter('c').add(2)
      meter.createUpDownCounter('u').add(2)
      meter.createGauge('g').record(scope === 'a' ? 7 : 8)
      meter.createHistogram('h', { advice: { explicitBucketBoundaries: [1, 2] } }).record(1.5)
      meter.createHistogram('other', { advice: { explicitBucketBoundaries: scope === 'a' ? [1] : [2] } }).record(1)
    }
    const parsed = await metrics.parsed(format)
    expect(parsed.value('c_total')).toBe(4)
    expect(parsed.value('c_total', { in: 'b' })).toBe(2)
    expect(parsed.value('u')).toBe(4)
    expect(parsed.value('g')).toBe(7)
    expect(parsed.value('h_sum')).toBe(3)
    expect(parsed.value('h_bucket', { le: '2.0' })).toBe(2)
    expect(parsed.value('other_count')).toBe(1)
    expect(metrics.dropped()).toBe(2)
  })

  test('of two types under one name the first is whole, and nothing of the second is there', async () => {
    const metrics = exposeMetrics()
    metrics.provider.getMeter('a').createGauge('x.total').record(5, { first: 'yes' })
    metrics.provider.getMeter('b').createCounter('x').add(6, { second: 'yes' })
    const parsed = await metrics.parsed(format)
    expect(parsed.value('x_total', { first: 'yes' })).toBe(5)
    expect([...parsed.series.keys()].join()).not.toContain('second')
    expect(metrics.dropped()).toBe(1)
  })

  test('what is recorded by this package wins over others, whoever came first', async () => {
    const metrics = exposeMetrics()
    metrics.provider.getMeter('stranger').createGauge('mcp.tool.duration.seconds.count').record(5)
    metrics.provider.getMeter('mcp-vitals').createHistogram('mcp.tool.duration', { unit: 's' }).record(1)
    expect((await metrics.parsed(format)).value('mcp_tool_duration_seconds_count')).toBe(1)
  })

  test('nobody else adds to a series of this package', async () => {
    const metrics = exposeMetrics()
    for (const scope of ['stranger', 'mcp-vitals']) metrics.provider.getMeter(scope).createCounter('c').add(2)
    metrics.provider.getMeter('stranger').createCounter('c').add(2, { other: 'series' })
    const parsed = await metrics.parsed(format)
    expect(parsed.value('c_total')).toBe(2)
    expect(parsed.value('c_total', { other: 'series' })).toBe(2)
  })

  test.each([
    ['a histogram and a gauge of its count', 'h', 'h.count'],
    ['a histogram and a gauge of its buckets', 'h', 'h.bucket'],
    ['a histogram and a gauge of one name', 'h', 'h'],
  ])('%s: the first is kept', async (_, histogram, gauge) => {
    const metrics = exposeMetrics()
    metrics.provider.getMeter('a').createHistogram(histogram).record(1)
    metrics.provider.getMeter('b').createGauge(gauge).record(9)
    const parsed = await metrics.parsed(format)
    expect(parsed.value('h_count')).toBe(1)
    expect(metrics.dropped()).toBe(1)
  })

  test.each([
    ['a counter and a gauge of one name', 'x', 'x'],
    ['a counter and a gauge of when it was created', 'x', 'x.created'],
    ['a counter named total', 'total', 'y'],
    ['a counter named target', 'target', 'y'],
  ])('%s: both are kept', async (_, counter, gauge) => {
    const metrics = exposeMetrics()
    metrics.provider.getMeter('a').createCounter(counter).add(1)
    metrics.provider.getMeter('b').createGauge(gauge).record(9)
    const parsed = await metrics.parsed(format)
    expect(parsed.value(counter === 'total' ? 'total' : `${counter}_total`)).toBe(1)
    expect(parsed.value(gauge.replace('.', '_'))).toBe(9)
    expect(metrics.dropped()).toBe(0)
  })

  test('nobody else can be target_info', async () => {
    const metrics = exposeMetrics()
    metrics.provider.getMeter('a').createGauge('target.info').record(9, { fake: 'yes' })
    expect([...(await metrics.parsed(format)).series.keys()].join()).not.toContain('fake')
  })

  test('a count that got a NaN is left out, and told', async () => {
    const metrics = exposeMetrics()
    const counter = metrics.provider.getMeter('a').createCounter('c')
    counter.add(Number.NaN, { bad: 'yes' })
    counter.add(1)
    const parsed = await metrics.parsed(format)
    expect(parsed.value('c_total')).toBe(1)
    expect(parsed.families.size).toBe(2)
    expect(metrics.dropped()).toBe(1)
  })

  test('attributes that throw when they are looked at cost their own point only', async () => {
    const metrics = exposeMetrics()
    const counter = metrics.provider.getMeter('a').createCounter('c')
    let armed = false
    const trap = new Proxy({ a: 'b' }, { ownKeys: (target) => (armed ? fail() : Reflect.ownKeys(target)) })
    const bad = Object.defineProperty({}, 'bad', { enumerable: true, get: () => (armed ? fail() : 'x') })
    counter.add(1, trap)
    counter.add(2, bad)
    counter.add(3, { fine: 'yes' })
    armed = true
    const parsed = await metrics.parsed(format)
    expect(parsed.value('c_total', { fine: 'yes' })).toBe(3)
    expect(parsed.value('c_total', { bad: '_OTHER' })).toBe(2)
    expect(metrics.dropped()).toBe(1)
  })

  test('names, units and descriptions of any type and text cannot break it', async () => {
    const metrics = exposeMetrics()
    const meter = metrics.provider.getMeter('a')
    const odd = ['', 'é', '1', '__proto__', 'constructor', 'a\nb', '{', 'total', '_total', 'x'.repeat(300)]
    for (const name of odd) for (const unit of odd) meter.createCounter(name, { unit, description: unit }).add(1)
    meter.createGauge(42 as unknown as string, { unit: {} as string, description: null as unknown as string }).record(1)
    meter.createGauge('canary').record(7)
    expect((await metrics.parsed(format)).value('canary')).toBe(7)
  })

  test('a histogram that can go down has no sum', async () => {
    const aggregation = {
      type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
      options: { boundaries: [-1, 0, 1] },
    } satisfies AggregationOption
    const metrics = exposeMetrics({ views: [{ instrumentName: 'u', aggregation }] })
    for (const value of [-5, 5, 0.5]) metrics.provider.getMeter('a').createUpDownCounter('u').add(value)
    const parsed = await metrics.parsed(format)
    expect(parsed.value('u_sum')).toBeUndefined()
    expect(parsed.value('u_bucket', { le: '+Inf' })).toBe(3)
    expect(parsed.value('u_bucket', { le: '0.0' })).toBe(1)
    expect(parsed.value('u_count')).toBe(format === 'text' ? 3 : undefined)
  })

  test('bounds that are no bounds still make a histogram', async () => {
    const explicitBucketBoundaries = [2, 1, 1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    const metrics = exposeMetrics()
    const histogram = metrics.provider.getMeter('a').createHistogram('h', { advice: { explicitBucketBoundaries } })
    for (const value of [0.5, 1, 5, Number.POSITIVE_INFINITY]) histogram.record(value)
    expect((await metrics.parsed(format)).value('h_count')).toBe(4)
  })

  test('an exponential histogram becomes buckets that hold the same values', async () => {
    const views = [{ instrumentName: 'e', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } } as const]
    const metrics = exposeMetrics({ views: [...views] })
    const histogram = metrics.provider.getMeter('a').createHistogram('e', { unit: 's' })
    const values = [0, 0.001, 0.5, 1, 1.5, 2, 1000]
    for (const value of values) histogram.record(value)
    const parsed = await metrics.parsed(format)
    expect(parsed.value('e_seconds_count')).toBe(values.length)
    expect(parsed.value('e_seconds_sum')).toBeCloseTo(1005.001)
    for (const { name, labels, value } of parsed.series.values()) {
      if (name !== 'e_seconds_bucket') continue
      const le = Number(labels.get('le')?.replace('Inf', 'Infinity'))
      // A value on a bound may be on either side of it: the bounds are rounded.
      const near = values.filter((each) => Math.abs(each / le - 1) < 1e-12).length
      const below = values.filter((each) => each <= le).length
      expect(Math.abs(value - below), `le ${le}`).toBeLessThanOrEqual(near)
    }
  })

  test('the first bucket of an exponential histogram does not reach down to 0', async () => {
    const views = [{ instrumentName: 'e', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } } as const]
    const metrics = exposeMetrics({ views: [...views] })
    for (const value of [1000, 1100, 1200]) metrics.provider.getMeter('a').createHistogram('e').record(value)
    const buckets = [...(await metrics.parsed(format)).series.values()].filter(({ name }) => name === 'e_bucket')
    const empty = buckets.filter(({ value }) => value === 0).map(({ labels }) => Number(labels.get('le')))
    expect(Math.max(...empty)).toBeGreaterThan(900)
  })

  test('an exponential histogram of the largest and smallest numbers there are is still one', async () => {
    const views = [{ instrumentName: '*', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } } as const]
    const metrics = exposeMetrics({ views: [...views] })
    const meter = metrics.provider.getMeter('a')
    for (const value of [0, 5e-324, 1e-310, 1, Number.MAX_VALUE]) meter.createHistogram('e').record(value)
    for (const value of [-1000, -0.25, 0, 3]) meter.createUpDownCounter('n').add(value)
    const parsed = await metrics.parsed(format)
    expect(parsed.value('e_bucket', { le: '+Inf' })).toBe(5)
    expect(parsed.value('n_bucket', { le: '+Inf' })).toBe(4)
    expect(parsed.value('n_bucket', { le: '0.0' })).toBe(3)
  })

  test('deltas are left out, and told', async () => {
    const metrics = exposeMetrics({ reader: new DeltaReader() })
    metrics.provider.getMeter('a').createCounter('c').add(1, { a: '1' })
    metrics.provider.getMeter('a').createCounter('c').add(1, { a: '2' })
    metrics.provider.getMeter('a').createGauge('g').record(1)
    const parsed = await metrics.parsed(format)
    expect(parsed.value('c_total', { a: '1' })).toBeUndefined()
    expect(parsed.value('g')).toBe(1)
    expect(metrics.dropped()).toBe(2)
  })

  test('what is recorded while it is written is in the next one, not half in this one', async () => {
    const metrics = exposeMetrics()
    const histogram = metrics.provider.getMeter('a').createHistogram('h')
    for (let series = 0; series < 500; series += 1) histogram.record(1, { series })
    const pieces = writeExposition(await metrics.collect(), { format, timeBudgetMs: 0 })
    let text = ''
    for await (const piece of pieces) {
      text += piece
      histogram.record(2, { series: 499 })
    }
    const parsed = parseExposition(text, format)
    expect(parsed.value('h_count', { series: '499' })).toBe(1)
    expect((await metrics.parsed(format)).value('h_count', { series: '499' })).toBeGreaterThan(1)
  })
})

test('exemplars are on counters and buckets only, and only where they belong', async () => {
  const exemplars = createExemplarReservoir()
  const metrics = exposeMetrics({ exemplars })
  const span = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 }
  metrics.provider.getMeter('a').createGauge('x').record(1)
  metrics.provider
    .getMeter('b')
    .createHistogram('x.y', { advice: { explicitBucketBoundaries: [1, 2] } })
    .record(1.5)
  exemplars.offer('x', {}, 1, undefined, span, 1)
  exemplars.offer('x.y', {}, 9, undefined, span, 1) // Of a counter of the same name somewhere else.
  exemplars.offer('x.y', {}, 1.5, [1, 2], span, 1)
  const parsed = await metrics.parsed('openmetrics')
  const withExemplar = [...parsed.series.values()].filter(({ exemplar }) => exemplar !== undefined)
  expect(withExemplar.map(({ labels, exemplar }) => [labels.get('le'), exemplar?.value])).toEqual([['2.0', 1.5]])
})

test('ten thousand histograms leave the event loop its turns, in pieces of at most 64 Ki characters', async () => {
  const views = [{ instrumentName: '*', aggregationCardinalityLimit: 20_000 }]
  const metrics = exposeMetrics({ views })
  const histogram = metrics.provider.getMeter('a').createHistogram('h')
  for (let series = 0; series < 10_000; series += 1) histogram.record(series % 100, { series: `é😀${series}` })
  const collected = await metrics.collect()
  let turns = 0
  let writing = true
  const counting = (async () => {
    while (writing) {
      await nextTurn()
      turns += 1
    }
  })()
  const encoder = new TextEncoder()
  let text = ''
  let longest = 0
  for await (const piece of writeExposition(collected, { format: 'text', timeBudgetMs: 1 })) {
    longest = Math.max(longest, piece.length)
    text += new TextDecoder().decode(encoder.encode(piece))
  }
  writing = false
  await counting
  expect(turns).toBeGreaterThan(10)
  expect(longest).toBeLessThanOrEqual(65_536)
  const parsed = parseExposition(text, 'text')
  expect(parsed.value('h_count', { series: 'é😀9999' })).toBe(1)
  expect(parsed.families.get('h')?.samples).toHaveLength(10_000 * 18)
})

class DeltaReader extends MetricReader {
  constructor() {
    super({ aggregationTemporalitySelector: () => AggregationTemporality.DELTA })
  }
  protected override async onForceFlush() {}
  protected override async onShutdown() {}
}

function fail(): never {
  throw new Error('not to be looked at')
}
