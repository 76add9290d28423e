import type { Meter, MeterProvider } from '@opentelemetry/api'
import { DiagLogLevel, diag, metrics } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createInstrument,
  followMeterProvider,
  instruments,
  onMeterProvider,
} from '../../../../src/instrumentation/record/instruments.ts'
import type { InstrumentDefinition } from '../../../../src/instrumentation/record/sink.ts'
import type { RecordedSeries } from '../../../support/telemetry/recorded-series.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'

let recorded: RecordedSeries
beforeEach(() => {
  recorded = recordSeries()
})
afterEach(() => diag.disable())

const DEFINITION: InstrumentDefinition = {
  name: 'test.counted',
  kind: 'counter',
  unit: '',
  integer: true,
  description: 'For this test.',
  attributes: [],
}
let made = 0
/** Creates an instrument with a unique name, because levels are kept for the life of the process. */
function instrument(change: Partial<InstrumentDefinition>) {
  made += 1
  return { name: `test_${made}`, ...createInstrument({ ...DEFINITION, name: `test.${made}`, ...change }) }
}

describe('createInstrument', () => {
  it('loses measurements before a provider is registered, and records those after it', async () => {
    metrics.disable()
    const { name, record } = instrument({})
    record(1)
    recorded = recordSeries()
    record(2)

    expect(await recorded.value(`${name}_total`)).toBe(2)
  })

  it('follows the global meter provider each time it changes', async () => {
    const { name, record } = instrument({})
    const first = recorded
    record(1)
    const second = recordSeries()
    record(10)

    expect(await first.value(`${name}_total`)).toBe(1)
    expect(await second.value(`${name}_total`)).toBe(10)
  })

  it('keeps the level of an up-down counter across providers, down to 0', async () => {
    const attributes = [{ key: 'k', description: 'x', values: ['a', 'b'] }]
    const { name, record } = instrument({ kind: 'upDownCounter', attributes })
    metrics.disable()
    record(1, { k: 'a' })
    record(1, { k: 'a' })
    record(1, { k: 'b' })
    record(-1, { k: 'b' })
    recorded = recordSeries()
    record(-1, { k: 'a' })
    expect(await recorded.value(`${name}{k="a"}`)).toBe(1)
    record(-1, { k: 'a' })

    expect(await recorded.value(`${name}{k="a"}`)).toBe(0)
    expect(await recorded.value(`${name}{k="b"}`)).toBe(0)
  })

  it('records a level on a new provider as soon as it is noticed, before the next change', async () => {
    const { name, record } = instrument({ kind: 'upDownCounter' })
    record(3)
    recorded = recordSeries()
    followMeterProvider()

    expect(await recorded.value(name)).toBe(3)
  })

  it('starts counters, histograms and gauges without values on a new provider', async () => {
    const counter = instrument({})
    const histogram = instrument({ kind: 'histogram', buckets: [1] })
    const gauge = instrument({ kind: 'gauge' })
    for (const { record } of [counter, histogram, gauge]) record(5)
    recorded = recordSeries()
    followMeterProvider()

    const names = [...(await recorded.all()).keys()]
    for (const { name } of [counter, histogram, gauge])
      expect(names.filter((found) => found.startsWith(name))).toEqual([])
  })

  it('drops and counts invalid numbers, and integers that are too large to be exact', async () => {
    const counter = instrument({})
    const level = instrument({ kind: 'upDownCounter' })
    const gauge = instrument({ kind: 'gauge', integer: false })
    const evil = {
      valueOf() {
        throw new Error('no')
      },
    }
    const none = [Number.NaN, Number.POSITIVE_INFINITY, '1', 1n, null, undefined, Symbol('s'), evil, [1], new Date(1)]
    for (const value of none as number[]) for (const { record } of [counter, level, gauge]) record(value)
    for (const { record } of [counter, level]) record(2 ** 60)
    counter.record(-1)
    counter.record(-0.4)
    gauge.record(2 ** 60)
    gauge.record(-1.5)
    level.record(-2)
    counter.record(1)

    expect(await recorded.value('mcp_telemetry_measurements_dropped_total')).toBe(none.length * 3 + 4)
    expect(await recorded.value(`${counter.name}_total`)).toBe(1)
    expect(await recorded.value(level.name)).toBe(-2)
    expect(await recorded.value(gauge.name)).toBe(-1.5)
  })

  it('records a measurement without its hostile attributes', async () => {
    const attributes = [
      { key: 'a', description: 'x', values: ['1'] },
      { key: 'b', description: 'x', limit: 1, from: 'x' },
    ]
    const { name, record } = instrument({ attributes })
    const getter = {
      get a(): string {
        throw new Error('no')
      },
      b: 'x',
    }
    const proxy = new Proxy(
      {},
      {
        get() {
          throw new Error('no')
        },
      },
    )
    for (const hostile of [getter, proxy, null, undefined, 7, 'text', { c: 'unknown' }]) record(1, hostile as never)
    record(1, { a: '2', b: 'x' })

    expect(await recorded.nonZero(`${name}_total`)).toEqual({
      [`${name}_total{b="x"}`]: 1,
      [`${name}_total`]: 6,
      [`${name}_total{a="_OTHER",b="x"}`]: 1,
    })
  })

  it('keeps attribute sets separate that differ only in which attribute has the value', async () => {
    const attributes = ['a', 'b', 'c'].map((key) => ({ key, description: 'x', limit: 10, from: 'x' }))
    const { name, record } = instrument({ attributes })
    for (const set of [{ a: 'x' }, { b: 'x' }, { c: 'x' }, { a: '1:x' }, { a: '-', b: '-' }, { a: '--' }])
      record(1, set)

    expect(Object.values(await recorded.nonZero(`${name}_total`))).toEqual([1, 1, 1, 1, 1, 1])
  })

  it('combines all series beyond the limit into one for the life of the process, with exact totals', async () => {
    const attributes = [
      { key: 'a', description: 'x', limit: 60, from: 'x' },
      { key: 'b', description: 'x', limit: 60, from: 'x' },
    ]
    const { name, record } = instrument({ attributes })
    const all = () => {
      for (let a = 0; a < 60; a += 1) for (let b = 0; b < 60; b += 1) record(1, { a: `${a}`, b: `${b}` })
    }
    all()
    const before = await recorded.nonZero(`${name}_total`)
    all()
    const after = await recorded.nonZero(`${name}_total`)

    expect(Object.keys(after)).toEqual(Object.keys(before))
    expect(Object.keys(after).length).toBe(2000)
    expect(after[`${name}_total{otel_metric_overflow="true"}`]).toBe(2 * (3600 - 1999))
    expect(Object.values(after).reduce((sum, value) => sum + value, 0)).toBe(2 * 3600)
    expect(await recorded.value('mcp_telemetry_measurements_overflowed_total')).toBe(2 * (3600 - 1999))
  })

  it('uses its own buckets when no view applies', async () => {
    const { name, record } = instrument({ kind: 'histogram', buckets: [0.5, 7], integer: false })
    record(3)

    const buckets = [...(await recorded.all()).keys()].filter((sample) => sample.startsWith(`${name}_bucket`))
    expect(buckets).toEqual(['0.5', '7.0', '+Inf'].map((bound) => `${name}_bucket{le="${bound}"}`))
  })

  it('survives a provider that throws, logs once per instrument, and follows the next provider', async () => {
    const said: unknown[] = []
    diag.setLogger(
      { error: (...args) => said.push(args), warn() {}, info() {}, debug() {}, verbose() {} },
      { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true },
    )
    const broken = () => {
      throw new Error('broken')
    }
    const meter = { createCounter: broken, createUpDownCounter: () => ({ add: broken }) } as unknown as Meter
    metrics.disable()
    metrics.setGlobalMeterProvider({ getMeter: () => meter } satisfies MeterProvider)
    const counter = instrument({})
    const level = instrument({ kind: 'upDownCounter' })
    followMeterProvider()
    said.length = 0

    for (let time = 0; time < 3; time += 1) {
      expect(() => counter.record(1)).not.toThrow()
      expect(() => level.record(1)).not.toThrow()
    }

    expect(said.length).toBe(2)
    recorded = recordSeries()
    counter.record(1)
    expect(await recorded.value(`${counter.name}_total`)).toBe(1)
    expect(await recorded.value(level.name)).toBe(3)
  })
})

describe('onMeterProvider', () => {
  it('calls the other listeners when one of them throws', async () => {
    let heard = 0
    onMeterProvider(() => {
      throw new Error('no')
    })
    onMeterProvider(() => {
      heard += 1
    })
    recorded = recordSeries()

    expect(() => instruments.serverInfo.record(1)).not.toThrow()
    expect(heard).toBe(1)
  })
})
