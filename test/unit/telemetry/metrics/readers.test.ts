import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider } from '@opentelemetry/sdk-metrics'
import { expect, test } from 'vitest'
import { METRICS } from '../../../../src/instrumentation/catalog/metrics.ts'
import { createReaders } from '../../../../src/telemetry/metrics/readers.ts'
import { routedViews } from '../../../../src/telemetry/metrics/streams.ts'
import { createViews } from '../../../../src/telemetry/metrics/views.ts'

const SETTINGS = { pull: true, push: true, exportIntervalMillis: 3_600_000, exportTimeoutMillis: 5_000 }

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
const heap = () => {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

/** Holds the last export only, so that what grows is the SDK's. */
class LastExport extends InMemoryMetricExporter {
  last: ResourceMetrics | undefined
  override export(metrics: ResourceMetrics, done: Parameters<InMemoryMetricExporter['export']>[1]): void {
    this.last = metrics
    done({ code: 0 })
  }
}

function pipeline() {
  const exporter = new LastExport(AggregationTemporality.CUMULATIVE)
  const { all, pull } = createReaders(SETTINGS, exporter)
  const provider = new MeterProvider({ readers: [...all], views: routedViews(createViews()) })
  const histogram = provider.getMeter('m').createHistogram(METRICS.toolDuration.name)
  const record = () => {
    for (let n = 0; n < 200; n += 1) histogram.record(0.1, { 'tool.name': `t${n}` })
  }
  return { provider, exporter, pull: pull as NonNullable<typeof pull>, record }
}

const countOf = (metrics: ResourceMetrics | undefined) =>
  metrics?.scopeMetrics[0]?.metrics[0]?.dataPoints.map(({ value }) => (value as { count: number }).count)

test('memory stays flat when metrics are pushed and nobody scrapes, and the first scrape has the exact totals', async () => {
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
  // Without being drained the idle reader keeps 400 times 200 histograms: some 60 MB.
  expect(heap() - before).toBeLessThan(5_000_000)
  expect(countOf(exporter.last)).toEqual(Array.from({ length: 200 }, () => 500))
  const { resourceMetrics } = await pull.collect()
  expect(countOf(resourceMetrics)).toEqual(Array.from({ length: 200 }, () => 500))
  await provider.shutdown()
})

test('memory stays flat when scrapes are many and the next push is far off, and the push has the exact totals', async () => {
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

test('a push of deltas loses none to being drained', async () => {
  const exporter = new LastExport(AggregationTemporality.DELTA)
  const { all, pull } = createReaders(SETTINGS, exporter)
  const provider = new MeterProvider({ readers: [...all], views: routedViews(createViews()) })
  const histogram = provider.getMeter('m').createHistogram(METRICS.toolDuration.name)
  for (let n = 0; n < 50; n += 1) {
    histogram.record(0.1)
    await pull?.collect()
  }
  await provider.forceFlush()
  expect(countOf(exporter.last)).toEqual([50])
  await provider.shutdown()
})

test.each([
  [true, false, 1, true],
  [false, true, 1, false],
  [true, true, 2, true],
  [false, false, 0, false],
])('pull %s and push %s are %i readers', (pull, push, count, scraped) => {
  const exporter = push ? new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE) : undefined
  const readers = createReaders({ ...SETTINGS, pull, push }, exporter)
  expect(readers.all).toHaveLength(count)
  expect(readers.pull !== undefined).toBe(scraped)
})

test('there is one copy of the metrics SDK, of the version that its exporters are pinned to', () => {
  const root = new URL('../../../../node_modules/', import.meta.url).pathname
  const copies = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith(join('@opentelemetry', 'sdk-metrics', 'package.json')),
  )
  expect(copies).toHaveLength(1)
  expect(JSON.parse(readFileSync(join(root, copies[0] as string), 'utf8')).version).toBe('3.1.0')
})
