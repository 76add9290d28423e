// The catalog in, the SDK's views out: each metric's buckets, and the only attributes that it may have. Instruments bound
// their attributes before they record; a view holds against whoever records under the same name without them.
import type { ViewOptions } from '@opentelemetry/sdk-metrics'
import { AggregationType, createAllowListAttributesProcessor } from '@opentelemetry/sdk-metrics'
import { ATTRIBUTES, OVERFLOW_ATTRIBUTE } from '../catalog/attributes.ts'
import type { MetricDefinition } from '../catalog/metrics.ts'
import { METRICS } from '../catalog/metrics.ts'

/**
 * More than any instrument is admitted (`boundMeterProvider`). The SDK's own limit counts per collection: at a low value
 * it would move increments of known series to the overflow series after each one, and bound nothing over time.
 */
export const NO_LIMIT = 1_000_000

/** The attribute keys that a metric of the catalog may have; undefined for a metric that is none of it. */
export function allowedKeys(metricName: string): ReadonlySet<string> | undefined {
  return allowed.get(metricName)
}

const definitions: readonly MetricDefinition[] = Object.values(METRICS)
const allowed: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  definitions.map(({ name, attributes }) => [
    name,
    new Set([...attributes.map((attribute) => ATTRIBUTES[attribute].key), OVERFLOW_ATTRIBUTE]),
  ]),
)

/** A view for each metric of the catalog, but for those that a view of the user's is for by the same name. */
export function createViews(userViews: readonly ViewOptions[] = []): ViewOptions[] {
  const overridden = new Set(userViews.map((view) => view.instrumentName))
  const own = definitions
    .filter(({ name }) => !overridden.has(name))
    .map(
      ({ name, buckets }): ViewOptions => ({
        instrumentName: name,
        attributesProcessors: [createAllowListAttributesProcessor([...(allowed.get(name) ?? [])])],
        aggregationCardinalityLimit: NO_LIMIT,
        ...(buckets && {
          aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [...buckets] } },
        }),
      }),
    )
  return [...own, ...userViews.map((view) => ({ aggregationCardinalityLimit: NO_LIMIT, ...view }))]
}
