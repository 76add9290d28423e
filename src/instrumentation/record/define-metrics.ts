// A user's metrics as data in, typed instruments out, with the catalog's own protection: closed or limited attribute
// values, a bound on series for the life of the process, and names that clash with nothing.
import type { AttributeDefinition } from '../catalog/attributes.ts'
import { METRICS } from '../catalog/metrics.ts'
import type { SeriesKind } from '../catalog/series.ts'
import { seriesName } from '../catalog/series.ts'
import type { Instrument } from './instruments.ts'
import { createInstrument } from './instruments.ts'
import { metricFaults, takenNames } from './metric-faults.ts'

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
  /** Whether values are counts, and recorded as whole numbers. @default true for counts of things: a unit such as `{order}` */
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

/** Names that are taken, with what took them. */
const taken = new Map<string, string>(
  Object.values(METRICS).flatMap(({ name, unit, kind }) => takenNames(name, unit, kind).map((one) => [one, name])),
)

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
  for (const [key, spec] of Object.entries<MetricSpec>(specs)) {
    const own = metricFaults(spec ?? {})
    faults.push(...own.map((fault) => `${String(spec?.name ?? key)}: ${fault}`))
    if (own.length > 0) continue
    const { name, unit, kind } = spec
    const takes = takenNames(name, unit, kind)
    const clash = takes.find((one) => names.has(one))
    if (clash !== undefined) faults.push(`${name}: its series ${seriesName(name, unit, kind)} is ${names.get(clash)}'s`)
    for (const one of takes) names.set(one, name)
  }
  if (faults.length > 0)
    throw new TypeError(`metrics that cannot be defined:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`)
  for (const [series, name] of names) taken.set(series, name)
  return Object.fromEntries(
    Object.entries<MetricSpec>(specs).map(([key, { name, kind, unit, description, attributes, buckets, integer }]) => [
      key,
      createInstrument({
        name,
        kind,
        unit,
        description,
        integer: integer ?? unit.startsWith('{'),
        attributes: Object.entries(attributes ?? {}).map(([attributeKey, bound]) => attribute(attributeKey, bound)),
        ...(buckets && { buckets: [...buckets] }),
      }),
    ]),
  ) as unknown as DefinedMetrics<D>
}

function attribute(key: string, bound: AttributeBound): AttributeDefinition {
  return 'limit' in bound
    ? { key, description: key, limit: bound.limit, from: 'the values that come first' }
    : { key, description: key, values: [...bound] }
}
