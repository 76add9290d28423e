// Tests createMeterProvider with views that remove attributes, split an instrument or set a limit.
import { ROOT_CONTEXT } from '@opentelemetry/api'
import { createAllowListAttributesProcessor, createDenyListAttributesProcessor } from '@opentelemetry/sdk-metrics'
import { describe, expect, it } from 'vitest'
import { SERIES_LIMIT } from '../../../../src/instrumentation/catalog/overflow.ts'
import { createMetricsPipeline } from '../../../support/telemetry/metrics-pipeline.ts'

describe('createMeterProvider with views', () => {
  it('applies the series limit after a view has removed attributes, with exact totals', async () => {
    const pipeline = createMetricsPipeline([
      { instrumentName: 'c', attributesProcessors: [createDenyListAttributesProcessor(['user'])] },
      { instrumentName: 'o*', attributesProcessors: [createAllowListAttributesProcessor(['shop'])] },
    ])
    const meter = pipeline.provider.getMeter('m')
    const counter = meter.createCounter('c')
    for (let n = 0; n < 5_000; n += 1) counter.add(1, { user: `u${n}`, shop: n % 2 === 0 ? 'a' : 'b' })
    meter.createObservableCounter('o').addCallback((result) => {
      for (let n = 0; n < 5_000; n += 1) result.observe(2, { user: `u${n}`, shop: 'a' })
    })
    const samples = await pipeline.samples()
    expect(samples.get('c_total{shop="a"}')).toBe(2_500)
    expect(samples.get('c_total{shop="b"}')).toBe(2_500)
    expect(samples.get('o_total{shop="a"}')).toBe(10_000)
    expect(pipeline.counts.overflowed).toBe(0)
  })

  it('passes each context to an attributes processor, and drops all attributes if the processor throws', async () => {
    const key = Symbol('tenant')
    const { provider, samples } = createMetricsPipeline([
      {
        instrumentName: 'c',
        attributesProcessors: [
          { process: (attributes, context) => ({ ...attributes, tenant: String(context?.getValue(key)) }) },
        ],
      },
      {
        instrumentName: 'd',
        attributesProcessors: [
          {
            process: () => {
              throw new Error('no')
            },
          },
        ],
      },
    ])
    const counter = provider.getMeter('m').createCounter('c')
    const attributes = Object.freeze({ shop: 's' })
    counter.add(1, attributes, ROOT_CONTEXT.setValue(key, 'a'))
    counter.add(1, attributes, ROOT_CONTEXT.setValue(key, 'b'))
    provider.getMeter('m').createCounter('d').add(1, { secret: 's' })
    const found = await samples()
    expect(found.get('c_total{shop="s",tenant="a"}')).toBe(1)
    expect(found.get('c_total{shop="s",tenant="b"}')).toBe(1)
    expect(found.get('d_total')).toBe(1)
  })

  it('records two views of one instrument as two streams, each with its own attributes and limit', async () => {
    const { provider, samples } = createMetricsPipeline([
      { instrumentName: 'c', name: 'by_shop', attributesProcessors: [createAllowListAttributesProcessor(['shop'])] },
      { instrumentName: 'c', name: 'by_user', attributesProcessors: [createAllowListAttributesProcessor(['user'])] },
    ])
    const counter = provider.getMeter('m').createCounter('c')
    for (let n = 0; n < 3_000; n += 1) counter.add(1, { shop: 's', user: `u${n}` })
    await samples()
    for (let n = 3_000; n < 5_000; n += 1) counter.add(1, { shop: 's', user: `u${n}` })
    const found = await samples()
    expect(found.get('by_shop_total{shop="s"}')).toBe(5_000)
    expect(found.get('by_user_total{otel_metric_overflow="true"}')).toBe(5_000 - (SERIES_LIMIT - 1))
    expect([...found.keys()].filter((sample) => sample.startsWith('by_user_total'))).toHaveLength(SERIES_LIMIT)
  })

  it("keeps a view's own series limit across collections, with an exact total", async () => {
    const { provider, samples } = createMetricsPipeline([{ instrumentName: 'c', aggregationCardinalityLimit: 5 }])
    const counter = provider.getMeter('m').createCounter('c')
    for (let n = 0; n < 40; n += 1) {
      counter.add(1, { n })
      await samples()
    }
    const found = [...(await samples())].filter(([sample]) => sample.startsWith('c_total'))
    expect(found).toHaveLength(5)
    expect(found.reduce((sum, [, value]) => sum + value, 0)).toBe(40)
  })
})
