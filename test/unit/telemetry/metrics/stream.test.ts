import { resourceFromAttributes } from '@opentelemetry/resources'
import type { MetricData } from '@opentelemetry/sdk-metrics'
import { describe, expect, it } from 'vitest'
import { createMeterProvider } from '../../../../src/telemetry/metrics/meter-provider.ts'
import { createReaders } from '../../../../src/telemetry/metrics/readers.ts'
import type { RowPoints } from '../../../../src/telemetry/metrics/stream.ts'

const SETTINGS = { pull: true, push: false, exportIntervalMillis: 60_000, exportTimeoutMillis: 5_000 }

/** Creates a provider whose one reader is scraped. */
function scrapedProvider() {
  const { all, pull } = createReaders(SETTINGS, undefined)
  const provider = createMeterProvider({
    resource: resourceFromAttributes({}),
    views: [],
    readers: all,
    scraped: pull,
    onDropped() {},
    onOverflow() {},
  })
  const metric = async () => {
    const collected = await pull?.collect()
    return collected?.resourceMetrics.scopeMetrics[0]?.metrics[0] as MetricData & RowPoints
  }
  return { meter: provider.getMeter('m'), metric }
}

const countsOf = (points: Iterable<{ readonly value: unknown }>) =>
  [...points].map(({ value }) => (value as { count: number }).count)

describe('collectRows', () => {
  it('keeps what was recorded until the collection, although its points are made later', async () => {
    const { meter, metric } = scrapedProvider()
    const histogram = meter.createHistogram('h')
    for (let row = 0; row < 100; row += 1) histogram.record(1, { row })
    const collected = await metric()
    for (let row = 0; row < 200; row += 1) histogram.record(1, { row })
    expect(countsOf(collected.points())).toEqual(new Array(100).fill(1))
    expect(countsOf(collected.dataPoints)).toEqual(new Array(100).fill(1))
    expect(countsOf((await metric()).points())).toEqual([...new Array(100).fill(2), ...new Array(100).fill(1)])
  })

  it('leaves out rows that were found and never recorded in', async () => {
    const { meter, metric } = scrapedProvider()
    const counter = meter.createCounter('c') as unknown as {
      add(value: number, attributes: object): void
      bind(attributes: object): unknown
    }
    counter.bind({ row: 'bound' })
    counter.add(1, { row: 'recorded' })
    expect([...(await metric()).points()].map(({ attributes }) => attributes)).toEqual([{ row: 'recorded' }])
  })
})
