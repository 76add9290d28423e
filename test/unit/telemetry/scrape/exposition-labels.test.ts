// Tests how attributes become labels in both formats.
import { describe, expect, it } from 'vitest'
import { FORMATS } from '../../../support/prometheus/openmetrics-parser.ts'
import { exposeMetrics } from '../../../support/telemetry/exposed-metrics.ts'

describe.each(FORMATS)('writeExposition in %s format', (format) => {
  it('preserves label values that contain quotes, newlines or exposition syntax', async () => {
    const metrics = exposeMetrics()
    const counter = metrics.provider.getMeter('a').createCounter('c')
    const values = ['"', '\\', '\n', '\\n', 'a"b\\c\nd', '} 1\nup 0', 'é😀', '\u0000\r\t', ' # {', '\u2028', '# EOF']
    for (const [index, value] of values.entries()) counter.add(index + 1, { value })
    const parsed = await metrics.parsed(format)
    for (const [index, value] of values.entries()) expect(parsed.value('c_total', { value })).toBe(index + 1)
  })

  it('writes non-string values as JSON, replaces lone surrogates, and omits empty values', async () => {
    const metrics = exposeMetrics()
    const counter = metrics.provider.getMeter('a').createCounter('c')
    counter.add(1, { list: ['a', 'b'], yes: true, n: 1.5, half: 'a\ud800', none: '', nothing: undefined })
    const labels = { list: '["a","b"]', yes: 'true', n: '1.5', half: 'a\ufffd' }
    expect((await metrics.parsed(format)).value('c_total', labels)).toBe(1)
  })

  it('joins the values of keys that become one label, in the order of the keys', async () => {
    const metrics = exposeMetrics()
    metrics.provider.getMeter('a').createCounter('c').add(1, { a_b: '3', 'a.b': '2', 'a-b': '1', 'x y': 'z' })
    expect((await metrics.parsed(format)).value('c_total', { a_b: '1;2;3', x_y: 'z' })).toBe(1)
  })

  it('renames keys that are reserved or invalid in Prometheus', async () => {
    const metrics = exposeMetrics()
    const meter = metrics.provider.getMeter('a')
    meter.createCounter('c').add(1, { __name__: 'up', le: '1', quantile: '0.5', '': 'empty', '1st': 'digit' })
    meter.createHistogram('h').record(1, { le: '1', __proto: 'x' })
    const parsed = await metrics.parsed(format)
    const labels = { key___name__: 'up', le: '1', key_quantile: '0.5', key_: 'empty', key_1st: 'digit' }
    expect(parsed.value('c_total', labels)).toBe(1)
    expect(parsed.value('h_count', { key_le: '1', key___proto: 'x' })).toBe(1)
  })

  it('drops only a point whose keys cannot be read, and writes _OTHER for a getter that throws', async () => {
    const metrics = exposeMetrics()
    const counter = metrics.provider.getMeter('a').createCounter('c')
    let armed = false
    const trap = new Proxy({ a: 'b' }, { ownKeys: (target) => (armed ? fail() : Reflect.ownKeys(target)) })
    const bad = Object.defineProperty({}, 'bad', { enumerable: true, get: () => (armed ? fail() : 'x') })
    counter.add(1, trap)
    counter.add(2, bad)
    counter.add(3, { fine: 'yes' })
    armed = true
    const parsed = await metrics.parsed(format)
    expect(parsed.value('c_total', { fine: 'yes' })).toBe(3)
    expect(parsed.value('c_total', { bad: '_OTHER' })).toBe(2)
  })
})

function fail(): never {
  throw new Error('not to be looked at')
}
