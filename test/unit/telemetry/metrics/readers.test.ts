import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { MetricReader, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { AggregationTemporality, InMemoryMetricExporter } from '@opentelemetry/sdk-metrics'
import { describe, expect, it } from 'vitest'
import { METRICS } from '../../../../src/instrumentation/catalog/metrics.ts'
import { createMeterProvider } from '../../../../src/telemetry/metrics/meter-provider.ts'
import { createReaders } from '../../../../src/telemetry/metrics/readers.ts'
import { createViews } from '../../../../src/telemetry/metrics/views.ts'

const SETTINGS = { pull: true, push: true, exportIntervalMillis: 3_600_000, exportTimeoutMillis: 5_000 }

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
const heap = () => {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

/** Keeps only the last export, so that any memory growth comes from the storage. */
class LastExport extends InMemoryMetricExporter {
  last: ResourceMetrics | undefined
  override export(metrics: ResourceMetrics, done: Parameters<InMemoryMetricExporter['export']>[1]): void {
    this.last = metrics
    done({ code: 0 })
  }
}

const providerOf = (readers: readonly MetricReader[]) =>
  createMeterProvider({
    resource: resourceFromAttributes({}),
    views: createViews(),
    readers,
    onDropped() {},
    onOverflow() {},
  })

function pipeline() {
  const exporter = new LastExport(AggregationTemporality.CUMULATIVE)
  const { all, pull } = createReaders(SETTINGS, exporter)
  const provider = providerOf(all)
  const histogram = provider.getMeter('m').createHistogram(METRICS.toolDuration.name)
  const record = () => {
    for (let n = 0; n < 200; n += 1) histogram.record(0.1, { 'tool.name': `t${n}` })
  }
  return { provider, exporter, pull: pull as NonNullable<typeof pull>, record }
}

const countOf = (metrics: ResourceMetrics | undefined) =>
  metrics?.scopeMetrics[0]?.metrics[0]?.dataPoints.map(({ value }) => (value as { count: number }).count)

describe('createReaders', () => {
  it('keeps memory flat while metrics are only pushed, with exact totals in the first scrape', async () => {
    const { provider, exporter, pull, record } = pipeline()
    const push = async (times: number) => {
      for (let n = 0; n < times; n += 1) {
        record()
        await provider.forceFlush()
      }
    }
    await push(100)
    const before = heap()
    await push(400)
    // The SDK's storage keeps 400 times 200 histograms for the idle reader: about 60 MB.
    expect(heap() - before).toBeLessThan(5_000_000)
    expect(countOf(exporter.last)).toEqual(Array.from({ length: 200 }, () => 500))
    const { resourceMetrics } = await pull.collect()
    expect(countOf(resourceMetrics)).toEqual(Array.from({ length: 200 }, () => 500))
    await provider.shutdown()
  })

  it('keeps memory flat during many scrapes before a push, with exact totals in the push', async () => {
    const { provider, exporter, pull, record } = pipeline()
    const scrape = async (times: number) => {
      for (let n = 0; n < times; n += 1) {
        record()
        await pull.collect()
      }
    }
    await scrape(100)
    const before = heap()
    await scrape(400)
    expect(heap() - before).toBeLessThan(5_000_000)
    await provider.forceFlush()
    expect(countOf(exporter.last)).toEqual(Array.from({ length: 200 }, () => 500))
    await provider.shutdown()
  })

  it('keeps every delta for the next push when scrapes come first', async () => {
    const exporter = new LastExport(AggregationTemporality.DELTA)
    const { all, pull } = createReaders(SETTINGS, exporter)
    const provider = providerOf(all)
    const histogram = provider.getMeter('m').createHistogram(METRICS.toolDuration.name)
    for (let n = 0; n < 50; n += 1) {
      histogram.record(0.1)
      await pull?.collect()
    }
    await provider.forceFlush()
    expect(countOf(exporter.last)).toEqual([50])
    await provider.shutdown()
  })

  it.each([
    [true, false, 1, true],
    [false, true, 1, false],
    [true, true, 2, true],
    [false, false, 0, false],
  ])('serves pull=%s and push=%s with %i readers', (pull, push, count, scraped) => {
    const exporter = push ? new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE) : undefined
    const readers = createReaders({ ...SETTINGS, pull, push }, exporter)
    expect(readers.all).toHaveLength(count)
    expect(readers.pull !== undefined).toBe(scraped)
  })
})
