import { ROOT_CONTEXT, TraceFlags, trace, ValueType } from '@opentelemetry/api'
import { AggregationType } from '@opentelemetry/sdk-metrics'
import { describe, expect, it } from 'vitest'
import { SERIES_LIMIT } from '../../../../src/instrumentation/catalog/overflow.ts'
import { createMetricsPipeline } from '../../../support/telemetry/metrics-pipeline.ts'

describe('createMeterProvider', () => {
  it('drops and counts invalid numbers, and records valid ones exactly afterwards', async () => {
    const { provider, samples, counts } = createMetricsPipeline()
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

  it('returns instruments that do not throw when their name is invalid', () => {
    const meter = createMetricsPipeline().provider.getMeter('m')
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

  it('keeps 100,000 attribute values over 50 scrapes within the series limit, with exact totals', async () => {
    const { provider, samples, counts } = createMetricsPipeline()
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

  it('keeps series that existed before the limit was reached exact afterwards', async () => {
    const { provider, samples } = createMetricsPipeline()
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

  it('shares series and limit between instruments that are created under the same name', async () => {
    const { provider, samples } = createMetricsPipeline()
    const make = () => provider.getMeter('m', '1').createCounter('c')
    for (let n = 0; n < 4_000; n += 1) make().add(1, { n })
    const found = [...(await samples())].filter(([sample]) => sample.startsWith('c_total'))
    expect(found).toHaveLength(SERIES_LIMIT)
    expect(found.reduce((sum, [, value]) => sum + value, 0)).toBe(4_000)
  })

  it('adds exemplars to buckets and counters only for measurements in a sampled span', async () => {
    const { provider, text } = createMetricsPipeline([
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
    const marked = lines
      .filter((line) => line.includes(`trace_id="${'a'.repeat(32)}"`))
      .map((line) => line.split(' ')[0])
    expect(marked).toEqual(['h_bucket{shop="s",le="2.0"}', 'c_total'])
  })
})
