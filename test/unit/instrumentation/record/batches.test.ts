// Tests that what waits to be recorded is in every collection, whoever collects.
import { metrics } from '@opentelemetry/api'
import { afterEach, describe, expect, it } from 'vitest'
import { inBatch } from '../../../../src/instrumentation/record/batches.ts'
import { followMeterProvider, instruments } from '../../../../src/instrumentation/record/instruments.ts'
import { runningCalls } from '../../../../src/instrumentation/record/running-calls.ts'
import { createMetricsPipeline } from '../../../support/telemetry/metrics-pipeline.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'

const TOOL = 'batched_tool'
const CALLS = `mcp_tool_calls_total{status="success",tool_name="${TOOL}"}`
const ACTIVE = `mcp_active_requests{tool_name="${TOOL}"}`

let recorded = 0
const entry = {
  record() {
    recorded += 1
    instruments.toolCalls.record(1, { 'tool.name': TOOL, status: 'success' })
  },
}

function register(provider: ReturnType<typeof createMetricsPipeline>['provider']) {
  metrics.disable()
  metrics.setGlobalMeterProvider(provider)
  followMeterProvider()
  recorded = 0
}

afterEach(() => metrics.disable())

describe('inBatch', () => {
  it('records what waits before each collection, and before there is too much of it', async () => {
    const { provider, samples } = createMetricsPipeline()
    register(provider)
    for (let call = 0; call < 3; call += 1) inBatch(entry)
    expect(recorded).toBe(0)
    expect((await samples()).get(CALLS)).toBe(3)
    expect((await samples()).get(CALLS)).toBe(3)
    for (let call = 0; call < 1_000; call += 1) inBatch(entry)
    expect(recorded).toBeGreaterThan(800)
    expect((await samples()).get(CALLS)).toBe(1_003)
  })

  it('records what waits on the meter provider that was there, when another one takes its place', async () => {
    const { provider, samples } = createMetricsPipeline()
    register(provider)
    inBatch(entry)
    const other = createMetricsPipeline()
    metrics.disable()
    metrics.setGlobalMeterProvider(other.provider)
    followMeterProvider()
    inBatch(entry)
    inBatch(entry)
    expect((await samples()).get(CALLS)).toBe(1)
    expect((await other.samples()).get(CALLS)).toBe(2)
  })

  it('records at once on a provider that does not tell when it collects', async () => {
    const series = recordSeries()
    followMeterProvider()
    recorded = 0
    inBatch(entry)
    expect(recorded).toBe(1)
    expect(await series.value(CALLS)).toBe(1)
  })
})

describe('runningCalls', () => {
  it('shows in each collection how many calls run, on each meter provider, whenever they began', async () => {
    const running = runningCalls(TOOL)
    const { provider, samples } = createMetricsPipeline()
    register(provider)
    running.begin()
    running.begin()
    expect((await samples()).get(ACTIVE)).toBe(2)
    running.end()
    const other = createMetricsPipeline()
    metrics.disable()
    metrics.setGlobalMeterProvider(other.provider)
    followMeterProvider()
    expect((await samples()).get(ACTIVE)).toBe(1)
    expect((await other.samples()).get(ACTIVE)).toBe(1)
    const series = recordSeries()
    followMeterProvider()
    expect(await series.value(ACTIVE)).toBe(1)
    running.begin()
    expect(await series.value(ACTIVE)).toBe(2)
    running.end()
    running.end()
    expect(await series.value(ACTIVE)).toBe(0)
  })
})
