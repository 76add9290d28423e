// One data point of the OpenTelemetry data model as the page reads it, from the SDK of this process or from OTLP.

export interface Reading {
  /** The instrument's name. */
  readonly metric: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly kind: 'sum' | 'gauge' | 'histogram'
  /** The value; of a histogram its count. */
  readonly value: number
  /** Of a histogram. */
  readonly sum: number
  readonly bounds: readonly number[]
  readonly buckets: readonly number[]
  /** Whether it says what came since the last time, and not the total. */
  readonly isDelta: boolean
}

const NONE: readonly number[] = []

/** A reading with no buckets. */
export function numberReading(
  metric: string,
  kind: 'sum' | 'gauge',
  value: number,
  attributes: Reading['attributes'],
  isDelta = false,
): Reading {
  return { metric, attributes, kind, value, sum: 0, bounds: NONE, buckets: NONE, isDelta }
}
