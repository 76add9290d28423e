// A user's metrics as data in, typed instruments out, with the catalog's own protection: closed or limited attribute
// values, a bound on series for the life of the process, and names that clash with nothing.
import type { AttributeDefinition } from '../catalog/attributes.ts'
import { METRICS, SERIES_LIMIT } from '../catalog/metrics.ts'
import type { SeriesKind } from '../catalog/series.ts'
import { labelName, seriesName } from '../catalog/series.ts'
import type { Instrument } from './instruments.ts'
import { createInstrument } from './instruments.ts'

/** Values that an attribute may have: a closed list, or the first so many that come. What is beyond is `_OTHER`. */
export type AttributeBound = readonly string[] | { readonly limit: number }

export interface MetricSpec {
  /** Dotted, without unit or type, such as `shop.orders`. */
  readonly name: string
  readonly kind: SeriesKind
  /** UCUM, such as `s`, `By`, `{order}`; empty for none. */
  readonly unit: string
  readonly description: string
  readonly attributes?: Readonly<Record<string, AttributeBound>>
  /** Upper bounds of a histogram's buckets, ascending, in `unit`. */
  readonly buckets?: readonly number[]
  /** Whether values are counts. @default true for counters and up-down counters */
  readonly integer?: boolean
}

type AttributesOf<S extends MetricSpec> = {
  readonly [K in keyof NonNullable<S['attributes']>]?: NonNullable<S['attributes']>[K] extends readonly (infer V)[]
    ? V
    : string
}

export type DefinedMetrics<D extends Readonly<Record<string, MetricSpec>>> = {
  readonly [N in keyof D]: Instrument<AttributesOf<D[N]>>
}

/** Names on `/metrics` that are taken, with what took them. */
const taken = new Map<string, string>(
  Object.values(METRICS).map(({ name, unit, kind }) => [seriesName(name, unit, kind), name]),
)
const RESERVED_LABELS = new Set(['le', 'quantile', 'job', 'instance'])

/**
 * Defines metrics of one's own. They record like the catalog's, on whichever meter provider is registered, and come out
 * under the same names by every route.
 *
 * @throws TypeError naming every fault: a name, unit or label that cannot be, or that is taken.
 * @example
 * const shop = defineMetrics({
 *   orders: { name: 'shop.orders', kind: 'counter', unit: '{order}', description: 'Orders placed.',
 *             attributes: { region: ['eu', 'us'], shop: { limit: 50 } } },
 * })
 * shop.orders.record(1, { region: 'eu', shop: 'lyon' })
 */
export function defineMetrics<const D extends Readonly<Record<string, MetricSpec>>>(specs: D): DefinedMetrics<D> {
  const faults: string[] = []
  const names = new Map(taken)
  for (const spec of Object.values(specs)) {
    faults.push(...faultsOf(spec).map((fault) => `${spec.name}: ${fault}`))
    const series = seriesName(String(spec.name), String(spec.unit), spec.kind)
    const owner = names.get(series)
    if (owner !== undefined) faults.push(`${spec.name}: its series ${series} is ${owner}'s`)
    names.set(series, spec.name)
  }
  if (faults.length > 0)
    throw new TypeError(`metrics that cannot be defined:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`)
  for (const [series, name] of names) taken.set(series, name)
  return Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => [
      name,
      createInstrument({
        ...spec,
        integer: spec.integer ?? (spec.kind === 'counter' || spec.kind === 'upDownCounter'),
        attributes: Object.entries(spec.attributes ?? {}).map(([key, bound]) => attribute(key, bound)),
      }),
    ]),
  ) as unknown as DefinedMetrics<D>
}

function attribute(key: string, bound: AttributeBound): AttributeDefinition {
  return 'limit' in bound
    ? { key, description: key, limit: bound.limit, from: 'the values that come first' }
    : { key, description: key, values: bound }
}

function faultsOf({ name, kind, unit, description, attributes = {}, buckets }: MetricSpec): string[] {
  const faults: string[] = []
  if (!/^[a-zA-Z][\w.\-/]{0,254}$/.test(name))
    faults.push('a name starts with a letter and has letters, digits and _ . - /')
  if (/^(otel|target)[._]/.test(name)) faults.push('names that start with otel or target are reserved')
  if (!['counter', 'upDownCounter', 'gauge', 'histogram'].includes(kind)) faults.push(`"${kind}" is no kind of metric`)
  if (typeof unit !== 'string' || unit.length > 63 || /[^\x20-\x7e]/.test(unit))
    faults.push('a unit is at most 63 ASCII characters')
  if (typeof description !== 'string' || description.trim() === '') faults.push('a description is needed')
  const labels = new Map<string, string>()
  for (const [key, bound] of Object.entries(attributes)) {
    const label = labelName(key)
    if (key === '' || RESERVED_LABELS.has(label) || label.startsWith('__'))
      faults.push(`the label "${label}" is reserved`)
    if (labels.has(label)) faults.push(`the attributes ${labels.get(label)} and ${key} are one label, ${label}`)
    labels.set(label, key)
    if ('limit' in bound) {
      if (!Number.isSafeInteger(bound.limit) || bound.limit < 1 || bound.limit > SERIES_LIMIT) {
        faults.push(`the limit of ${key} is a whole number from 1 to ${SERIES_LIMIT}`)
      }
    } else if (bound.length === 0 || bound.some((value) => typeof value !== 'string' || value === '')) {
      faults.push(`the values of ${key} are texts, at least one`)
    }
  }
  if (buckets !== undefined) {
    if (kind !== 'histogram') faults.push('only a histogram has buckets')
    const ascending = buckets.every(
      (bound, index) => Number.isFinite(bound) && (index === 0 || bound > (buckets[index - 1] as number)),
    )
    if (buckets.length === 0 || !ascending) faults.push('buckets are finite and ascending')
  }
  return faults
}
