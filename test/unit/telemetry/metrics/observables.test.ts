import type { BatchObservableCallback, ObservableCallback } from '@opentelemetry/api'
import { describe, expect, it } from 'vitest'
import { SERIES_LIMIT } from '../../../../src/instrumentation/catalog/overflow.ts'
import { createMetricsPipeline } from '../../../support/telemetry/metrics-pipeline.ts'

const total = (samples: ReadonlyMap<string, number>, name: string) =>
  [...samples].filter(([sample]) => sample.startsWith(name)).reduce((sum, [, value]) => sum + value, 0)

describe('createObservables', () => {
  it('keeps the total of a counter beyond its limit exact over many scrapes and callbacks', async () => {
    const { provider, samples, counts } = createMetricsPipeline()
    const counter = provider.getMeter('m').createObservableCounter('o')
    let round = 0
    for (const part of ['a', 'b']) {
      counter.addCallback((result) => {
        for (let n = 0; n < 1_500; n += 1) result.observe(round * 10, { part, n })
      })
    }
    for (round = 1; round <= 5; round += 1) {
      const found = await samples()
      expect(total(found, 'o_total')).toBe(3_000 * round * 10)
      expect([...found.keys()].filter((sample) => sample.startsWith('o_total'))).toHaveLength(SERIES_LIMIT)
    }
    expect(counts.overflowed).toBe(5 * (3_000 - 1_999))
  })

  it('keeps a gauge within its limit when every scrape has new attribute values', async () => {
    const { provider, samples } = createMetricsPipeline()
    let from = 0
    provider
      .getMeter('m')
      .createObservableGauge('g')
      .addCallback((result) => {
        for (let n = 0; n < 1_000; n += 1) result.observe(n, { n: from + n })
      })
    for (; from < 20_000; from += 1_000) await samples()
    const found = [...(await samples()).keys()].filter((sample) => sample.startsWith('g'))
    expect(found).toHaveLength(SERIES_LIMIT)
  })

  it('uses the last valid value of an attribute set, and sums sets that become equal when cleaned', async () => {
    const { provider, samples } = createMetricsPipeline()
    provider
      .getMeter('m')
      .createObservableCounter('o')
      .addCallback((result) => {
        result.observe(1, { a: 'x' })
        result.observe(5, { a: 'x' })
        result.observe(2, { a: 'y'.repeat(200) })
        result.observe(3, { a: 'z'.repeat(200) })
        result.observe(Number.NaN, { a: 'x' })
        result.observe(-1, { a: 'x' })
      })
    const found = await samples()
    expect(found.get('o_total{a="x"}')).toBe(5)
    expect(found.get('o_total{a="_OTHER"}')).toBe(5)
  })

  it('isolates callbacks that throw, reject or never settle, and delays only the first scrape', async () => {
    const { provider, samples } = createMetricsPipeline()
    const meter = provider.getMeter('m')
    const hostile: ObservableCallback[] = [
      () => {
        throw undefined
      },
      () => Promise.reject(new Error('no')),
      () => new Promise<void>(() => {}),
    ]
    for (const [n, callback] of hostile.entries()) meter.createObservableGauge(`bad${n}`).addCallback(callback)
    meter.createObservableGauge('good').addCallback((result) => result.observe(7))
    meter.createCounter('c').add(1)
    expect(Object.fromEntries(await samples())).toMatchObject({ good: 7, c_total: 1 })
    const started = performance.now()
    for (let n = 0; n < 5; n += 1) expect((await samples()).get('good')).toBe(7)
    expect(performance.now() - started).toBeLessThan(500)
  })

  it('ignores observations that arrive after the callback has returned', async () => {
    const { provider, samples } = createMetricsPipeline()
    let late: (() => void) | undefined
    provider
      .getMeter('m')
      .createObservableGauge('g')
      .addCallback((result) => {
        result.observe(1)
        late = () => result.observe(99)
      })
    await samples()
    late?.()
    expect((await samples()).get('g')).toBe(1)
  })

  it('runs a callback that is added twice only once, and stops running it after its removal', async () => {
    const { provider, samples } = createMetricsPipeline()
    const counter = provider.getMeter('m').createObservableCounter('o')
    let runs = 0
    const callback: ObservableCallback = (result) => {
      runs += 1
      result.observe(runs)
    }
    counter.addCallback(callback)
    counter.addCallback(callback)
    await samples()
    expect(runs).toBe(1)
    counter.removeCallback(callback)
    counter.removeCallback(callback)
    expect((await samples()).get('o_total')).toBe(1)
    expect(runs).toBe(1)
  })

  it('runs a batch callback once for its own instruments, until the same set of them is removed', async () => {
    const { provider, samples } = createMetricsPipeline()
    const meter = provider.getMeter('m')
    const [a, b, other] = ['a', 'b', 'other'].map((name) => meter.createObservableGauge(name)) as [never, never, never]
    let runs = 0
    const callback: BatchObservableCallback = (result) => {
      runs += 1
      result.observe(a, runs, { x: 'y' })
      result.observe(b, runs * 2)
      result.observe(other, 99)
      result.observe({} as never, 99)
    }
    meter.addBatchObservableCallback(callback, [a, b])
    meter.addBatchObservableCallback(callback, [b, a])
    const found = await samples()
    expect(found.get('a{x="y"}')).toBe(1)
    expect(found.get('b')).toBe(2)
    expect(found.has('other')).toBe(false)
    meter.removeBatchObservableCallback(callback, [a])
    await samples()
    expect(runs).toBe(2)
    meter.removeBatchObservableCallback(callback, [a, b])
    await samples()
    expect(runs).toBe(2)
  })
})
