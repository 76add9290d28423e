// Tests the rows that our instruments bind: on our provider and, through the API, on the SDK's.
import { metrics, ROOT_CONTEXT } from '@opentelemetry/api'
import { afterEach, describe, expect, it } from 'vitest'
import { followMeterProvider, instruments } from '../../../../src/instrumentation/record/instruments.ts'
import { createMetricsPipeline } from '../../../support/telemetry/metrics-pipeline.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'

afterEach(() => metrics.disable())

describe('Instrument.bind', () => {
  it('records what record does, and follows the meter provider from ours to the one of the SDK', async () => {
    const { provider, samples, counts } = createMetricsPipeline()
    metrics.disable()
    metrics.setGlobalMeterProvider(provider)
    const labels = { 'tool.name': 'bound_tool', status: 'success' } as const
    const bound = instruments.toolCalls.bind(labels)
    followMeterProvider()
    for (let n = 0; n < 1_000; n += 1) bound.record(1, ROOT_CONTEXT)
    instruments.toolCalls.record(1, labels)
    bound.record(Number.NaN, ROOT_CONTEXT)
    bound.record(-1, ROOT_CONTEXT)
    const sample = 'mcp_tool_calls_total{status="success",tool_name="bound_tool"}'
    const ours = await samples()
    expect(ours.get(sample)).toBe(1_001)
    expect(ours.get('mcp_telemetry_measurements_dropped_total')).toBe(2)
    expect(counts.overflowed).toBe(0)

    const series = recordSeries()
    followMeterProvider()
    for (let n = 0; n < 10; n += 1) bound.record(1, ROOT_CONTEXT)
    expect(await series.value(sample)).toBe(10)
    expect((await samples()).get(sample)).toBe(1_001)
  })
})

describe('createMeterProvider with bound rows', () => {
  it('counts each measurement of a bound set that is past the limit, and asks a processor for each', async () => {
    const { provider, samples, counts } = createMetricsPipeline([
      { instrumentName: 'c', aggregationCardinalityLimit: 2 },
      {
        instrumentName: 'd',
        attributesProcessors: [{ process: (given, active) => ({ ...given, seen: String(active === ROOT_CONTEXT) }) }],
      },
    ])
    interface Bindable {
      bind(attributes: object): { record(value: number, active: typeof ROOT_CONTEXT): void }
    }
    const meter = provider.getMeter('m')
    const c = meter.createCounter('c') as unknown as Bindable
    const [first, second] = [c.bind({ n: 1 }), c.bind({ n: 2 })]
    for (let n = 0; n < 5; n += 1) first.record(1, ROOT_CONTEXT)
    const before = counts.overflowed
    for (let n = 0; n < 7; n += 1) second.record(1, ROOT_CONTEXT)
    const d = (meter.createCounter('d') as unknown as Bindable).bind({ x: 'y' })
    d.record(1, ROOT_CONTEXT)
    d.record(1, ROOT_CONTEXT.setValue(Symbol('k'), 1))
    const found = await samples()
    expect(found.get('c_total{n="1"}')).toBe(5)
    expect(found.get('c_total{otel_metric_overflow="true"}')).toBe(7)
    expect(counts.overflowed - before).toBe(7)
    expect(found.get('d_total{seen="true",x="y"}')).toBe(1)
    expect(found.get('d_total{seen="false",x="y"}')).toBe(1)
  })
})
