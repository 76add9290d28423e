// Tests histograms in both formats: bounds, sums and exponential histograms.
import type { AggregationOption } from '@opentelemetry/sdk-metrics'
import { AggregationType } from '@opentelemetry/sdk-metrics'
import { describe, expect, it } from 'vitest'
import { FORMATS } from '../../../support/prometheus/openmetrics-parser.ts'
import { exposeMetrics } from '../../../support/telemetry/exposed-metrics.ts'

describe.each(FORMATS)('writeExposition in %s format', (format) => {
  it('writes bounds in the number format of OpenMetrics', async () => {
    const metrics = exposeMetrics()
    const explicitBucketBoundaries = [1e-10, 0.00001, 0.0001, 0.1, 1, 2.5, 100_000, 1_000_000, 1_048_576, 1e21]
    metrics.provider.getMeter('a').createHistogram('h', { advice: { explicitBucketBoundaries } }).record(1)
    const bounds = [...(await metrics.text(format)).matchAll(/le="([^"]*)"/g)].map(([, bound]) => bound)
    expect(bounds).toEqual('1e-10 1e-05 0.0001 0.1 1.0 2.5 100000.0 1e+06 1.048576e+06 1e+21 +Inf'.split(' '))
  })

  it('omits the sum of a histogram that can decrease, and in OpenMetrics also its count', async () => {
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

  it('writes a histogram even if its bounds are invalid', async () => {
    const explicitBucketBoundaries = [2, 1, 1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    const metrics = exposeMetrics()
    const histogram = metrics.provider.getMeter('a').createHistogram('h', { advice: { explicitBucketBoundaries } })
    for (const value of [0.5, 1, 5, Number.POSITIVE_INFINITY]) histogram.record(value)
    expect((await metrics.parsed(format)).value('h_count')).toBe(4)
  })

  it('converts an exponential histogram into buckets that hold the same values', async () => {
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
      // Bounds are rounded, so a value on a bound can be on either side of it.
      const near = values.filter((each) => Math.abs(each / le - 1) < 1e-12).length
      const below = values.filter((each) => each <= le).length
      expect(Math.abs(value - below), `le ${le}`).toBeLessThanOrEqual(near)
    }
  })

  it('adds an empty bucket just below the smallest values of an exponential histogram', async () => {
    const views = [{ instrumentName: 'e', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } } as const]
    const metrics = exposeMetrics({ views: [...views] })
    for (const value of [1000, 1100, 1200]) metrics.provider.getMeter('a').createHistogram('e').record(value)
    const buckets = [...(await metrics.parsed(format)).series.values()].filter(({ name }) => name === 'e_bucket')
    const empty = buckets.filter(({ value }) => value === 0).map(({ labels }) => Number(labels.get('le')))
    expect(Math.max(...empty)).toBeGreaterThan(900)
  })

  it('converts exponential histograms with extreme, zero and negative values', async () => {
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
})
