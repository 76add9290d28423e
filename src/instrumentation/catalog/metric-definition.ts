import type { AttributeName } from './attributes.ts'
import type { SeriesKind } from './series.ts'

export interface MetricDefinition {
  /** OTel name: dotted, without unit or type. `seriesName` gives the Prometheus name. */
  readonly name: string
  readonly kind: SeriesKind
  /** UCUM unit. */
  readonly unit: string
  readonly description: string
  readonly attributes: readonly AttributeName[]
  /** Upper bounds of a histogram's buckets, in `unit`. */
  readonly buckets?: readonly number[]
  /** True for counts: recorded as integers. */
  readonly integer?: boolean
  readonly stability: 'stable' | 'development'
}
