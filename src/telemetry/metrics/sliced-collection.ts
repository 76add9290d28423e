// The SDK's collection in, the same instrument by instrument out, with turns of the event loop between them: in one go it
// takes tens of milliseconds where there are ten thousand series, which is all that a sliced exposition would still stall.
//
// The SDK has no way to ask for this. What is used of its inside is checked before each collection, and its own collection
// takes the place of this one where that has changed. An instrument is collected whole, so a histogram agrees with itself;
// two instruments may be some milliseconds apart.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { HrTime } from '@opentelemetry/api'
import { millisToHrTime } from '@opentelemetry/core'
import type {
  CollectionResult,
  MetricData,
  MetricProducer,
  MetricReader,
  ScopeMetrics,
} from '@opentelemetry/sdk-metrics'

/** Milliseconds of collecting after which the event loop gets a turn. */
const SLICE_MS = 2

interface Storage {
  collect(collector: MetricProducer, time: HrTime): MetricData | undefined
}

interface MeterState {
  readonly _instrumentationScope: ScopeMetrics['scope']
  readonly observableRegistry: { observe(time: HrTime, timeoutMillis?: number): Promise<unknown[]> }
  readonly metricStorageRegistry: { getStorages(collector: MetricProducer): Storage[] }
}

interface ProviderState {
  readonly resource: CollectionResult['resourceMetrics']['resource']
  readonly meterSharedStates: ReadonlyMap<string, MeterState>
}

/** Lets `reader`, which must not have a producer yet, collect in slices. */
export function collectInSlices(reader: MetricReader): void {
  const setMetricProducer = reader.setMetricProducer.bind(reader)
  reader.setMetricProducer = (producer) => {
    setMetricProducer({
      collect(options) {
        const state = providerState(producer)
        return state === undefined ? producer.collect(options) : collect(producer, state, options?.timeoutMillis)
      },
    })
  }
}

async function collect(
  collector: MetricProducer,
  { resource, meterSharedStates }: ProviderState,
  timeoutMillis: number | undefined,
): Promise<CollectionResult> {
  const meters = [...meterSharedStates.values()]
  // All callbacks first and beside each other: one that is slow holds up the others once, not each in its turn.
  const startedAt = now()
  const errors = await Promise.all(meters.map((meter) => meter.observableRegistry.observe(startedAt, timeoutMillis)))
  const scopeMetrics: ScopeMetrics[] = []
  let sliceStartedAt = performance.now()
  for (const meter of meters) {
    const metrics: MetricData[] = []
    for (const storage of meter.metricStorageRegistry.getStorages(collector)) {
      if (performance.now() - sliceStartedAt >= SLICE_MS) {
        await nextTurn()
        sliceStartedAt = performance.now()
      }
      const metric = storage.collect(collector, now())
      if (metric !== undefined) metrics.push(metric)
    }
    if (metrics.length > 0) scopeMetrics.push({ scope: meter._instrumentationScope, metrics })
  }
  return { resourceMetrics: { resource, scopeMetrics }, errors: errors.flat() }
}

function providerState(producer: MetricProducer): ProviderState | undefined {
  const { _sharedState: state } = producer as { _sharedState?: Partial<ProviderState> }
  if (state?.resource === undefined || !(state.meterSharedStates instanceof Map)) return undefined
  const known = [...state.meterSharedStates.values()].every(
    (meter: Partial<MeterState>) =>
      meter._instrumentationScope !== undefined &&
      typeof meter.observableRegistry?.observe === 'function' &&
      typeof meter.metricStorageRegistry?.getStorages === 'function',
  )
  return known ? (state as ProviderState) : undefined
}

function now(): HrTime {
  return millisToHrTime(Date.now())
}
