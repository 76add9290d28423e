import { setImmediate as nextTurn } from 'node:timers/promises'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import type { CollectionResult, MetricProducer } from '@opentelemetry/sdk-metrics'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { describe, expect, it } from 'vitest'
import { collectInSlices } from '../../../../src/telemetry/metrics/sliced-collection.ts'

const stockReader = () => new PrometheusExporter({ preventServerStart: true })
function slicedReader(): PrometheusExporter {
  const reader = stockReader()
  collectInSlices(reader)
  return reader
}

/** Removes the timestamps and sorts the scopes by name, because the SDK orders them by the end of their callbacks. */
function told({ resourceMetrics, errors }: CollectionResult) {
  const scopes = resourceMetrics.scopeMetrics.map(({ scope, metrics }) => ({
    scope,
    metrics: metrics.map(({ descriptor, dataPointType, dataPoints }) => ({
      descriptor,
      dataPointType,
      points: dataPoints.map(({ attributes, value }) => ({ attributes, value })),
    })),
  }))
  scopes.sort((a, b) => a.scope.name.localeCompare(b.scope.name))
  return { resource: resourceMetrics.resource.attributes, scopes, errors: errors.map(String) }
}

describe('collectInSlices', () => {
  it('returns the same result as the SDK for every kind of instrument and for failing callbacks', async () => {
    const readers = [stockReader(), slicedReader()] as const
    const provider = new MeterProvider({ readers: [...readers] })
    const meter = provider.getMeter('one', '1.0')
    const attributes = { a: 'b' }
    meter.createCounter('c').add(3, attributes)
    meter.createUpDownCounter('u').add(-3, attributes)
    meter.createHistogram('h', { unit: 's', description: 'H.' }).record(2.5, attributes)
    meter.createGauge('g').record(7)
    meter.createObservableGauge('o').addCallback((result) => result.observe(9, attributes))
    meter.createObservableCounter('broken').addCallback(() => {
      throw new Error('no value')
    })
    provider.getMeter('other').createCounter('never recorded in')
    provider.getMeter('other').createCounter('c').add(1)

    for (let round = 0; round < 2; round += 1) {
      const [stock, sliced] = [told(await readers[0].collect()), told(await readers[1].collect())]
      expect(sliced).toEqual(stock)
      expect(sliced.errors).toHaveLength(1)
      meter.createCounter('c').add(1, attributes)
    }
  })

  it('returns the other metrics after the given timeout when a callback never settles', async () => {
    const reader = slicedReader()
    const meter = new MeterProvider({ readers: [reader] }).getMeter('m')
    meter.createObservableGauge('stuck').addCallback(() => new Promise(() => {}))
    meter.createCounter('fine').add(1)

    const { resourceMetrics, errors } = await reader.collect({ timeoutMillis: 50 })

    expect(errors).toHaveLength(1)
    expect(
      resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics).map(({ descriptor }) => descriptor.name),
    ).toContain('fine')
  })

  it('yields to the event loop while it collects 30,000 series, and loses no measurement', async () => {
    const reader = slicedReader()
    const meter = new MeterProvider({ readers: [reader] }).getMeter('m')
    const histograms = Array.from({ length: 30 }, (_, index) => meter.createHistogram(`h${index}`))
    for (const histogram of histograms) for (let series = 0; series < 1000; series += 1) histogram.record(1, { series })
    const late = meter.createCounter('late')
    let turns = 0
    let collecting = true
    const count = async () => {
      while (collecting) {
        await nextTurn()
        turns += 1
        late.add(1)
      }
    }
    const counting = count()

    const { resourceMetrics } = await reader.collect()

    collecting = false
    await counting
    expect(turns).toBeGreaterThan(3)
    expect(
      resourceMetrics.scopeMetrics[0]?.metrics.filter(({ dataPoints }) => dataPoints.length === 1000),
    ).toHaveLength(30)
    const after = (await reader.collect()).resourceMetrics.scopeMetrics[0]?.metrics
    expect(after?.find(({ descriptor }) => descriptor.name === 'late')?.dataPoints[0]?.value).toBe(turns)
  })

  it("falls back to the SDK's own collection when the internals of the SDK are unknown", async () => {
    const reader = slicedReader()
    const result = { resourceMetrics: { scopeMetrics: [] }, errors: [] } as unknown as CollectionResult
    let asked = 0
    const unknown: MetricProducer = {
      async collect() {
        asked += 1
        return result
      },
    }
    reader.setMetricProducer(unknown)

    await reader.collect()

    expect(asked).toBe(1)
  })
})
