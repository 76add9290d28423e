import { beforeEach, describe, expect, it } from 'vitest'
import { defineMetrics } from '../../../../src/instrumentation/record/define-metrics.ts'
import type { RecordedSeries } from '../../../support/telemetry/recorded-series.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'

let recorded: RecordedSeries
beforeEach(() => {
  recorded = recordSeries()
})

describe('defineMetrics', () => {
  it('records each kind of metric under its Prometheus name', async () => {
    const shop = defineMetrics({
      orders: {
        name: 'shop.orders',
        kind: 'counter',
        unit: '{order}',
        description: 'Orders.',
        attributes: { region: ['eu', 'us'] },
      },
      basket: { name: 'shop.basket.size', kind: 'histogram', unit: 'By', description: 'Baskets.', buckets: [10, 100] },
      open: { name: 'shop.open', kind: 'upDownCounter', unit: '', description: 'Open shops.' },
      stock: { name: 'shop.stock', kind: 'gauge', unit: '1', description: 'Share in stock.' },
    })
    shop.orders.record(2, { region: 'eu' })
    shop.orders.record(1, { region: 'mars' as never })
    shop.basket.record(50)
    shop.open.record(3)
    shop.open.record(-1)
    shop.stock.record(0.5)

    const all = await recorded.all()
    expect(all.get('shop_orders_total{region="eu"}')).toBe(2)
    expect(all.get('shop_orders_total{region="_OTHER"}')).toBe(1)
    expect(all.get('shop_basket_size_bytes_bucket{le="100.0"}')).toBe(1)
    expect(all.get('shop_open')).toBe(2)
    expect(all.get('shop_stock_ratio')).toBe(0.5)
  })

  it('bounds hostile attributes, drops and counts hostile numbers, and never throws', async () => {
    const { calls } = defineMetrics({
      calls: {
        name: 'hostile.calls',
        kind: 'counter',
        unit: '',
        description: 'Calls.',
        attributes: { who: { limit: 2 } },
      },
    })
    const hostile = [1n, Symbol('s'), () => 1, {}, [], null, '\ud800', 'x'.repeat(10_000), 'e\u0301'] as unknown[]
    for (const who of hostile) calls.record(1, { who: who as never })
    calls.record(
      1,
      new Proxy(
        {},
        {
          get() {
            throw new Error('no')
          },
        },
      ) as never,
    )
    for (const number of [Number.NaN, Number.POSITIVE_INFINITY, -1, '1', 1n, undefined]) calls.record(number as never)
    for (const who of ['a', 'b', 'c', 'd']) calls.record(1, { who })

    const all = await recorded.all()
    const total = [...all]
      .filter(([sample]) => sample.startsWith('hostile_calls_total'))
      .reduce((sum, [, value]) => sum + value, 0)
    expect(total).toBe(hostile.length + 1 + 4)
    expect(all.get('hostile_calls_total{who="a"}')).toBe(1)
    expect(all.get('hostile_calls_total{who="b"}')).toBe(1)
    expect([...all.keys()].filter((sample) => sample.startsWith('hostile_calls_total')).length).toBeLessThanOrEqual(4)
    expect(all.get('mcp_telemetry_measurements_dropped_total')).toBe(6)
  })

  it('keeps combinations of labels within 2,000 series, with an exact total', async () => {
    const { pairs } = defineMetrics({
      pairs: {
        name: 'many.pairs',
        kind: 'counter',
        unit: '',
        description: 'Pairs.',
        attributes: { a: { limit: 100 }, b: { limit: 100 } },
      },
    })
    for (let a = 0; a < 100; a += 1) for (let b = 0; b < 100; b += 1) pairs.record(1, { a: `${a}`, b: `${b}` })

    const series = [...(await recorded.all())].filter(([sample]) => sample.startsWith('many_pairs_total'))
    expect(series.length).toBe(2000)
    expect(series.reduce((sum, [, value]) => sum + value, 0)).toBe(10_000)
    expect(await recorded.value('many_pairs_total{otel_metric_overflow="true"}')).toBe(10_000 - 1999)
  })

  it('rejects an invalid definition with every fault, and defines none of its metrics', () => {
    const wrong = () =>
      defineMetrics({
        clash: { name: 'mcp.tool.calls', kind: 'counter', unit: '', description: 'x' },
        odd: { name: '1 odd name', kind: 'counter', unit: '', description: '' },
        labels: {
          name: 'l',
          kind: 'gauge',
          unit: '',
          description: 'x',
          attributes: { le: ['1'], 'a.b': ['1'], a_b: ['1'], n: { limit: 0 }, none: [] },
        },
        buckets: { name: 'b', kind: 'counter', unit: '', description: 'x', buckets: [2, 1] },
        free: { name: 'free.metric', kind: 'counter', unit: '', description: 'x' },
      })
    expect(wrong).toThrow(TypeError)
    for (const fault of [
      "mcp_tool_calls_total is mcp.tool.calls's",
      '1 odd name: a name starts with a letter',
      'a description is needed',
      'the label "le" is reserved',
      'the attributes a.b and a_b are one label',
      'the limit of n',
      'the values of none',
      'only a histogram has buckets',
      'ascending',
    ]) {
      expect(wrong).toThrow(fault)
    }
    defineMetrics({ free: { name: 'free.metric', kind: 'counter', unit: '', description: 'x' } })
    expect(() =>
      defineMetrics({ again: { name: 'free_metric', kind: 'counter', unit: '', description: 'x' } }),
    ).toThrow("free.metric's")
  })

  it.each([
    ['the family of a counter', { name: 'clash.a', kind: 'counter' }, { name: 'clash.a', kind: 'gauge' }],
    ['the sum of a histogram', { name: 'clash.b', kind: 'histogram' }, { name: 'clash.b.sum', kind: 'gauge' }],
    [
      'the buckets of a histogram',
      { name: 'clash.c.bucket', kind: 'upDownCounter' },
      { name: 'clash.c', kind: 'histogram' },
    ],
    ['the name in another case', { name: 'clash.d', kind: 'gauge' }, { name: 'Clash.D', kind: 'gauge' }],
    [
      'the name with its unit',
      { name: 'clash.e.seconds', kind: 'gauge' },
      { name: 'clash.e', kind: 'gauge', unit: 's' },
    ],
    ['the name with its total suffix', { name: 'clash.f', kind: 'counter' }, { name: 'clash.f.total', kind: 'gauge' }],
  ] as const)('rejects a metric that clashes with %s of another metric, in either order', (_, first, second) => {
    const spec = (given: {
      name: string
      kind: 'counter' | 'gauge' | 'histogram' | 'upDownCounter'
      unit?: string
    }) => ({
      unit: '',
      description: 'Clashes.',
      ...given,
    })
    expect(() => defineMetrics({ first: spec(first), second: spec(second) })).toThrow(`is ${first.name}'s`)
    defineMetrics({ second: spec(second) })
    expect(() => defineMetrics({ first: spec(first) })).toThrow(`is ${second.name}'s`)
  })

  it('rejects invalid names and labels, and those that Prometheus and OpenTelemetry reserve', () => {
    for (const name of ['up', 'target.info', 'otel.scope', 'scrape_duration', 'x'.repeat(256), 'a b', '1a', 'ключ']) {
      expect(() => defineMetrics({ m: { name, kind: 'gauge', unit: '', description: 'x' } }), name).toThrow(TypeError)
    }
    for (const key of [
      'le',
      'job',
      'instance',
      'quantile',
      'otel.metric.overflow',
      'otel.scope.name',
      '__name__',
      '',
      'é',
    ]) {
      const attributes = { [key]: ['x'] }
      const define = () => defineMetrics({ m: { name: 'fine', kind: 'gauge', unit: '', description: 'x', attributes } })
      expect(define, key).toThrow(TypeError)
    }
  })

  it('reports any invalid input as a fault, and never as another error', () => {
    const junk: unknown[] = [
      null,
      undefined,
      1,
      'x',
      [],
      Symbol('s'),
      () => {},
      {},
      { limit: '5' },
      { limit: 2001 },
      [''],
    ]
    for (const value of junk) {
      const message = (spec: object) => {
        try {
          defineMetrics({ m: spec as never })
        } catch (error) {
          return (error as Error).message
        }
        return 'accepted'
      }
      const fine = { name: `junk.${junk.indexOf(value)}`, kind: 'histogram', unit: '', description: 'x' }
      for (const member of ['name', 'kind', 'unit', 'description'] as const) {
        if (typeof value === 'string') continue
        expect(message({ ...fine, [member]: value }), member).toContain('cannot be defined')
      }
      expect(message({ ...fine, attributes: { a: value } })).toContain('cannot be defined')
      if (value !== undefined) expect(message({ ...fine, buckets: value })).toContain('cannot be defined')
      expect(() => defineMetrics({ m: value as never })).toThrow('cannot be defined')
    }
  })

  it('keeps the fractions of amounts, and records counts as whole numbers', async () => {
    const { revenue, orders } = defineMetrics({
      revenue: { name: 'sums.revenue', kind: 'counter', unit: 'EUR', description: 'Revenue.' },
      orders: { name: 'sums.orders', kind: 'counter', unit: '{order}', description: 'Orders.' },
    })
    for (let sale = 0; sale < 4; sale += 1) revenue.record(0.25)
    orders.record(1.2)

    expect(await recorded.value('sums_revenue_EUR_total')).toBe(1)
    expect(await recorded.value('sums_orders_total')).toBe(1)
  })

  it('ignores later changes to the object of a definition', async () => {
    const buckets = [1, 2]
    const region = ['eu']
    const { wait } = defineMetrics({
      wait: { name: 'later.wait', kind: 'histogram', unit: 's', description: 'Wait.', buckets, attributes: { region } },
    })
    buckets.reverse()
    region.push('us')
    wait.record(1.5, { region: 'us' })

    const names = [...(await recorded.all()).keys()].filter((sample) => sample.startsWith('later_wait_seconds_bucket'))
    expect(names).toEqual(['1.0', '2.0', '+Inf'].map((le) => `later_wait_seconds_bucket{region="_OTHER",le="${le}"}`))
  })

  it('checks the names and values of attributes at compile time', () => {
    const { typed } = defineMetrics({
      typed: {
        name: 'typed.metric',
        kind: 'counter',
        unit: '',
        description: 'Typed.',
        attributes: { region: ['eu', 'us'], shop: { limit: 5 } },
      },
    })
    typed.record(1, { region: 'eu', shop: 'any text' })
    // @ts-expect-error not a value of the list
    typed.record(1, { region: 'mars' })
    // @ts-expect-error not an attribute of the metric
    typed.record(1, { planet: 'mars' })
  })
})
