// The catalog in, typed instruments out. An instrument is made on the global meter provider when it first records, and
// made again when that provider changes: the OTel JS metrics API has no proxy provider, so a meter resolved before
// `startTelemetry` (or before the user's own SDK starts) would record nowhere for ever.
import type { Attributes, Context, Counter, Gauge, Histogram, MeterProvider, UpDownCounter } from '@opentelemetry/api'
import { context, diag, metrics, ValueType } from '@opentelemetry/api'
import type { AttributeDefinition, AttributeKey } from '../catalog/attributes.ts'
import { ATTRIBUTES } from '../catalog/attributes.ts'
import type { MetricDefinition } from '../catalog/metric-definition.ts'
import type { MetricDefinitions, MetricName } from '../catalog/metrics.ts'
import { METRICS } from '../catalog/metrics.ts'
import { OVERFLOW_ATTRIBUTE, SERIES_LIMIT } from '../catalog/overflow.ts'
import { SCOPE } from '../catalog/scope.ts'
import { boundOf } from './bounds.ts'
import type { HeldMeasurements } from './held-measurements.ts'
import { holdMeasurements } from './held-measurements.ts'
import { onLabelReset } from './label-state.ts'

/** What an instrument is made from: a catalog entry, or one that `defineMetrics` was given, with its attributes resolved. */
export interface InstrumentDefinition extends Omit<MetricDefinition, 'attributes' | 'stability'> {
  readonly attributes: readonly AttributeDefinition[]
}

type AttributesOf<D extends MetricDefinition> = {
  readonly [N in D['attributes'][number] as AttributeKey<N>]?: string | number | undefined
}

/**
 * Records measurements of one metric. It never throws. Attributes that the catalog does not list are left out, values
 * outside their bound become `_OTHER`, and a number that is none (NaN, infinite, negative where it cannot be) is dropped
 * and counted in `mcp.telemetry.measurements.dropped`.
 */
export interface Instrument<A extends object = Readonly<Record<string, string | number | undefined>>> {
  /** The catalog entry. */
  readonly definition: InstrumentDefinition
  /**
   * Counters and up-down counters add `value`; histograms and gauges record it. In the definition's unit. The span of
   * `active` (by default the active context) is what an exemplar points to.
   */
  record(value: number, attributes?: A, active?: Context): void
}

export type Instruments = { readonly [N in MetricName]: Instrument<AttributesOf<MetricDefinitions[N]>> }

type Sink = (value: number, attributes: Attributes, active: Context) => void

let provider: MeterProvider | undefined
/** Takes the place of the global one, where that cannot be registered. */
let own: MeterProvider | undefined
/** Takes its place while telemetry starts. */
let held: HeldMeasurements | undefined
const listeners = new Set<() => void>()
let generation = 0

/**
 * Notices a new global meter provider. Called on every measurement and when a server connects; costs a comparison when
 * nothing changed.
 */
export function followMeterProvider(): void {
  const current = currentProvider()
  if (current === provider) return
  provider = current
  generation += 1
  for (const listener of listeners) {
    try {
      listener()
    } catch (error) {
      diag.error('mcp-vitals: a series was not started on the new meter provider', error)
    }
  }
}

/**
 * Records on this meter provider instead of the global one; undefined goes back to the global one. For a process in which another
 * version of the OpenTelemetry API was loaded first, and refuses ours.
 */
export function setMeterProvider(given: MeterProvider | undefined): void {
  own = given
  followMeterProvider()
}

function currentProvider(): MeterProvider {
  return own ?? held?.provider ?? metrics.getMeterProvider()
}

/** Keeps measurements from now on, until what it returns is called: then they are recorded on the meter provider that is there. */
export function holdUntilReady(): () => void {
  const holding = holdMeasurements()
  held ??= holding
  followMeterProvider()
  return () => {
    if (held !== holding) return
    held = undefined
    followMeterProvider()
    holding.releaseTo(currentProvider())
  }
}

/** Calls `listener` whenever another global meter provider is noticed: series that start at 0 must start there too. */
export function onMeterProvider(listener: () => void): void {
  listeners.add(listener)
}

/** Makes an instrument of a definition. Nothing is created on the meter before the first measurement. */
export function createInstrument(definition: InstrumentDefinition): Instrument {
  const attributesFor = boundedAttributes(definition)
  let sink: Sink | undefined
  let made = -1
  let failed = false
  const currentSink = (): Sink => {
    if (sink === undefined || made !== generation) {
      sink = createSink(definition)
      made = generation
    }
    return sink
  }
  const level = definition.kind === 'upDownCounter' ? carryLevel(currentSink) : undefined
  return {
    definition,
    record(given, attributes = {}, active = context.active()) {
      if (!isMeasurement(given, definition)) {
        // Not for the counter of drops itself: it would call itself for ever.
        if (definition.name !== METRICS.telemetryDropped.name) instruments.telemetryDropped.record(1)
        return
      }
      followMeterProvider()
      try {
        const value = definition.integer === true ? Math.round(given) : given
        const set = attributesFor(attributes)
        level?.(value, set)
        currentSink()(value, set, active)
      } catch (error) {
        // A foreign provider's instrument threw. Telemetry never reaches the code it observes.
        if (!failed) diag.error(`mcp-vitals: ${definition.name} was not recorded; this is said once`, error)
        failed = true
      }
    },
  }
}

/** Counts are written as 64-bit integers by OTLP, and are exact only while a double is. */
function isMeasurement(value: unknown, { kind, integer }: InstrumentDefinition): value is number {
  if (typeof value !== 'number' || !Number.isFinite(value)) return false
  if (integer === true && Math.abs(value) > Number.MAX_SAFE_INTEGER) return false
  return value >= 0 || kind === 'upDownCounter' || kind === 'gauge'
}

/**
 * An up-down counter on a new meter provider knows nothing of what went up before: calls that run while telemetry starts
 * would end below 0 for ever. So the levels are kept, and are where the new one starts.
 */
function carryLevel(sink: () => Sink): (change: number, attributes: Attributes) => void {
  const levels = new Map<Attributes, number>()
  onMeterProvider(() => {
    for (const [attributes, level] of levels) sink()(level, attributes, context.active())
  })
  return (change, attributes) => void levels.set(attributes, (levels.get(attributes) ?? 0) + change)
}

function createSink(definition: InstrumentDefinition): Sink {
  const meter = currentProvider().getMeter(SCOPE.name, SCOPE.version)
  const { name, description, unit, kind, buckets } = definition
  const options = {
    description,
    unit,
    valueType: definition.integer === true ? ValueType.INT : ValueType.DOUBLE,
    ...(buckets && { advice: { explicitBucketBoundaries: [...buckets] } }),
  }
  switch (kind) {
    case 'counter': {
      const counter: Counter = meter.createCounter(name, options)
      return (value, attributes, active) => counter.add(value, attributes, active)
    }
    case 'upDownCounter': {
      const counter: UpDownCounter = meter.createUpDownCounter(name, options)
      return (value, attributes, active) => counter.add(value, attributes, active)
    }
    case 'gauge': {
      const gauge: Gauge = meter.createGauge(name, options)
      return (value, attributes, active) => gauge.record(value, attributes, active)
    }
    case 'histogram': {
      const histogram: Histogram = meter.createHistogram(name, options)
      return (value, attributes, active) => histogram.record(value, attributes, active)
    }
  }
}

const OVERFLOW: Attributes = Object.freeze({ [OVERFLOW_ATTRIBUTE]: true })

/**
 * Bounded attribute sets, one frozen object for each, so that whoever receives them can know them by identity. Bounded
 * attributes can still multiply: past `SERIES_LIMIT` sets the rest is one overflow series, for the life of the process.
 */
function boundedAttributes(definition: InstrumentDefinition): (attributes: Record<string, unknown>) => Attributes {
  const columns = definition.attributes.map((attribute) => ({ key: attribute.key, bound: boundOf(attribute) }))
  // A step for each column: a key made of all values costs more to write and to hash than the SDK's whole measurement.
  const known: Node = { next: new Map(), set: undefined }
  let size = 0
  onLabelReset(() => {
    known.next.clear()
    known.set = undefined
    size = 0
  })
  const admit = (values: readonly (string | number | undefined)[]): Attributes => {
    if (size >= SERIES_LIMIT - 1) {
      if (definition.name !== METRICS.telemetryOverflowed.name) instruments.telemetryOverflowed.record(1)
      return OVERFLOW
    }
    size += 1
    const set: Attributes = {}
    let node = known
    columns.forEach(({ key }, column) => {
      const value = values[column]
      if (value !== undefined) set[key] = value
      let next = node.next.get(value)
      if (next === undefined) {
        next = { next: new Map(), set: undefined }
        node.next.set(value, next)
      }
      node = next
    })
    node.set = Object.freeze(set)
    return set
  }
  return (attributes) => {
    const values: (string | number | undefined)[] = []
    let node: Node | undefined = known
    for (const { key, bound } of columns) {
      const value = read(attributes, key)
      const bounded = value === undefined ? undefined : bound(value)
      values.push(bounded)
      node = node?.next.get(bounded)
    }
    return node?.set ?? admit(values)
  }
}

/** Attribute sets that begin with the same values. */
interface Node {
  readonly next: Map<string | number | undefined, Node>
  set: Attributes | undefined
}

/** A getter or a proxy of the caller's may throw: then the attribute is lost, not the measurement. */
function read(attributes: Record<string, unknown>, key: string): unknown {
  try {
    return attributes[key]
  } catch {
    return undefined
  }
}

/**
 * The catalog's instruments, by their names in `METRICS`.
 *
 * @example instruments.kubernetesOperations.record(1, { operation: 'list', resource: 'pods', status: 'success' })
 */
export const instruments: Instruments = Object.fromEntries(
  Object.entries<MetricDefinition>(METRICS).map(([name, definition]) => [
    name,
    createInstrument({ ...definition, attributes: definition.attributes.map((attribute) => ATTRIBUTES[attribute]) }),
  ]),
) as unknown as Instruments
