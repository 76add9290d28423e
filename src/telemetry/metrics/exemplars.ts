// Measurements made inside sampled spans in, for each series the last of their traces out: one per histogram bucket, one
// per counter. The OTel JS SDK has no exemplars; the exposition asks here for those of the points it writes.

import { SERIES_LIMIT } from '@mcp-vitals/instrumentation'
import type { Attributes, SpanContext } from '@opentelemetry/api'
import { labelText } from '../scrape/labels.ts'

export interface Exemplar {
  readonly traceId: string
  readonly spanId: string
  readonly value: number
  readonly unixSeconds: number
}

/** One slot per bucket of a histogram (the last is `+Inf`); a counter has slot 0 only. */
export type SeriesExemplars = readonly (Exemplar | undefined)[]

export interface ExemplarReservoir {
  /**
   * Keeps the measurement as the exemplar of its series and bucket.
   *
   * @param bounds The histogram's upper bounds, ascending; undefined for a counter.
   */
  offer(
    metric: string,
    attributes: Attributes,
    value: number,
    bounds: readonly number[] | undefined,
    span: SpanContext,
    unixSeconds: number,
  ): void
  /** The exemplars of a series; `attributes` need not be the object that was offered. */
  lookup(metric: string, attributes: Attributes): SeriesExemplars | undefined
}

interface MetricExemplars {
  /** The instruments pass one frozen object for each attribute set: found without looking at its content. */
  readonly byIdentity: WeakMap<Attributes, (Exemplar | undefined)[]>
  /** By the labels that the attributes come out as, so that what is one series there is one here. */
  readonly byLabels: Map<string, (Exemplar | undefined)[]>
}

/**
 * Makes an empty reservoir. It holds at most `SERIES_LIMIT` series of each metric; what comes later has no exemplars.
 *
 * @example
 * const exemplars = createExemplarReservoir()
 * exemplars.offer('mcp.tool.duration', attributes, 0.2, [0.1, 1], span.spanContext(), Date.now() / 1000)
 * exemplars.lookup('mcp.tool.duration', attributes)?.[1]?.traceId
 */
export function createExemplarReservoir(): ExemplarReservoir {
  const metrics = new Map<string, MetricExemplars>()

  const find = (metric: MetricExemplars, attributes: Attributes, create: boolean) => {
    const known = metric.byIdentity.get(attributes)
    if (known !== undefined) return known
    const labels = labelText(attributes)
    let slots = metric.byLabels.get(labels)
    if (slots === undefined) {
      if (!create || metric.byLabels.size >= SERIES_LIMIT) return undefined
      slots = []
      metric.byLabels.set(labels, slots)
    }
    if (Object.isFrozen(attributes)) metric.byIdentity.set(attributes, slots)
    return slots
  }

  return {
    offer(name, attributes, value, bounds, { traceId, spanId }, unixSeconds) {
      let metric = metrics.get(name)
      if (metric === undefined) {
        metric = { byIdentity: new WeakMap(), byLabels: new Map() }
        metrics.set(name, metric)
      }
      const slots = find(metric, attributes, true)
      if (slots !== undefined) slots[bucketOf(value, bounds)] = { traceId, spanId, value, unixSeconds }
    },
    lookup(name, attributes) {
      const metric = metrics.get(name)
      return metric && find(metric, attributes, false)
    },
  }
}

/** The index of the first bucket whose upper bound is not below `value`. */
function bucketOf(value: number, bounds: readonly number[] = []): number {
  let index = 0
  while (index < bounds.length && value > (bounds[index] ?? 0)) index += 1
  return index
}
