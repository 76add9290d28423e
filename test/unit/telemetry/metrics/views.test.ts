import type { Attributes } from '@opentelemetry/api'
import type { AggregationOption, ViewOptions } from '@opentelemetry/sdk-metrics'
import {
  AggregationType,
  createDenyListAttributesProcessor,
  InstrumentType,
  MeterProvider,
} from '@opentelemetry/sdk-metrics'
import { describe, expect, it } from 'vitest'
import type { MetricDefinition } from '../../../../src/instrumentation/catalog/metric-definition.ts'
import { METRICS } from '../../../../src/instrumentation/catalog/metrics.ts'
import { createReaders } from '../../../../src/telemetry/metrics/readers.ts'
import type { InstrumentFacts } from '../../../../src/telemetry/metrics/streams.ts'
import { matches, planStreams } from '../../../../src/telemetry/metrics/streams.ts'
import { createViews } from '../../../../src/telemetry/metrics/views.ts'

const FACTS: InstrumentFacts = {
  meterName: 'meter',
  meterVersion: '1.0',
  meterSchemaUrl: 'https://schema',
  name: 'http.server.duration',
  type: InstrumentType.HISTOGRAM,
  unit: 's',
}
const SELECTORS: ViewOptions[] = [
  { instrumentName: '*' },
  { instrumentName: 'http.server.duration' },
  { instrumentName: 'HTTP.server.duration' },
  { instrumentName: 'http.*' },
  { instrumentName: '*.duration' },
  { instrumentName: 'http.*.duration' },
  { instrumentName: 'http.*ver.*' },
  { instrumentName: 'http?server.duration' },
  { instrumentName: 'http.server.duration*http.server.duration' },
  { instrumentName: 'server' },
  { instrumentType: InstrumentType.HISTOGRAM },
  { instrumentType: InstrumentType.COUNTER },
  { instrumentUnit: 's' },
  { instrumentUnit: 'ms' },
  { meterName: 'meter' },
  { meterName: 'met*' },
  { meterVersion: '1.0' },
  { meterVersion: '2.0' },
  { meterSchemaUrl: 'https://schema' },
  { meterSchemaUrl: 'https://other' },
  { instrumentName: 'http.*', meterName: 'other' },
]

describe('createViews', () => {
  it('returns one view for each metric of the catalog, with its buckets', () => {
    const views = createViews()
    for (const { name, buckets } of Object.values<MetricDefinition>(METRICS)) {
      const own = views.filter((view) => view.instrumentName === name)
      expect(own).toHaveLength(1)
      expect(own[0]?.aggregation).toEqual(
        buckets && { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [...buckets] } },
      )
    }
  })

  it("lets a user's view by name, pattern or type replace the catalog's, but not for another meter", () => {
    const named = (views: ViewOptions[], name: string) => views.filter((view) => view.instrumentName === name)
    expect(named(createViews([{ instrumentName: 'mcp.tool.calls' }]), 'mcp.tool.calls')).toHaveLength(1)
    expect(named(createViews([{ instrumentName: 'mcp.tool.*' }]), 'mcp.tool.calls')).toHaveLength(0)
    expect(createViews([{ instrumentType: InstrumentType.HISTOGRAM }])).not.toContainEqual(
      expect.objectContaining({ instrumentName: 'mcp.tool.duration' }),
    )
    expect(named(createViews([{ instrumentName: 'mcp.tool.*', meterName: 'theirs' }]), 'mcp.tool.calls')).toHaveLength(
      1,
    )
  })

  it("lets a user's view remove attributes of a catalog metric, but not add others", () => {
    const [view] = createViews([
      { instrumentName: 'mcp.tool.calls', attributesProcessors: [createDenyListAttributesProcessor(['status'])] },
    ]).slice(-1)
    let left: Attributes = { 'tool.name': 't', status: 'success', user: 'u' }
    for (const processor of view?.attributesProcessors ?? []) left = processor.process(left)
    expect(left).toEqual({ 'tool.name': 't' })
  })
})

describe('matches', () => {
  it.each(SELECTORS.flatMap((view) => ['https://schema', undefined].map((url) => [view, url] as const)))(
    'agrees with the SDK about a view for %o (schema %s)',
    async (view, meterSchemaUrl) => {
      const settings = { pull: true, push: false, exportIntervalMillis: 1_000, exportTimeoutMillis: 1_000 }
      const { all, pull } = createReaders(settings, undefined)
      const provider = new MeterProvider({
        readers: [...all],
        views: [{ ...view, aggregation: { type: AggregationType.DROP } }],
      })
      provider
        .getMeter('meter', '1.0', { ...(meterSchemaUrl !== undefined && { schemaUrl: meterSchemaUrl }) })
        .createHistogram('http.server.duration', { unit: 's' })
        .record(1)
      const collected = await pull?.collect()
      const matched = (collected?.resourceMetrics.scopeMetrics.length ?? 0) === 0
      expect(matches(view, { ...FACTS, meterSchemaUrl })).toBe(matched)
    },
  )
})

describe('planStreams', () => {
  it('takes the bounds of the view, then of the advice, then the default, as finite numbers in order', () => {
    const bounds = (views: ViewOptions[], advised?: number[]) =>
      planStreams(FACTS, advised ? { advice: { explicitBucketBoundaries: advised } } : {}, views, []).map(
        ({ aggregation }) => aggregation?.kind === 'histogram' && aggregation.bounds,
      )
    const explicit: AggregationOption = {
      type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
      options: { boundaries: [Number.POSITIVE_INFINITY, 3, 1] },
    }
    expect(bounds([{ instrumentName: '*', aggregation: explicit }], [2])).toEqual([[1, 3]])
    expect(bounds([{ instrumentName: '*' }], [2])).toEqual([[2]])
    expect(bounds([{ instrumentName: '*' }])[0]).toHaveLength(15)
  })

  it('leaves exponential histograms to the SDK, and drops what a view drops', () => {
    const plans = (type: AggregationType.DROP | AggregationType.EXPONENTIAL_HISTOGRAM) =>
      planStreams(FACTS, {}, [{ instrumentName: '*', aggregation: { type } }], [])
    expect(plans(AggregationType.EXPONENTIAL_HISTOGRAM).map(({ aggregation }) => aggregation)).toEqual([undefined])
    expect(plans(AggregationType.DROP)).toEqual([])
  })
})
