// Views in, what they make of an instrument out: the bound on series has to count what is left after them, and exemplars
// have to know their buckets.
import type { Attributes } from '@opentelemetry/api'
import type { ViewOptions } from '@opentelemetry/sdk-metrics'
import { AggregationType } from '@opentelemetry/sdk-metrics'
import type { InstrumentFacts, Stream } from './bounded-meter-provider.ts'

/** The SDK's own default for a histogram that neither a view nor its advice gives bounds. */
const DEFAULT_BOUNDS = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000] as const

/** The stream of an instrument under `views`. Where several views match there are several: attributes are left whole. */
export function streamOf(views: readonly ViewOptions[], instrument: InstrumentFacts): Stream {
  const matching = views.filter((view) => matches(view, instrument))
  const view = matching.length === 1 ? matching[0] : undefined
  const processors = view?.attributesProcessors
  const aggregation = view?.aggregation
  const viewBounds =
    aggregation?.type === AggregationType.EXPLICIT_BUCKET_HISTOGRAM ? aggregation.options?.boundaries : undefined
  return {
    name: view?.name ?? instrument.name,
    bounds: viewBounds ?? instrument.advisedBounds ?? DEFAULT_BOUNDS,
    reduce:
      processors === undefined
        ? undefined
        : (attributes: Attributes) => processors.reduce((reduced, processor) => processor.process(reduced), attributes),
  }
}

function matches(view: ViewOptions, { name, meterName, unit }: InstrumentFacts): boolean {
  return (
    (view.instrumentName === undefined || globMatches(view.instrumentName, name)) &&
    (view.meterName === undefined || view.meterName === meterName) &&
    (view.instrumentUnit === undefined || view.instrumentUnit === unit)
  )
}

/** `*` stands for anything. The SDK compares exact names without case. */
function globMatches(pattern: string, name: string): boolean {
  const literal = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${literal.join('.*')}$`, 'i').test(name)
}
