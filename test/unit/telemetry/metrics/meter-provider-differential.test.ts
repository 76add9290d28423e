// Drives random instruments, views, values and collections through the SDK's meter provider and ours, and compares what readers get.
// 1,000 sequences here; more with MCP_VITALS_SEQUENCES=10000, other ones with MCP_VITALS_SEED=<number>.
//
// Documented differences, which the sequences leave out: values that are no labels, or the same label (see rows.test.ts); limits, which
// hold for life; several observations that become one series, which add up; two views that make one stream of an instrument, which
// count once; histograms of observables, where the SDK takes an observation for each collection of any reader;
// the scale of exponential histograms that two readers share; and times: a delta starts where the one before ended.
import type { MeterProvider as ApiMeterProvider, Attributes, Meter, Observable } from '@opentelemetry/api'
import { ValueType } from '@opentelemetry/api'
import { emptyResource } from '@opentelemetry/resources'
import type { AggregationOption, DataPoint, ResourceMetrics, ViewOptions } from '@opentelemetry/sdk-metrics'
import {
  AggregationTemporality,
  AggregationType,
  createAllowListAttributesProcessor,
  createDenyListAttributesProcessor,
  InstrumentType,
  MeterProvider,
  MetricReader,
} from '@opentelemetry/sdk-metrics'
import { describe, expect, it } from 'vitest'
import { createMeterProvider } from '../../../../src/telemetry/metrics/meter-provider.ts'

const SEQUENCES = Number(process.env['MCP_VITALS_SEQUENCES'] ?? 1_000)
const SEED = Number(process.env['MCP_VITALS_SEED'] ?? Date.now() % 1_000_000)

class Reader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

type Random = ReturnType<typeof createRandom>

function createRandom(seed: number) {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    below,
    chance: (part: number) => next() < part,
    one: <T>(values: readonly T[]): T => values[below(values.length)] as T,
  }
}

const TYPES = Object.values(InstrumentType)
const isObservable = (type: InstrumentType) => type.startsWith('OBSERVABLE')
const isSigned = (type: InstrumentType) => /GAUGE|UP_DOWN/.test(type)

interface Spec {
  readonly meter: string
  readonly name: string
  readonly type: InstrumentType
  readonly unit: string
  readonly valueType: ValueType
  readonly bounds: number[] | undefined
}

function randomSpec(random: Random, index: number): Spec {
  return {
    meter: random.one(['a', 'b']),
    name: `${random.one(['one', 'two', 'three'])}.${index}`,
    type: random.one(TYPES),
    unit: random.one(['', 's', 'By']),
    valueType: random.one([ValueType.DOUBLE, ValueType.INT]),
    bounds: random.chance(0.5) ? [1, 2.5, 10, 50].slice(random.below(4)) : undefined,
  }
}

function randomAggregation(random: Random, observable: boolean, readers: number): AggregationOption {
  const types = observable ? [0, 1, 2, 3] : readers > 1 ? [0, 1, 2, 3, 4] : [0, 1, 2, 3, 4, 4, 5]
  const type = random.one(types) as AggregationType
  if (type !== AggregationType.EXPLICIT_BUCKET_HISTOGRAM) return { type } as AggregationOption
  return random.chance(0.2) ? { type } : { type, options: { boundaries: [5, 1, 20], recordMinMax: random.chance(0.7) } }
}

function randomView(random: Random, specs: readonly Spec[], index: number, readers: number): ViewOptions {
  const spec = random.one(specs)
  const named = random.chance(0.7)
  return {
    ...(named ? { instrumentName: spec.name } : { instrumentType: spec.type }),
    ...(random.chance(0.2) && { meterName: spec.meter }),
    ...(random.chance(0.2) && { instrumentUnit: spec.unit }),
    // Streams of different names: the SDK counts twice what two views make one stream of.
    ...(named && { name: `view.${index}`, ...(random.chance(0.5) && { description: 'Another.' }) }),
    ...(!isObservable(spec.type) &&
      random.chance(0.5) && {
        attributesProcessors: [
          random.chance(0.5)
            ? createAllowListAttributesProcessor(['x', 'n'])
            : createDenyListAttributesProcessor(['x', 'k']),
        ],
      }),
    ...(random.chance(0.7) && { aggregation: randomAggregation(random, isObservable(spec.type), readers) }),
  }
}

function randomAttributes(random: Random): Attributes | undefined {
  if (random.chance(0.1)) return undefined
  const attributes: Attributes = {}
  for (const key of random.chance(0.5) ? ['x', 'y', 'n', 'k'] : ['k', 'n', 'y', 'x']) {
    if (random.chance(0.5)) continue
    attributes[key] =
      key === 'n' ? random.below(3) : key === 'k' ? random.chance(0.5) : random.one(['p', 'q', 'longer value', 'ü'])
  }
  return attributes
}

/** Doubles that add up exactly in any order. */
function randomValue(random: Random, signed: boolean): number {
  const value = random.below(400) / 4
  return signed && value > 0 && random.chance(0.4) ? -value : value
}

interface Subject {
  readonly provider: ApiMeterProvider
  readonly readers: readonly Reader[]
}

function runSequence(seed: number) {
  const random = createRandom(seed)
  const specs = Array.from({ length: 1 + random.below(5) }, (_, index) => randomSpec(random, index))
  const temporalities = random.one([
    [AggregationTemporality.CUMULATIVE],
    [AggregationTemporality.DELTA],
    [AggregationTemporality.CUMULATIVE, AggregationTemporality.DELTA],
    [AggregationTemporality.DELTA, AggregationTemporality.DELTA],
  ])
  const views = Array.from({ length: random.below(4) }, (_, index) =>
    randomView(random, specs, index, temporalities.length),
  )
  const types = views.map(({ instrumentType }) => instrumentType).filter((type) => type !== undefined)
  // Of views by type one each at most, and none with a view by name: they would make the same stream.
  const kept = views.filter(({ instrumentName, instrumentType }, index) =>
    instrumentName === undefined
      ? types.indexOf(instrumentType as InstrumentType) === types.lastIndexOf(instrumentType as InstrumentType)
      : views.findIndex((view) => view.instrumentName === instrumentName) === index,
  )
  const exponential = random.chance(0.2)
  const makeReaders = () =>
    temporalities.map(
      (temporality, index) =>
        new Reader({
          aggregationTemporalitySelector: () => temporality,
          ...(exponential &&
            index === 0 && {
              aggregationSelector: (type) => ({
                type:
                  type === InstrumentType.HISTOGRAM ? AggregationType.EXPONENTIAL_HISTOGRAM : AggregationType.DEFAULT,
              }),
            }),
        }),
    )
  const [theirs, ours] = [makeReaders(), makeReaders()]
  const resource = emptyResource()
  const options = { resource, views: kept, onDropped() {}, onOverflow() {} }
  const subjects: readonly Subject[] = [
    { provider: new MeterProvider({ resource, views: kept, readers: theirs }), readers: theirs },
    { provider: createMeterProvider({ ...options, readers: ours, scraped: ours[0] }), readers: ours },
  ]
  return { random, specs, subjects, resets: temporalities.length === 1 }
}

type Recording = (value: number, attributes: Attributes | undefined) => void

/** What records in an instrument, or sets what its callback observes. */
function instrumentOf(meter: Meter, { name, type, unit, valueType, bounds }: Spec): Recording {
  const options = {
    unit,
    valueType,
    description: `The ${name}.`,
    ...(bounds && { advice: { explicitBucketBoundaries: bounds } }),
  }
  const observed = new Map<string, [Attributes | undefined, number]>()
  const observes = (observable: Observable): Recording => {
    observable.addCallback((result) => {
      for (const [attributes, value] of observed.values()) result.observe(value, attributes)
    })
    return (value, attributes) =>
      void observed.set(JSON.stringify(Object.entries(attributes ?? {}).sort()), [attributes, value])
  }
  switch (type) {
    case InstrumentType.COUNTER: {
      const counter = meter.createCounter(name, options)
      return (value, attributes) => counter.add(value, attributes)
    }
    case InstrumentType.UP_DOWN_COUNTER: {
      const counter = meter.createUpDownCounter(name, options)
      return (value, attributes) => counter.add(value, attributes)
    }
    case InstrumentType.GAUGE: {
      const gauge = meter.createGauge(name, options)
      return (value, attributes) => gauge.record(value, attributes)
    }
    case InstrumentType.HISTOGRAM: {
      const histogram = meter.createHistogram(name, options)
      return (value, attributes) => histogram.record(value, attributes)
    }
    case InstrumentType.OBSERVABLE_COUNTER:
      return observes(meter.createObservableCounter(name, options))
    case InstrumentType.OBSERVABLE_UP_DOWN_COUNTER:
      return observes(meter.createObservableUpDownCounter(name, options))
    case InstrumentType.OBSERVABLE_GAUGE:
      return observes(meter.createObservableGauge(name, options))
  }
}

/** Without times; the scopes by name, and the points of a delta by attributes: the SDK has no order of them to keep. */
function told({ scopeMetrics }: ResourceMetrics) {
  return scopeMetrics
    .map(({ scope, metrics }) => ({
      scope,
      metrics: metrics.map(({ dataPoints, ...metric }) => {
        const points = (dataPoints as DataPoint<unknown>[]).map(({ attributes, value, startTime, endTime }) => {
          expect(startTime[0] * 1e9 + startTime[1]).toBeLessThanOrEqual(endTime[0] * 1e9 + endTime[1])
          // -0 is 0.
          return { id: JSON.stringify(Object.entries(attributes).sort()), value: value === 0 ? 0 : value }
        })
        if (metric.aggregationTemporality === AggregationTemporality.DELTA) {
          points.sort((a, b) => (a.id < b.id ? -1 : 1))
        }
        return { ...metric, points }
      }),
    }))
    .sort((a, b) => a.scope.name.localeCompare(b.scope.name))
}

async function compare(seed: number): Promise<number> {
  const { random, specs, subjects, resets } = runSequence(seed)
  const recordings = specs.map((spec) =>
    subjects.map(({ provider }) => instrumentOf(provider.getMeter(spec.meter, '1'), spec)),
  )
  const totals = new Map<string, number>()
  let points = 0
  const steps = 10 + random.below(60)
  for (let step = 0; step < steps; step += 1) {
    if (random.chance(0.15) || step === steps - 1) {
      const reader = random.below(subjects[0]?.readers.length ?? 0)
      const [theirs, ours] = await Promise.all(subjects.map(({ readers }) => readers[reader]?.collect()))
      if (theirs === undefined || ours === undefined) throw new Error('there is no such reader')
      const expected = told(theirs.resourceMetrics)
      expect(told(ours.resourceMetrics), `seed ${seed}, step ${step}`).toEqual(expected)
      points += expected.flatMap(({ metrics }) => metrics.flatMap((metric) => metric.points)).length
      continue
    }
    const index = random.below(specs.length)
    const spec = specs[index] as Spec
    const attributes = randomAttributes(random)
    let value = randomValue(random, isSigned(spec.type))
    if (spec.type === InstrumentType.OBSERVABLE_COUNTER && !(resets && random.chance(0.1))) {
      const key = JSON.stringify([index, Object.entries(attributes ?? {}).sort()])
      value += totals.get(key) ?? 0
      totals.set(key, value)
    }
    for (const record of recordings[index] ?? []) record(value, attributes)
  }
  return points
}

describe('createMeterProvider', () => {
  it(
    `gives readers what the SDK gives them, over ${SEQUENCES} random sequences from seed ${SEED}`,
    async () => {
      let points = 0
      for (let sequence = 0; sequence < SEQUENCES; sequence += 1) points += await compare(SEED + sequence)
      expect(points).toBeGreaterThan(SEQUENCES * 5)
    },
    SEQUENCES * 100,
  )
})
