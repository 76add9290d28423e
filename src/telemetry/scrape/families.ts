// Collected metrics in, Prometheus metric families out: each name once, with one type, and no name that is also a sample
// of another family. What cannot keep that is left out and said once; it never makes the whole scrape invalid.

import { SCOPE, type SeriesKind, seriesName, seriesUnit } from '@mcp-vitals/instrumentation'
import { diag } from '@opentelemetry/api'
import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { AggregationTemporality, DataPointType } from '@opentelemetry/sdk-metrics'

export interface Family {
  /** The name in text 0.0.4; a counter's ends with `_total`. */
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** False for a counter whose name without `_total` is none, or another family's: OpenMetrics cannot have it as one. */
  openMetricsCounter: boolean
  help: string
  readonly unit: string
  readonly metrics: FamilyMetric[]
}

export interface FamilyMetric {
  readonly data: MetricData
  /** Recorded by this package. */
  readonly own: boolean
}

/** The resource's own family. */
const RESERVED = ['target', 'target_info']
/** Warnings kept apart from those already given: names of metrics can be without end. */
const MAX_WARNINGS = 100

const warned = new Set<string>()

/**
 * The families of a collection. Those of this package are made first: where two names clash, ours are the ones to keep.
 */
export function familiesOf({ scopeMetrics }: ResourceMetrics): Family[] {
  const families = new Map<string, Family>()
  const owned = new Set<string>(RESERVED)
  const metrics = scopeMetrics.flatMap(({ scope, metrics: ofScope }) =>
    ofScope.map((data) => ({ data, own: scope.name === SCOPE.name })),
  )
  for (const metric of metrics.toSorted((a, b) => Number(b.own) - Number(a.own))) {
    const fault = addMetric(metric, families, owned)
    if (fault === undefined) continue
    warnOnce(`mcp-vitals: the metric ${JSON.stringify(textOf(metric.data.descriptor.name))} is not exposed: ${fault}`)
  }
  // Only now are all names known: a gauge `x` beside a counter `x_total` is fine in text, not in OpenMetrics.
  for (const family of families.values()) {
    const base = withoutTotal(family.name)
    const claims = [base, `${base}_created`]
    family.openMetricsCounter &&= base !== family.name && claims.every((name) => !owned.has(name))
    if (family.openMetricsCounter) for (const name of claims) owned.add(name)
  }
  return withoutUnitFirst([...families.values()])
}

/** Prometheus takes the unit of a family that has none from the one before it. */
function withoutUnitFirst(families: readonly Family[]): Family[] {
  return families.toSorted((a, b) => Number(a.unit !== '') - Number(b.unit !== ''))
}

/** A family's name in OpenMetrics, where a counter goes by it without `_total`. */
export function withoutTotal(name: string): string {
  return name.replace(/_total$/, '')
}

/** Adds a metric to the family of its name; otherwise why it has none. */
function addMetric(metric: FamilyMetric, families: Map<string, Family>, owned: Set<string>): string | undefined {
  const { data } = metric
  if (isDelta(data)) return 'its values are deltas, and Prometheus takes totals'
  const kind = kindOf(data)
  const otelName = textOf(data.descriptor.name)
  const unit = textOf(data.descriptor.unit)
  const help = textOf(data.descriptor.description)
  const name = seriesName(otelName, unit, kind)
  const type = kind === 'upDownCounter' ? 'gauge' : kind
  const known = families.get(name)
  if (known !== undefined && known.type === type) {
    known.metrics.push(metric)
    known.help ||= help
    return undefined
  }
  const samples = sampleNames(name, type)
  const clash = samples.find((sample) => owned.has(sample))
  if (clash !== undefined) return `its series ${clash} is another metric's already`
  for (const sample of samples) owned.add(sample)
  families.set(name, {
    name,
    type,
    openMetricsCounter: type === 'counter',
    help,
    unit: seriesUnit(otelName, unit, kind),
    metrics: [metric],
  })
  return undefined
}

/** Every name that the samples of a family have, or that OpenMetrics keeps for them. */
function sampleNames(name: string, type: Family['type']): string[] {
  if (type !== 'histogram') return [name]
  return [name, `${name}_bucket`, `${name}_sum`, `${name}_count`, `${name}_created`]
}

function isDelta({ dataPointType, aggregationTemporality }: MetricData): boolean {
  return dataPointType !== DataPointType.GAUGE && aggregationTemporality === AggregationTemporality.DELTA
}

function kindOf(metric: MetricData): SeriesKind {
  switch (metric.dataPointType) {
    case DataPointType.SUM:
      return metric.isMonotonic ? 'counter' : 'upDownCounter'
    case DataPointType.GAUGE:
      return 'gauge'
    default:
      return 'histogram'
  }
}

/** The SDK passes on what an instrument was made with, whatever its type. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value.toWellFormed() : ''
}

function warnOnce(message: string): void {
  if (warned.has(message) || warned.size >= MAX_WARNINGS) return
  warned.add(message)
  diag.warn(message)
}
