// Views in, the streams that they make of an instrument out. The bound on series has to count what is left after a view, so
// the views' attribute processors run before the SDK's storage does, and exemplars have to know a stream's buckets.
import type { Attributes } from '@opentelemetry/api'
import type { IAttributesProcessor, ViewOptions } from '@opentelemetry/sdk-metrics'
import { AggregationType, InstrumentType } from '@opentelemetry/sdk-metrics'

/**
 * More than any stream is admitted. The SDK's own limit counts per collection: at a low value it would move increments of
 * known series to the overflow series, and bound nothing over time.
 */
export const NO_LIMIT = 1_000_000

export interface InstrumentFacts {
  readonly meterName: string
  readonly meterVersion: string
  readonly meterSchemaUrl: string | undefined
  readonly name: string
  readonly type: InstrumentType
  readonly unit: string
  readonly advisedBounds: readonly number[] | undefined
}

export interface Stream {
  /** Undefined for the stream of an instrument that no view is for. */
  readonly view: ViewOptions | undefined
  readonly name: string
  readonly processors: readonly IAttributesProcessor[]
  /** Series that the view allows, if it says so. */
  readonly limit: number | undefined
  /** Upper bounds of the buckets that exemplars go to; `total` for a counter; undefined where there are none. */
  readonly exemplars: readonly number[] | 'total' | undefined
  /** The view drops it: nothing is kept. */
  readonly dropped: boolean
}

/** The streams of an instrument: one for each view that matches it as the SDK matches, one without view if none does. */
export function streamsOf(views: readonly ViewOptions[], instrument: InstrumentFacts): readonly Stream[] {
  const matching = views.filter((view) => matches(view, instrument))
  return matching.length === 0 ? [streamOf(undefined, instrument)] : matching.map((view) => streamOf(view, instrument))
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

function streamOf(view: ViewOptions | undefined, instrument: InstrumentFacts): Stream {
  return {
    view,
    name: view?.name ?? instrument.name,
    processors: view?.attributesProcessors ?? [],
    limit: view?.aggregationCardinalityLimit,
    exemplars: exemplarsOf(view, instrument),
    dropped: view?.aggregation?.type === AggregationType.DROP,
  }
}

/** The SDK's own default for a histogram that neither a view nor its advice gives bounds. */
const DEFAULT_BOUNDS = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000] as const

/** OpenMetrics has exemplars for counters and buckets only. */
function exemplarsOf(view: ViewOptions | undefined, { type, advisedBounds }: InstrumentFacts): Stream['exemplars'] {
  const aggregation = view?.aggregation
  switch (aggregation?.type ?? AggregationType.DEFAULT) {
    case AggregationType.EXPLICIT_BUCKET_HISTOGRAM:
      return (aggregation as { options?: { boundaries?: number[] } }).options?.boundaries ?? DEFAULT_BOUNDS
    case AggregationType.DEFAULT:
      if (type === InstrumentType.HISTOGRAM) return advisedBounds ?? DEFAULT_BOUNDS
      return type === InstrumentType.COUNTER ? 'total' : undefined
    case AggregationType.SUM:
      return type === InstrumentType.COUNTER || type === InstrumentType.HISTOGRAM ? 'total' : undefined
    default:
      return undefined
  }
}

const routed = new WeakMap<Attributes, ReadonlyMap<ViewOptions, Attributes>>()

/**
 * The views as the SDK gets them: their attribute processors have run by the time a measurement reaches it, so that all
 * that is left is to tell apart the streams of an instrument that has several.
 */
export function routedViews(views: readonly ViewOptions[]): ViewOptions[] {
  return views.map((view) => ({
    ...view,
    attributesProcessors: [{ process: (attributes) => routed.get(attributes)?.get(view) ?? attributes }],
    aggregationCardinalityLimit: NO_LIMIT,
  }))
}

/** Attributes that come out of each of `routedViews` as `destinations` says. */
export function routeTo(attributes: Attributes, destinations: ReadonlyMap<ViewOptions, Attributes>): Attributes {
  routed.set(attributes, destinations)
  return attributes
}
