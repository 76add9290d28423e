// Tests metric families in both formats when several instruments share a name.
import { describe, expect, it } from 'vitest'
import { FORMATS } from '../../../support/prometheus/openmetrics-parser.ts'
import { exposeMetrics } from '../../../support/telemetry/exposed-metrics.ts'

describe.each(FORMATS)('writeExposition in %s format', (format) => {
  it('merges a name from two scopes into one family, sums equal series, and drops what it cannot sum', async () => {
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
  })

  it('keeps the first of two types under one name, and drops the second completely', async () => {
    const metrics = exposeMetrics()
    metrics.provider.getMeter('a').createGauge('x.total').record(5, { first: 'yes' })
    metrics.provider.getMeter('b').createCounter('x').add(6, { second: 'yes' })
    const parsed = await metrics.parsed(format)
    expect(parsed.value('x_total', { first: 'yes' })).toBe(5)
    expect([...parsed.series.keys()].join()).not.toContain('second')
  })

  it('prefers the metrics of this package to conflicting ones, regardless of their order', async () => {
    const metrics = exposeMetrics()
    metrics.provider.getMeter('stranger').createGauge('mcp.tool.duration.seconds.count').record(5)
    metrics.provider.getMeter('mcp-vitals').createHistogram('mcp.tool.duration', { unit: 's' }).record(1)
    expect((await metrics.parsed(format)).value('mcp_tool_duration_seconds_count')).toBe(1)
  })

  it('adds no foreign value to a series of this package, and keeps other foreign series', async () => {
    const metrics = exposeMetrics()
    for (const scope of ['stranger', 'mcp-vitals']) metrics.provider.getMeter(scope).createCounter('c').add(2)
    metrics.provider.getMeter('stranger').createCounter('c').add(2, { other: 'series' })
    const parsed = await metrics.parsed(format)
    expect(parsed.value('c_total')).toBe(2)
    expect(parsed.value('c_total', { other: 'series' })).toBe(2)
  })

  it.each([
    ['a histogram and a gauge with the name of its count', 'h', 'h.count'],
    ['a histogram and a gauge with the name of its buckets', 'h', 'h.bucket'],
    ['a histogram and a gauge with the same name', 'h', 'h'],
  ])('keeps the first of two metrics: %s', async (_, histogram, gauge) => {
    const metrics = exposeMetrics()
    metrics.provider.getMeter('a').createHistogram(histogram).record(1)
    metrics.provider.getMeter('b').createGauge(gauge).record(9)
    const parsed = await metrics.parsed(format)
    expect(parsed.value('h_count')).toBe(1)
  })

  it.each([
    ['a counter and a gauge with the same name', 'x', 'x'],
    ['a counter and a gauge with the name of its creation time', 'x', 'x.created'],
    ['a counter named total', 'total', 'y'],
    ['a counter named target', 'target', 'y'],
  ])('keeps both metrics: %s', async (_, counter, gauge) => {
    const metrics = exposeMetrics()
    metrics.provider.getMeter('a').createCounter(counter).add(1)
    metrics.provider.getMeter('b').createGauge(gauge).record(9)
    const parsed = await metrics.parsed(format)
    expect(parsed.value(counter === 'total' ? 'total' : `${counter}_total`)).toBe(1)
    expect(parsed.value(gauge.replace('.', '_'))).toBe(9)
  })

  it('reserves target_info for the resource', async () => {
    const metrics = exposeMetrics()
    metrics.provider.getMeter('a').createGauge('target.info').record(9, { fake: 'yes' })
    expect([...(await metrics.parsed(format)).series.keys()].join()).not.toContain('fake')
  })

  it('writes valid output for names, units and descriptions of any type and text', async () => {
    const metrics = exposeMetrics()
    const meter = metrics.provider.getMeter('a')
    const odd = ['', 'é', '1', '__proto__', 'constructor', 'a\nb', '{', 'total', '_total', 'x'.repeat(300)]
    for (const name of odd) for (const unit of odd) meter.createCounter(name, { unit, description: unit }).add(1)
    meter.createGauge(42 as unknown as string, { unit: {} as string, description: null as unknown as string }).record(1)
    meter.createGauge('canary').record(7)
    expect((await metrics.parsed(format)).value('canary')).toBe(7)
  })
})
