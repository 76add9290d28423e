// Nothing in, measurements out that are as hostile as an instrument accepts: names, keys, values, units and numbers that break
// a naive exposition. For property tests, and for a real Prometheus to scrape.
import type { Attributes, Meter } from '@opentelemetry/api'
import fc from 'fast-check'

/** Hostile measurements of each exposition. */
export const MEASUREMENTS = 50

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
export type Measurement = typeof measurement extends fc.Arbitrary<infer T> ? T : never

export function record(meter: Meter, { kind, name, unit, description, attributes, value }: Measurement): void {
  const options = { unit, description }
  const labels = attributes as Attributes
  if (kind === 'counter') meter.createCounter(name, options).add(value, labels)
  else if (kind === 'upDownCounter') meter.createUpDownCounter(name, options).add(value, labels)
  else if (kind === 'gauge') meter.createGauge(name, options).record(value, labels)
  else meter.createHistogram(name, options).record(value, labels)
}

/** The measurements of one exposition. */
export const hostileRuns = fc.array(measurement, { minLength: MEASUREMENTS, maxLength: MEASUREMENTS })
