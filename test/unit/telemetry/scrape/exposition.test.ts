import { setImmediate as nextTurn } from 'node:timers/promises'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { AggregationTemporality, MetricReader } from '@opentelemetry/sdk-metrics'
import { describe, expect, it } from 'vitest'
import { writeExposition } from '../../../../src/telemetry/scrape/exposition.ts'
import { FORMATS, parseExposition } from '../../../support/prometheus/openmetrics-parser.ts'
import { exposeMetrics } from '../../../support/telemetry/exposed-metrics.ts'

describe('writeExposition', () => {
  it('writes a counter, a gauge and a histogram exactly in text format 0.0.4', async () => {
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

  it('writes OpenMetrics 1.0 exactly: info, units, counter families without _total, exemplars, EOF', async () => {
    const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }
    const metrics = exposeMetrics({
      resource: resourceFromAttributes({ 'service.name': 'demo' }),
      exemplars: {
        busy: [{ ...span, value: 2, unixSeconds: 1700000000.25 }],
        d: [{ ...span, value: 0.7, unixSeconds: 1700000001 }],
      },
    })
    const meter = metrics.provider.getMeter('a')
    meter.createCounter('busy', { unit: 's', description: 'say "\\"\nplease' }).add(3, { a: 'b' })
    meter.createHistogram('d', { advice: { explicitBucketBoundaries: [1] } }).record(0.7)
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

  it('writes an exemplar on its matching bucket only, and not on a gauge', async () => {
    const exemplar = (value: number) => ({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), value, unixSeconds: 1 })
    // The first belongs to a counter of the same name elsewhere.
    const metrics = exposeMetrics({ exemplars: { x: [exemplar(1)], 'x.y': [exemplar(9), exemplar(1.5)] } })
    metrics.provider.getMeter('a').createGauge('x').record(1)
    metrics.provider
      .getMeter('b')
      .createHistogram('x.y', { advice: { explicitBucketBoundaries: [1, 2] } })
      .record(1.5)
    const parsed = await metrics.parsed('openmetrics')
    const withExemplar = [...parsed.series.values()].filter(({ exemplar }) => exemplar !== undefined)
    expect(withExemplar.map(({ labels, exemplar }) => [labels.get('le'), exemplar?.value])).toEqual([['2.0', 1.5]])
  })

  it('yields to the event loop while it writes 10,000 histograms in pieces of at most 64 Ki characters', async () => {
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
})

describe.each(FORMATS)('writeExposition in %s format', (format) => {
  it('writes no _created samples and no scope, job or instance labels', async () => {
    const metrics = exposeMetrics()
    metrics.provider.getMeter('scope', '1.2').createCounter('a').add(1)
    metrics.provider.getMeter('scope', '1.2').createHistogram('h').record(1)
    expect(await metrics.text(format)).not.toMatch(/_created|otel_scope|job=|instance=/)
  })

  it('writes special numbers such as NaN and infinity as both formats require', async () => {
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

  it('omits a counter series that is NaN', async () => {
    const metrics = exposeMetrics()
    const counter = metrics.provider.getMeter('a').createCounter('c')
    counter.add(Number.NaN, { bad: 'yes' })
    counter.add(1)
    const parsed = await metrics.parsed(format)
    expect(parsed.value('c_total')).toBe(1)
    expect(parsed.families.size).toBe(2)
  })

  it('omits delta counters', async () => {
    const metrics = exposeMetrics({ reader: new DeltaReader() })
    metrics.provider.getMeter('a').createCounter('c').add(1, { a: '1' })
    metrics.provider.getMeter('a').createCounter('c').add(1, { a: '2' })
    metrics.provider.getMeter('a').createGauge('g').record(1)
    const parsed = await metrics.parsed(format)
    expect(parsed.value('c_total', { a: '1' })).toBeUndefined()
    expect(parsed.value('g')).toBe(1)
  })

  it('leaves measurements that are recorded during the write to the next exposition', async () => {
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

class DeltaReader extends MetricReader {
  constructor() {
    super({ aggregationTemporalitySelector: () => AggregationTemporality.DELTA })
  }
  protected override async onForceFlush() {}
  protected override async onShutdown() {}
}
