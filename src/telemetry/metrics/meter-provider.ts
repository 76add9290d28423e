// The one storage behind the OpenTelemetry API: meters and their instruments, the SDK's views, and what the SDK's readers collect.
// No measurement throws into the code that records it, no number poisons a sum, no instrument grows without end.

import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Meter, MeterOptions, MeterProvider, MetricOptions } from '@opentelemetry/api'
import { createNoopMeter, diag } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type {
  IMetricReader,
  MetricData,
  MetricProducer,
  ResourceMetrics,
  ScopeMetrics,
  ViewOptions,
} from '@opentelemetry/sdk-metrics'
import { InstrumentType } from '@opentelemetry/sdk-metrics'
import type { Epoch } from './cells.ts'
import type { InstrumentState, Recorder } from './instruments.ts'
import { acceptFor, createRecorder } from './instruments.ts'
import type { Observables } from './observables.ts'
import { createObservables } from './observables.ts'
import { Stream } from './stream.ts'
import type { StreamPlan } from './streams.ts'
import { planStreams } from './streams.ts'

interface MeterProviderOptions {
  readonly resource: Resource
  readonly views: readonly ViewOptions[]
  /** Each must be nobody else's: it gets its producer here. */
  readonly readers: readonly IMetricReader[]
  /** The reader whose points are made when they are read: see `Stream.collectRows`. */
  readonly scraped?: IMetricReader | undefined
  /** Waited for before each collection. Must not reject. */
  readonly ready?: () => Promise<void>
  /** Called for each number that was none. */
  readonly onDropped: () => void
  /** Called for each measurement that went to an overflow row. */
  readonly onOverflow: () => void
}

export interface RowMeterProvider extends MeterProvider {
  /** Rows that there are, over all instruments. */
  seriesCount(): number
  /** What a reader would get, at once; observables keep what they had. */
  collectNow(reader: IMetricReader): ResourceMetrics
  forceFlush(): Promise<unknown>
  shutdown(): Promise<unknown>
}

/** A meter that tells when it is collected: who records in batches records what is left. */
export interface RowMeter extends Meter {
  /** `listener` is called before each collection of any reader, once, however often it is given. It must not throw. */
  beforeCollection(listener: () => void): void
}

interface MeterState {
  readonly scope: ScopeMetrics['scope']
  readonly meter: RowMeter
  readonly observables: Observables
  /** By name, those that views make first: the order of the SDK. */
  readonly streams: readonly [viewed: Map<string, Stream[]>, plain: Map<string, Stream[]>]
}

/** Milliseconds of collecting after which the event loop gets a turn. */
const SLICE_MS = 0.5

/** Makes the provider. Instruments of one name, kind and unit in one meter share their rows. */
export function createMeterProvider(options: MeterProviderOptions): RowMeterProvider {
  const { readers } = options
  const meters = new Map<string, MeterState>()
  const listeners = new Set<() => void>()
  const epoch: Epoch = { at: Date.now() }
  const began = () => {
    for (const listener of listeners) listener()
    epoch.at = Date.now()
  }
  for (const reader of readers) reader.setMetricProducer(createProducer(reader, meters, options, began))
  return {
    getMeter(name: string, version = '', { schemaUrl }: MeterOptions = {}): RowMeter {
      const key = JSON.stringify([String(name), String(version), String(schemaUrl ?? '')])
      let state = meters.get(key)
      if (state === undefined) {
        state = createMeter({ name, version, ...(schemaUrl !== undefined && { schemaUrl }) }, options, listeners, epoch)
        meters.set(key, state)
      }
      return state.meter
    },
    seriesCount() {
      let count = 0
      for (const meter of meters.values()) for (const stream of streamsOf(meter)) count += stream.rows.size
      return count
    },
    collectNow(reader) {
      began()
      const scopeMetrics = [...meters.values()].map((meter) => ({
        scope: meter.scope,
        metrics: streamsOf(meter)
          .filter(({ plan }) => plan.readers.includes(reader))
          .flatMap((stream) => stream.collectNow(reader) ?? []),
      }))
      return { resource: options.resource, scopeMetrics: scopeMetrics.filter(({ metrics }) => metrics.length > 0) }
    },
    forceFlush: () => Promise.all(readers.map((reader) => reader.forceFlush())),
    shutdown: () => Promise.all(readers.map((reader) => reader.shutdown())),
  }
}

function createMeter(
  scope: ScopeMetrics['scope'],
  options: MeterProviderOptions,
  listeners: Set<() => void>,
  epoch: Epoch,
): MeterState {
  const { views, readers, onDropped, onOverflow } = options
  const observables = createObservables(onDropped)
  const streams: MeterState['streams'] = [new Map(), new Map()]

  const streamFor = (plan: StreamPlan): Stream => {
    const byName = streams[plan.viewed ? 0 : 1]
    const sameName = byName.get(plan.descriptor.name) ?? []
    byName.set(plan.descriptor.name, sameName)
    const known = sameName.find((stream) => isSame(stream.plan, plan))
    if (known === undefined) {
      const stream = new Stream(plan, epoch, onOverflow)
      sameName.push(stream)
      return stream
    }
    if (plan.descriptor.description.length > known.description.length) known.description = plan.descriptor.description
    return known
  }
  const stateOf = (type: InstrumentType, name: string, given: MetricOptions = {}): InstrumentState => {
    if (typeof name !== 'string') throw new TypeError('the name of an instrument is a text')
    const { unit = '', valueType } = given
    const facts = {
      meterName: scope.name,
      meterVersion: scope.version ?? '',
      meterSchemaUrl: scope.schemaUrl,
      name,
      type,
      unit,
    }
    // Two views that make the same stream of an instrument count once.
    const own = new Set(planStreams(facts, given, views, readers).map(streamFor))
    return { streams: [...own], accept: acceptFor(type, valueType) }
  }
  const noop = createNoopMeter()
  const recorder = (type: InstrumentType, name: string, given?: MetricOptions): Recorder =>
    createRecorder(stateOf(type, name, given), onDropped)
  const counter = (type: InstrumentType) => (name: string, given?: MetricOptions) => {
    const { record, bind } = recorder(type, name, given)
    return { add: record, bind }
  }
  const observable = (type: InstrumentType) => (name: string, given?: MetricOptions) =>
    observables.create(stateOf(type, name, given))
  const meter: RowMeter = {
    beforeCollection: (listener) => void listeners.add(listener),
    createCounter: safely(noop.createCounter, counter(InstrumentType.COUNTER)),
    createUpDownCounter: safely(noop.createUpDownCounter, counter(InstrumentType.UP_DOWN_COUNTER)),
    createHistogram: safely(noop.createHistogram, (name, given) => recorder(InstrumentType.HISTOGRAM, name, given)),
    createGauge: safely(noop.createGauge, (name, given) => recorder(InstrumentType.GAUGE, name, given)),
    createObservableCounter: safely(noop.createObservableCounter, observable(InstrumentType.OBSERVABLE_COUNTER)),
    createObservableUpDownCounter: safely(
      noop.createObservableUpDownCounter,
      observable(InstrumentType.OBSERVABLE_UP_DOWN_COUNTER),
    ),
    createObservableGauge: safely(noop.createObservableGauge, observable(InstrumentType.OBSERVABLE_GAUGE)),
    addBatchObservableCallback: observables.addBatchObservableCallback,
    removeBatchObservableCallback: observables.removeBatchObservableCallback,
  }
  return { scope, meter, observables, streams }
}

/** Creating an instrument may go wrong too, by a name that is no text or bounds that are no numbers. */
function safely<I>(
  fallback: (name: string) => I,
  create: (name: string, options?: MetricOptions) => I,
): (name: string, options?: MetricOptions) => I {
  return (name, options) => {
    try {
      return create(name, options)
    } catch (error) {
      diag.warn('an instrument could not be made; what it records is lost', error)
      return fallback('')
    }
  }
}

/** As the SDK has it, an instrument of another kind or unit is another stream of the same name. */
function isSame(a: StreamPlan, b: StreamPlan): boolean {
  return (
    a.descriptor.type === b.descriptor.type &&
    a.descriptor.unit === b.descriptor.unit &&
    a.descriptor.valueType === b.descriptor.valueType &&
    (a.viewed || a.readers[0] === b.readers[0])
  )
}

function streamsOf({ streams: [viewed, plain] }: MeterState): Stream[] {
  return [...viewed.values(), ...plain.values()].flat()
}

/** Collects in slices, because ten thousand series take tens of milliseconds. Two instruments may be some milliseconds apart. */
function createProducer(
  reader: IMetricReader,
  meters: ReadonlyMap<string, MeterState>,
  { resource, scraped, ready }: MeterProviderOptions,
  began: () => void,
): MetricProducer {
  return {
    async collect() {
      await ready?.()
      const all = [...meters.values()]
      let sliceStartedAt = performance.now()
      const rest = () =>
        nextTurn().then(() => {
          sliceStartedAt = performance.now()
        })
      const turn = () => (performance.now() - sliceStartedAt < SLICE_MS ? undefined : rest())
      // What asked for the collection, such as a request that was parsed, took its part of the turn.
      await rest()
      const observed: Promise<unknown>[] = []
      for (const { observables } of all) {
        observed.push(observables.observe())
        await turn()
      }
      await Promise.all(observed)
      // Only now: a callback may have looked at messages that had passed.
      began()
      const scopeMetrics: ScopeMetrics[] = []
      for (const meter of all) {
        const metrics: MetricData[] = []
        for (const stream of streamsOf(meter)) {
          if (!stream.plan.readers.includes(reader)) continue
          const data = (reader === scraped && stream.collectRows(reader)) || (await stream.collect(reader, turn))
          await turn()
          if (data !== undefined) metrics.push(data)
        }
        if (metrics.length > 0) scopeMetrics.push({ scope: meter.scope, metrics })
      }
      return { resourceMetrics: { resource, scopeMetrics }, errors: [] }
    },
  }
}
