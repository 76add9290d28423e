// The catalog in, views out: each metric's buckets, and the only attributes that it may have. Our instruments bound their
// attributes before they record; a view holds against whoever records under the same name without them.

import type { MetricDefinition } from '@mcp-vitals/instrumentation'
import { ATTRIBUTES, METRICS, OVERFLOW_ATTRIBUTE, SCOPE } from '@mcp-vitals/instrumentation'
import type { ViewOptions } from '@opentelemetry/sdk-metrics'
import { AggregationType, createAllowListAttributesProcessor, InstrumentType } from '@opentelemetry/sdk-metrics'
import { matches } from './streams.ts'

/**
 * The user's views, and one for each metric of the catalog that none of the user's is for: two views of one metric would
 * be two streams of one name. A user's view that names a metric of the catalog keeps the catalog's buckets and attributes
 * where it says nothing of its own, and can leave attributes out, not bring others in.
 */
export function createViews(userViews: readonly ViewOptions[] = []): ViewOptions[] {
  const ours = definitions
    .filter((definition) => !userViews.some((view) => matches(view, factsOf(definition))))
    .map(viewOf)
  return [...ours, ...userViews.map(completed)]
}

const definitions: readonly MetricDefinition[] = Object.values(METRICS)

function viewOf({ name, attributes, buckets }: MetricDefinition): ViewOptions {
  const keys = attributes.map((attribute) => ATTRIBUTES[attribute].key)
  return {
    instrumentName: name,
    attributesProcessors: [createAllowListAttributesProcessor([...keys, OVERFLOW_ATTRIBUTE])],
    ...(buckets && {
      aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [...buckets] } },
    }),
  }
}

function completed(view: ViewOptions): ViewOptions {
  const definition = definitions.find(({ name }) => name === view.instrumentName)
  if (definition === undefined) return view
  const catalog = viewOf(definition)
  return {
    ...catalog,
    ...view,
    attributesProcessors: [...(catalog.attributesProcessors ?? []), ...(view.attributesProcessors ?? [])],
  }
}

const TYPES = {
  counter: InstrumentType.COUNTER,
  upDownCounter: InstrumentType.UP_DOWN_COUNTER,
  gauge: InstrumentType.GAUGE,
  histogram: InstrumentType.HISTOGRAM,
} as const satisfies Record<MetricDefinition['kind'], InstrumentType>

function factsOf({ name, kind, unit }: MetricDefinition) {
  return {
    meterName: SCOPE.name,
    meterVersion: SCOPE.version,
    meterSchemaUrl: undefined,
    name,
    type: TYPES[kind],
    unit,
  }
}
