import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { writeExposition } from '../../../../src/telemetry/scrape/exposition.ts'
import { FORMATS, parseExposition } from '../../../support/prometheus/openmetrics-parser.ts'
import { hostileRuns, MEASUREMENTS, record } from '../../../support/telemetry/hostile-metrics.ts'
import { createMetricsPipeline } from '../../../support/telemetry/metrics-pipeline.ts'

/** Each run has 50 hostile measurements: 10,000 in total. */
const RUNS = 200

describe('writeExposition', () => {
  it('writes valid output for 10,000 hostile measurements of the bounded meter provider', async () => {
    const sampled = trace.setSpanContext(ROOT_CONTEXT, {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      traceFlags: 1,
    })
    await fc.assert(
      fc.asyncProperty(hostileRuns, async (measurements) => {
        const pipeline = createMetricsPipeline()
        const canary = pipeline.provider.getMeter('mcp-vitals').createCounter('canary')
        for (const [index, hostile] of measurements.entries()) {
          const meter = pipeline.provider.getMeter(index % 2 === 0 ? 'one' : 'other')
          context.with(sampled, () => record(meter, hostile))
          canary.add(1, {}, sampled)
        }
        for (const format of FORMATS) {
          expect(parseExposition(await pipeline.text(format), format).value('canary_total')).toBe(MEASUREMENTS)
        }
      }),
      { numRuns: RUNS },
    )
  }, 60_000)

  it('writes valid output for the hostile measurements that the stock meter provider accepts', async () => {
    await fc.assert(
      fc.asyncProperty(hostileRuns, async (measurements) => {
        const reader = new PrometheusExporter({ preventServerStart: true })
        const provider = new MeterProvider({ readers: [reader] })
        const canary = provider.getMeter('mcp-vitals').createCounter('canary')
        for (const hostile of measurements) {
          try {
            record(provider.getMeter('one'), hostile)
          } catch {
            // The stock provider throws on some of these. The bounded provider must not: the test above checks that.
          }
          canary.add(1)
        }
        const { resourceMetrics } = await reader.collect()
        for (const format of FORMATS) {
          let text = ''
          for await (const piece of writeExposition(resourceMetrics, { format })) text += piece
          expect(parseExposition(text, format).value('canary_total')).toBe(MEASUREMENTS)
        }
      }),
      { numRuns: RUNS },
    )
  }, 60_000)
})
