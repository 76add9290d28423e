// Decides which streams an instrument records into, from the views and from what the readers ask for.
import type { MetricOptions } from '@opentelemetry/api'
import { ValueType } from '@opentelemetry/api'
import type {
  AggregationOption,
  IAttributesProcessor,
  IMetricReader,
  MetricDescriptor,
  ViewOptions,
} from '@opentelemetry/sdk-metrics'
import { AggregationType, InstrumentType } from '@opentelemetry/sdk-metrics'
import type { Aggregation } from './cells.ts'

export interface InstrumentFacts {
  readonly meterName: string
  readonly meterVersion: string
  readonly meterSchemaUrl: string | undefined
  readonly name: string
  readonly type: InstrumentType
  readonly unit: string
}

/** What the SDK hands to readers, and as it does: with the type and the advice. */
export interface StreamDescriptor extends MetricDescriptor {
  readonly type: InstrumentType
  readonly advice: NonNullable<MetricOptions['advice']>
}

export interface StreamPlan {
  readonly descriptor: StreamDescriptor
  /** Undefined for what only the SDK's own storage can do. */
  readonly aggregation: Aggregation | undefined
  readonly option: AggregationOption
  readonly processors: readonly IAttributesProcessor[]
  /** Rows that the view allows, if it says so. */
  readonly limit: number | undefined
  /** Readers that the stream is for. */
  readonly readers: readonly IMetricReader[]
  /** Made by a view: the SDK has those first. */
  readonly viewed: boolean
}

/** The streams of an instrument: one for each view that matches it; if none does, one for each aggregation that readers select. */
export function planStreams(
  facts: InstrumentFacts,
  options: MetricOptions,
  views: readonly ViewOptions[],
  readers: readonly IMetricReader[],
): StreamPlan[] {
  const own: StreamDescriptor = {
    name: facts.name,
    type: facts.type,
    description: options.description ?? '',
    unit: facts.unit,
    valueType: options.valueType ?? ValueType.DOUBLE,
    advice: options.advice ?? {},
  }
  const plan = (option: AggregationOption, rest: Pick<StreamPlan, 'readers'> & Partial<StreamPlan>): StreamPlan[] => {
    if (option.type === AggregationType.DROP) return []
    const descriptor = rest.descriptor ?? own
    const aggregation = aggregationOf(option, descriptor)
    return [{ processors: [], limit: undefined, viewed: false, ...rest, descriptor, option, aggregation }]
  }
  const matching = views.filter((view) => matches(view, facts))
  if (matching.length > 0) {
    return matching.flatMap((view) =>
      plan(view.aggregation ?? { type: AggregationType.DEFAULT }, {
        descriptor: { ...own, name: view.name ?? own.name, description: view.description ?? own.description },
        processors: view.attributesProcessors ?? [],
        limit: view.aggregationCardinalityLimit,
        readers,
        viewed: true,
      }),
    )
  }
  const selected = Map.groupBy(readers, (reader) => JSON.stringify(reader.selectAggregation(facts.type)))
  return [...selected].flatMap(([option, group]) => plan(JSON.parse(option), { readers: group }))
}

/** Whether a view is for an instrument. */
export function matches(view: ViewOptions, instrument: InstrumentFacts): boolean {
  const is = (wanted: unknown, actual: unknown) => wanted === undefined || wanted === actual
  return (
    (view.instrumentName === undefined || nameMatches(view.instrumentName, instrument.name)) &&
    is(view.instrumentType, instrument.type) &&
    is(view.instrumentUnit, instrument.unit) &&
    is(view.meterName, instrument.meterName) &&
    is(view.meterVersion, instrument.meterVersion) &&
    (instrument.meterSchemaUrl === undefined || is(view.meterSchemaUrl, instrument.meterSchemaUrl))
  )
}

/** As the SDK has it: the first `*` stands for anything; what a second one does, it does there too. */
function nameMatches(pattern: string, name: string): boolean {
  const escaped = pattern.replaceAll(/[\^$\\.+?()[\]{}|]/g, '\\$&').replace('*', '.*')
  return pattern === '*' || new RegExp(`^${escaped}$`).test(name)
}

/** The SDK's own default for a histogram that neither a view nor its advice gives bounds. */
const DEFAULT_BOUNDS = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000] as const

/** Adds up; a gauge has its last value. */
export function isAdditive(type: InstrumentType): boolean {
  return type !== InstrumentType.GAUGE && type !== InstrumentType.OBSERVABLE_GAUGE
}

export function isObservable(type: InstrumentType): boolean {
  return type.startsWith('OBSERVABLE')
}

/** Never goes down. */
export function isMonotonic(type: InstrumentType): boolean {
  return (
    type === InstrumentType.COUNTER || type === InstrumentType.OBSERVABLE_COUNTER || type === InstrumentType.HISTOGRAM
  )
}

function aggregationOf(option: AggregationOption, { type, advice }: StreamDescriptor): Aggregation | undefined {
  const histogram = (bounds: readonly number[] = DEFAULT_BOUNDS, minMax = true): Aggregation | undefined =>
    // A histogram of observed totals: nobody knows what that is, and the SDK has its own answer.
    isObservable(type) ? undefined : { kind: 'histogram', bounds: ascending(bounds), minMax, sum: isMonotonic(type) }
  switch (option.type) {
    case AggregationType.SUM:
      return { kind: 'sum' }
    case AggregationType.LAST_VALUE:
      return { kind: 'last' }
    case AggregationType.EXPLICIT_BUCKET_HISTOGRAM:
      return histogram(option.options?.boundaries, option.options?.recordMinMax)
    case AggregationType.DEFAULT:
      if (type === InstrumentType.HISTOGRAM) return histogram(advice.explicitBucketBoundaries)
      return { kind: isAdditive(type) ? 'sum' : 'last' }
    default:
      return undefined
  }
}

function ascending(bounds: readonly number[]): number[] {
  return bounds.filter((bound) => Number.isFinite(bound)).sort((a, b) => a - b)
}
