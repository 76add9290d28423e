// Collected metrics in, Prometheus metric families out: each name once, with one type, and no name that is also a sample
// of another family. What cannot keep that is left out and said once; it never makes the whole scrape invalid.
import { diag } from '@opentelemetry/api'
import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { DataPointType } from '@opentelemetry/sdk-metrics'
import { SCOPE } from '../catalog/scope.ts'
import { type SeriesKind, seriesName, seriesUnit } from '../catalog/series.ts'

export interface Family {
  /** The name on `# TYPE` in text 0.0.4; a counter's ends with `_total`. */
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  help: string
  readonly unit: string
  readonly metrics: MetricData[]
}

const warned = new Set<string>()

/** The families of a collection, those of this package first: where two names clash, ours are the ones to keep. */
export function familiesOf({ scopeMetrics }: ResourceMetrics): Family[] {
  const families = new Map<string, Family>()
  const owners = new Map<string, Family>()
  const scopes = scopeMetrics.toSorted((a, b) => rank(a.scope.name) - rank(b.scope.name))
  for (const metric of scopes.flatMap((scope) => scope.metrics)) {
    const { name: otelName, unit, description } = metric.descriptor
    const kind = kindOf(metric)
    const name = seriesName(otelName, unit, kind)
    const type = kind === 'upDownCounter' ? 'gauge' : kind
    const known = families.get(name)
    if (known !== undefined && known.type === type) {
      known.metrics.push(metric)
      known.help ||= description
      continue
    }
    const names = sampleNames(name, type)
    const clash = names.find((sample) => owners.has(sample))
    if (clash !== undefined) {
      warnOnce(`mcp-vitals: "${otelName}" is not exposed: its series ${clash} is another metric's already`)
      continue
    }
    const family: Family = { name, type, help: description, unit: seriesUnit(otelName, unit, kind), metrics: [metric] }
    families.set(name, family)
    for (const sample of names) owners.set(sample, family)
  }
  return [...families.values()]
}

/** Every name that a family claims in either format. */
function sampleNames(name: string, type: Family['type']): string[] {
  if (type === 'counter') return [name, name.replace(/_total$/, '')]
  if (type === 'histogram') return [name, `${name}_bucket`, `${name}_sum`, `${name}_count`]
  return [name]
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

function rank(scope: string): number {
  return scope === SCOPE.name ? 0 : 1
}

function warnOnce(message: string): void {
  if (warned.has(message) || warned.size > 100) return
  warned.add(message)
  diag.warn(message)
}
