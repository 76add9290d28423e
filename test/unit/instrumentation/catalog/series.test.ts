import { describe, expect, it } from 'vitest'
import type { SeriesKind } from '../../../../src/instrumentation/catalog/series.ts'
import { labelName, seriesName, seriesUnit } from '../../../../src/instrumentation/catalog/series.ts'

// The names that the OTLP receiver of Prometheus 3 and the exporter of the Collector produce, as measured.
const MEASURED: readonly (readonly [string, string, SeriesKind, string])[] = [
  ['mcp.tool.calls', '{call}', 'counter', 'mcp_tool_calls_total'],
  ['mcp.tool.duration', 's', 'histogram', 'mcp_tool_duration_seconds'],
  ['mcp.response.size', 'By', 'histogram', 'mcp_response_size_bytes'],
  ['mcp.tool.cpu.time', 's', 'counter', 'mcp_tool_cpu_time_seconds_total'],
  ['mcp.active_requests', '{request}', 'upDownCounter', 'mcp_active_requests'],
  ['mcp.server.info', '', 'gauge', 'mcp_server_info'],
  ['ratio.gauge', '1', 'gauge', 'gauge_ratio'],
  ['process.cpu.utilization', '1', 'gauge', 'process_cpu_utilization_ratio'],
]

describe('seriesName', () => {
  it.each(MEASURED)('maps %s with unit %j and kind %s to %s', (name, unit, kind, series) => {
    expect(seriesName(name, unit, kind)).toBe(series)
  })

  it.each([
    ['requests.total', '', 'counter', 'requests_total'],
    ['total.requests', '', 'counter', 'requests_total'],
    ['wait.seconds', 's', 'histogram', 'wait_seconds'],
    ['speed', 'm/s', 'gauge', 'speed_meters_per_second'],
    ['rate', '{request}/s', 'gauge', 'rate_per_second'],
    ['a..b--c', '', 'gauge', 'a_b_c'],
    ['1st', '', 'gauge', '_1st'],
    ['total.memory', 'By', 'gauge', 'total_memory_bytes'],
    ['total', '', 'counter', 'total'],
    ['é', 's', 'counter', 'unnamed_seconds_total'],
    ['', '1', 'gauge', 'unnamed_ratio'],
    ['x.second', '1/s', 'gauge', 'x_second_per_second'],
    ['x', 'By/s/m', 'gauge', 'x_bytes_per_s_m'],
    ['x', 'm/min', 'gauge', 'x_meters_per_min'],
    ['x', 'constructor', 'gauge', 'x_constructor'],
    ['x', '__proto__/toString', 'gauge', 'x_proto_per_toString'],
  ] as const)('maps the edge case %s with unit %j and kind %s to %s', (name, unit, kind, series) => {
    expect(seriesName(name, unit, kind)).toBe(series)
  })
})

describe('seriesUnit', () => {
  it('returns the unit suffix of the name, and an empty string if there is none', () => {
    expect(seriesUnit('mcp.tool.duration', 's', 'histogram')).toBe('seconds')
    expect(seriesUnit('mcp.tool.cpu.time', 's', 'counter')).toBe('seconds')
    expect(seriesUnit('mcp.tool.calls', '{call}', 'counter')).toBe('')
    expect(seriesUnit('seconds.of.delay', 's', 'gauge')).toBe('')
  })
})

describe('labelName', () => {
  it('replaces all but letters, digits and underscores, and prefixes an invalid start', () => {
    expect(labelName('gen_ai.tool.name')).toBe('gen_ai_tool_name')
    expect(labelName('1abc')).toBe('key_1abc')
    expect(labelName('ключ')).toBe('____')
    expect(labelName('\u{1f600}\u{1f600}a')).toBe('__a')
    expect(labelName('_x')).toBe('key_x')
    expect(labelName('a..b')).toBe('a__b')
    expect(labelName('')).toBe('key_')
  })
})
