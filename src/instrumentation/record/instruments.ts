// The catalog in, typed instruments out. An instrument is made on the global meter provider when it first records, and
// made again when that provider changes: the OTel JS metrics API has no proxy provider, so a meter resolved before
// `startTelemetry` (or before the user's own SDK starts) would record nowhere for ever.
import type { Attributes, Context, Meter, MeterProvider } from '@opentelemetry/api'
import { context, createNoopMeter, diag, metrics } from '@opentelemetry/api'
import type { AttributeKey } from '../catalog/attributes.ts'
import { ATTRIBUTES } from '../catalog/attributes.ts'
import type { MetricDefinition } from '../catalog/metric-definition.ts'
import type { MetricDefinitions, MetricName } from '../catalog/metrics.ts'
import { METRICS } from '../catalog/metrics.ts'
import { SCOPE } from '../catalog/scope.ts'
import { boundedAttributes, OVERFLOW } from './bounded-attributes.ts'
import type { HeldMeasurements } from './held-measurements.ts'
import { holdMeasurements } from './held-measurements.ts'
import type { BoundInstrument, InstrumentDefinition, Sink } from './sink.ts'
import { createSink } from './sink.ts'

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
  /** Looks up a set of attributes once, for many measurements. A measurement takes 0.03 of the time of one with attributes. */
  bind(attributes: A): BoundInstrument
}

export type Instruments = { readonly [N in MetricName]: Instrument<AttributesOf<MetricDefinitions[N]>> }

let provider: MeterProvider | undefined
/** Takes the place of the global one, where that cannot be registered. */
let own: MeterProvider | undefined
/** Takes its place while telemetry starts. */
let held: HeldMeasurements | undefined
const listeners = new Set<() => void>()
let generation = 0

/** Whether the provider records anything. */
let isMetered = false
/** Whether the provider is ours, which tells before it collects. */
let isTold = false
/** Never throws. */
let recordBatch = () => {}
/** What waits goes to the provider that was there. */
let isLeaving = false

/**
 * Notices a new global meter provider; false while there is none. Called on every measurement and when a server connects; costs a
 * comparison when nothing changed.
 */
export function followMeterProvider(): boolean {
  const current = currentProvider()
  if (current === provider || isLeaving) return isMetered
  isLeaving = true
  recordBatch()
  isLeaving = false
  provider = current
  read(current)
  generation += 1
  for (const listener of listeners) {
    try {
      listener()
    } catch (error) {
      diag.error('mcp-vitals: a series was not started on the new meter provider', error)
    }
  }
  return isMetered
}

function read(current: MeterProvider): void {
  isMetered = true
  isTold = false
  try {
    const meter: Meter & { beforeCollection?(listener: () => void): void } = current.getMeter(SCOPE.name, SCOPE.version)
    isMetered = meter !== createNoopMeter()
    meter.beforeCollection?.(recordBatch)
    isTold = meter.beforeCollection !== undefined
  } catch {
    // A foreign provider threw; an instrument says so.
  }
}

/** Sets what records a batch: called before each collection where `collectionsAreTold`, and before another provider takes its place. */
export function batchesAre(recorded: () => void): void {
  recordBatch = recorded
}

/** Whether what is recorded in batches is complete in each collection. */
export function collectionsAreTold(): boolean {
  return isTold
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
  const attributesFor = boundedAttributes(definition.attributes, () => {
    if (definition.name !== METRICS.telemetryOverflowed.name) instruments.telemetryOverflowed.record(1)
  })
  let sink: Sink | undefined
  let made = -1
  let failed = false
  const currentSink = (): Sink => {
    if (sink === undefined || made !== generation) {
      sink = createSink(definition, (provider ?? currentProvider()).getMeter(SCOPE.name, SCOPE.version))
      made = generation
    }
    return sink
  }
  const levelOf = definition.kind === 'upDownCounter' ? carryLevels(currentSink) : undefined
  const accept = (given: number): boolean => {
    if (isMeasurement(given, definition)) return true
    // Not for the counter of drops itself: it would call itself for ever.
    if (definition.name !== METRICS.telemetryDropped.name) instruments.telemetryDropped.record(1)
    return false
  }
  /** A foreign provider's instrument threw. Telemetry never reaches the code it observes. */
  const fail = (error: unknown) => {
    if (!failed) diag.error(`mcp-vitals: ${definition.name} was not recorded; this is said once`, error)
    failed = true
  }
  const rounded = (given: number) => (definition.integer === true ? Math.round(given) : given)

  const instrument: Instrument = {
    definition,
    record(given, attributes = {}, active = context.active()) {
      if (!accept(given)) return
      followMeterProvider()
      try {
        const value = rounded(given)
        const target = currentSink()
        const set = target.bind === undefined || levelOf ? attributesFor(attributes) : attributesFor.each(attributes)
        if (levelOf !== undefined) levelOf(set).value += value
        target.record(value, set, active)
      } catch (error) {
        fail(error)
      }
    },
    bind(attributes) {
      const set = attributesFor(attributes)
      // Each measurement that overflows is counted.
      if (set === OVERFLOW) return { record: (value, active) => instrument.record(value, attributes, active) }
      return new Bound(accept, currentSink, fail, set, definition.integer === true, levelOf?.(set))
    },
  }
  return instrument
}

/** One class for all instruments: its code is then in the processor's cache when the next one records. */
class Bound implements BoundInstrument {
  readonly #accept: (value: number) => boolean
  readonly #sink: () => Sink
  readonly #fail: (error: unknown) => void
  readonly #set: Attributes
  readonly #integer: boolean
  readonly #level: { value: number } | undefined
  #target: BoundInstrument | undefined
  #boundFor = -1

  constructor(
    accept: (value: number) => boolean,
    sink: () => Sink,
    fail: (error: unknown) => void,
    set: Attributes,
    integer: boolean,
    level: { value: number } | undefined,
  ) {
    this.#accept = accept
    this.#sink = sink
    this.#fail = fail
    this.#set = set
    this.#integer = integer
    this.#level = level
  }

  record(given: number, active: Context): void {
    if (!this.#accept(given)) return
    try {
      const value = this.#integer ? Math.round(given) : given
      const target = this.#boundFor === generation && this.#target !== undefined ? this.#target : this.#bind()
      if (this.#level !== undefined) this.#level.value += value
      target.record(value, active)
    } catch (error) {
      this.#fail(error)
    }
  }

  #bind(): BoundInstrument {
    const sink = this.#sink()
    const set = this.#set
    this.#target = sink.bind?.(set) ?? { record: (value, active) => sink.record(value, set, active) }
    this.#boundFor = generation
    return this.#target
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
function carryLevels(sink: () => Sink): (attributes: Attributes) => { value: number } {
  const levels = new Map<Attributes, { value: number }>()
  onMeterProvider(() => {
    for (const [attributes, { value }] of levels) sink().record(value, attributes, context.active())
  })
  return (attributes) => {
    let level = levels.get(attributes)
    if (level === undefined) {
      level = { value: 0 }
      levels.set(attributes, level)
    }
    return level
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
