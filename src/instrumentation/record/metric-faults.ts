// The definition of a metric in, what is wrong with it out, and the names that it takes on `/metrics`. Total: programs that
// are not type-checked define metrics too.
import { SERIES_LIMIT } from '../catalog/overflow.ts'
import type { SeriesKind } from '../catalog/series.ts'
import { labelName, seriesName } from '../catalog/series.ts'
import { MAX_VALUE_LENGTH } from './bounds.ts'

/** Labels that Prometheus or the exposition adds. */
const RESERVED_LABELS = /^(le|quantile|job|instance|otel_metric_overflow|otel_scope_.*|__.*)$/
/** Series that Prometheus writes for every target, and names that OpenTelemetry keeps for itself. */
const RESERVED_NAMES = /^(otel|target|scrape)([._/-]|$)|^up$/i
const KINDS: ReadonlySet<unknown> = new Set(['counter', 'upDownCounter', 'gauge', 'histogram'])

type Unchecked<T> = { readonly [K in keyof T]?: unknown }

/** Each fault as a phrase; none if the metric can be. */
export function metricFaults({
  name,
  kind,
  unit,
  description,
  attributes = {},
  buckets,
}: Unchecked<{
  name: string
  kind: SeriesKind
  unit: string
  description: string
  attributes: object
  buckets: number[]
}>): string[] {
  const faults: string[] = []
  if (typeof name !== 'string' || !/^[a-zA-Z][\w.\-/]{0,254}$/.test(name)) {
    faults.push('a name starts with a letter and has letters, digits and _ . - /, at most 255')
  } else if (RESERVED_NAMES.test(name))
    faults.push('names that start with otel, target or scrape, and up, are reserved')
  if (!KINDS.has(kind)) faults.push(`${JSON.stringify(String(kind))} is no kind of metric`)
  if (typeof unit !== 'string' || unit.length > 63 || /[^\x20-\x7e]/.test(unit))
    faults.push('a unit is at most 63 ASCII characters, empty for none')
  if (typeof description !== 'string' || description.trim() === '') faults.push('a description is needed')
  if (!isObject(attributes)) faults.push('attributes are an object of keys and bounds')
  else faults.push(...attributeFaults(attributes))
  if (buckets !== undefined) {
    if (kind !== 'histogram') faults.push('only a histogram has buckets')
    if (!isAscending(buckets)) faults.push('buckets are finite and ascending')
  }
  return faults
}

function attributeFaults(attributes: object): string[] {
  const faults: string[] = []
  const labels = new Map<string, string>()
  for (const [key, bound] of Object.entries(attributes)) {
    const label = labelName(key)
    if (RESERVED_LABELS.test(label)) faults.push(`the label "${label}" is reserved`)
    else if (!/^[a-zA-Z][\w.\-/]{0,254}$/.test(key))
      faults.push(
        `the attribute ${JSON.stringify(key)} has to start with a letter and have letters, digits and _ . - /`,
      )
    if (labels.has(label)) faults.push(`the attributes ${labels.get(label)} and ${key} are one label, ${label}`)
    labels.set(label, key)
    faults.push(...boundFaults(key, bound))
  }
  return faults
}

function boundFaults(key: string, bound: unknown): string[] {
  if (Array.isArray(bound)) {
    const fits =
      bound.length > 0 &&
      bound.length <= SERIES_LIMIT &&
      bound.every((value) => typeof value === 'string' && value !== '')
    const short = bound.every((value) => String(value).length <= MAX_VALUE_LENGTH)
    return fits && short
      ? []
      : [`the values of ${key} are texts of at most ${MAX_VALUE_LENGTH} characters, from 1 to ${SERIES_LIMIT} of them`]
  }
  const limit = isObject(bound) ? (bound as { limit?: unknown }).limit : undefined
  return Number.isSafeInteger(limit) && (limit as number) >= 1 && (limit as number) <= SERIES_LIMIT
    ? []
    : [`the limit of ${key} is a whole number from 1 to ${SERIES_LIMIT}`]
}

function isAscending(buckets: unknown): boolean {
  return (
    Array.isArray(buckets) &&
    buckets.length > 0 &&
    buckets.every((bound, index) => Number.isFinite(bound) && (index === 0 || bound > buckets[index - 1]))
  )
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/**
 * What no other metric may be called. The instrument's name, which has no case in OpenTelemetry; the family and the samples
 * of it on `/metrics`, which in OpenMetrics must not be another family's.
 */
export function takenNames(name: string, unit: string, kind: SeriesKind): string[] {
  const series = seriesName(name, unit, kind)
  const family = kind === 'counter' ? series.replace(/_total$/, '') : series
  const suffixes = { counter: ['_total', '_created'], histogram: ['_bucket', '_sum', '_count', '_created'] }
  const samples = kind === 'counter' || kind === 'histogram' ? suffixes[kind] : []
  return [family, ...samples.map((suffix) => `${family}${suffix}`), `instrument ${name.toLowerCase()}`]
}
