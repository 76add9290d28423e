import type { Attributes, Meter } from '@opentelemetry/api'
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { writeExposition } from '../../../src/telemetry/exposition.ts'
import { createBoundedPipeline } from '../../support/bounded-pipeline.ts'
import { parseExposition } from '../../support/openmetrics-parser.ts'

/** Expositions, and hostile measurements in each: 10,000 in all. */
const RUNS = 200
const MEASUREMENTS = 50

const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ unit: 'grapheme', maxLength: 10 }),
  fc.constantFrom(
    '',
    ' ',
    '\n',
    '\r\n',
    '\\',
    '"',
    '{',
    '}',
    ',',
    '=',
    '#',
    '\0',
    '\ud800',
    'é',
    'e\u0301',
    '\u202e',
    'x'.repeat(5000),
  ),
  fc.constantFrom(
    'le',
    'quantile',
    '__name__',
    '__proto__',
    'job',
    'otel_scope_name',
    'a.b',
    'a_b',
    'a-b',
    'a..b',
    '1a',
    'constructor',
  ),
  fc.constantFrom('} 1\nup 0', 'x"} 1\n# EOF\n', '\\" 1', 'a\nb{c="d"} 3'),
)
const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.double(),
  fc.boolean(),
  fc.constantFrom<unknown>(
    null,
    undefined,
    Symbol('s'),
    () => 1,
    1n,
    new Date(0),
    { toJSON: () => undefined },
    [],
    ['a', null],
    {
      toString() {
        throw new Error('no text')
      },
    },
  ),
)
const hostileNumber = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1, -0, 1e308, 5e-324),
)
const hostileName = fc.oneof(
  hostileText,
  fc.constantFrom(
    'h',
    'h.bucket',
    'h.sum',
    'h.count',
    'c',
    'c.total',
    'C',
    'x',
    'x.total',
    'target',
    'target.info',
    'canary.total',
    'total',
    'x.created',
    'h.created',
    'mcp.tool.calls',
  ),
)
const measurement = fc.record({
  kind: fc.constantFrom('counter', 'upDownCounter', 'gauge', 'histogram'),
  name: hostileName,
  unit: fc.constantFrom('', 's', 'By', '1', '{x}', 'm/s', 'ms', '\n', '%'),
  description: hostileText,
  attributes: fc.dictionary(hostileText, hostileValue, { maxKeys: 5 }),
  value: hostileNumber,
})
type Measurement = typeof measurement extends fc.Arbitrary<infer T> ? T : never

function record(meter: Meter, { kind, name, unit, description, attributes, value }: Measurement): void {
  const options = { unit, description }
  const labels = attributes as Attributes
  if (kind === 'counter') meter.createCounter(name, options).add(value, labels)
  else if (kind === 'upDownCounter') meter.createUpDownCounter(name, options).add(value, labels)
  else if (kind === 'gauge') meter.createGauge(name, options).record(value, labels)
  else meter.createHistogram(name, options).record(value, labels)
}

const hostileRuns = fc.array(measurement, { minLength: MEASUREMENTS, maxLength: MEASUREMENTS })
const formats = ['text', 'openmetrics'] as const

test('ten thousand hostile names, keys, values and numbers never make an exposition of our provider invalid', async () => {
  const sampled = trace.setSpanContext(ROOT_CONTEXT, {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    traceFlags: 1,
  })
  await fc.assert(
    fc.asyncProperty(hostileRuns, async (measurements) => {
      const pipeline = createBoundedPipeline()
      const canary = pipeline.provider.getMeter('mcp-vitals').createCounter('canary')
      for (const [index, hostile] of measurements.entries()) {
        const meter = pipeline.provider.getMeter(index % 2 === 0 ? 'one' : 'other')
        context.with(sampled, () => record(meter, hostile))
        canary.add(1, {}, sampled)
      }
      for (const format of formats) {
        expect(parseExposition(await pipeline.text(format), format).value('canary_total')).toBe(MEASUREMENTS)
      }
    }),
    { numRuns: RUNS },
  )
}, 60_000)

test("nor those of the stock provider's metrics, as far as that one accepts them", async () => {
  await fc.assert(
    fc.asyncProperty(hostileRuns, async (measurements) => {
      const reader = new PrometheusExporter({ preventServerStart: true })
      const provider = new MeterProvider({ readers: [reader] })
      const canary = provider.getMeter('mcp-vitals').createCounter('canary')
      for (const hostile of measurements) {
        try {
          record(provider.getMeter('one'), hostile)
        } catch {
          // The stock provider throws at some of these; ours may not, which the test above sees.
        }
        canary.add(1)
      }
      const { resourceMetrics } = await reader.collect()
      for (const format of formats) {
        let text = ''
        for await (const piece of writeExposition(resourceMetrics, { format })) text += piece
        expect(parseExposition(text, format).value('canary_total')).toBe(MEASUREMENTS)
      }
    }),
    { numRuns: RUNS },
  )
}, 60_000)
