import { describe, expect, it } from 'vitest'
import { driftedOutputs } from '../../../../src/generate.ts'
import { ATTRIBUTES } from '../../../../src/instrumentation/catalog/attributes.ts'
import { ISSUE_TYPES } from '../../../../src/instrumentation/catalog/kubernetes-values.ts'
import type { MetricDefinition } from '../../../../src/instrumentation/catalog/metric-definition.ts'
import { METRICS } from '../../../../src/instrumentation/catalog/metrics.ts'
import {
  COMMON_ERROR_TYPES,
  ERROR_SIDES,
  ERROR_TYPES,
  TOOL_ERROR_KINDS,
} from '../../../../src/instrumentation/catalog/outcome-values.ts'
import { SERIES_LIMIT } from '../../../../src/instrumentation/catalog/overflow.ts'
import { labelName, seriesName } from '../../../../src/instrumentation/catalog/series.ts'

const metrics: readonly MetricDefinition[] = Object.values(METRICS)

describe('METRICS', () => {
  // These are the series and labels of the lab. Its queries, panels and alerts must work unchanged.
  it.each([
    ['toolCalls', 'mcp_tool_calls_total', ['tool_name', 'status']],
    ['toolDuration', 'mcp_tool_duration_seconds', ['tool_name']],
    ['toolErrors', 'mcp_tool_errors_total', ['tool_name', 'error_type']],
    ['activeRequests', 'mcp_active_requests', ['tool_name']],
    ['responseSize', 'mcp_response_size_bytes', ['tool_name']],
    ['kubernetesOperations', 'mcp_kubernetes_operations_total', ['operation', 'resource', 'status']],
    ['podsDiagnosed', 'mcp_pods_diagnosed_total', ['namespace', 'issue_type']],
    ['serverInfo', 'mcp_server_info', ['server_name', 'version', 'node_version']],
  ] as const)('exposes %s as %s with exactly the labels of the lab', (metric, series, labels) => {
    const { name, unit, kind, attributes } = METRICS[metric] as MetricDefinition
    expect(seriesName(name, unit, kind)).toBe(series)
    expect(attributes.map((attribute) => labelName(ATTRIBUTES[attribute].key))).toEqual(labels)
  })

  it('gives toolDuration the buckets of the lab, and finer ones below 0.1 s', () => {
    expect(METRICS.toolDuration.buckets).toEqual(expect.arrayContaining([0.1, 0.5, 1, 2.5, 5, 10, 30, 60]))
    expect(METRICS.toolDuration.buckets.filter((bound) => bound < 0.1).length).toBeGreaterThanOrEqual(5)
  })

  it('uses the buckets that the MCP conventions advise, and longer ones for sessions', () => {
    const advised = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300]
    expect(METRICS.serverOperationDuration.buckets).toEqual(advised)
    expect(METRICS.clientOperationDuration.buckets).toEqual(advised)
    expect(METRICS.serverSessionDuration.buckets.at(-1)).toBeGreaterThanOrEqual(86_400)
  })

  it('maps no two metrics to the same series, or to a sample of another series', () => {
    const names = metrics.flatMap(({ name, unit, kind }) => {
      const series = seriesName(name, unit, kind)
      return kind === 'histogram' ? [series, `${series}_bucket`, `${series}_sum`, `${series}_count`] : [series]
    })
    expect(new Set(names).size).toBe(names.length)
  })

  it('names every metric in dotted lower case, without unit or type', () => {
    for (const { name } of metrics) {
      expect(name).toMatch(/^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$/)
      expect(name).not.toMatch(/(seconds|bytes|total|count|ratio)$/)
    }
  })

  it('gives every metric a sentence as its description, a UCUM unit, and buckets only for histograms', () => {
    for (const { name, description, unit, kind, buckets, integer } of metrics) {
      expect(description, name).toMatch(/^[A-Z].*\.$/)
      expect(unit, name).toMatch(/^(s|By|\{[a-z]+\}|)$/)
      expect(buckets !== undefined, name).toBe(kind === 'histogram')
      expect(buckets ?? [], name).toEqual((buckets ?? []).toSorted((a, b) => a - b))
      if (unit.startsWith('{') || unit === 'By') expect(integer, name).toBe(true)
    }
  })
})

describe('ATTRIBUTES', () => {
  it('bounds every label by its values, its limit or its range', () => {
    for (const [name, attribute] of Object.entries(ATTRIBUTES)) {
      const size =
        'values' in attribute ? attribute.values.length : 'limit' in attribute ? attribute.limit : attribute.range[1]
      expect(size, name).toBeGreaterThan(0)
      if (!('range' in attribute)) expect(size, name).toBeLessThanOrEqual(SERIES_LIMIT)
      expect(attribute.key, name).toMatch(/^[a-z][a-z0-9_.]*$/)
    }
  })

  it('lists only attributes that a metric uses, and gives no metric the same label twice', () => {
    const used = new Set(metrics.flatMap(({ attributes }) => attributes))
    expect(Object.keys(ATTRIBUTES).filter((name) => !used.has(name as never))).toEqual([])
    for (const { name, attributes } of metrics) {
      const labels = attributes.map((attribute) => labelName(ATTRIBUTES[attribute].key))
      expect(new Set(labels).size, name).toBe(labels.length)
    }
  })
})

describe('ERROR_TYPES and ERROR_SIDES', () => {
  it('cover every tool error, with only unknown_tool and validation_error on the side of the caller', () => {
    for (const kind of TOOL_ERROR_KINDS) expect(ERROR_SIDES).toHaveProperty(kind)
    for (const type of COMMON_ERROR_TYPES) expect(ERROR_TYPES).toContain(type)
    const callers = Object.entries(ERROR_SIDES).filter(([, side]) => side === 'caller')
    expect(callers.map(([type]) => type)).toEqual(['unknown_tool', 'validation_error'])
  })
})

describe('kubernetes-values.ts', () => {
  it('names each issue type once, in snake_case', () => {
    expect(new Set(ISSUE_TYPES).size).toBe(ISSUE_TYPES.length)
    for (const type of ISSUE_TYPES) expect(type).toMatch(/^[a-z][a-z0-9_]*$/)
  })
})

describe('driftedOutputs', () => {
  it('finds no generated file that differs from its source', () => {
    expect(driftedOutputs()).toEqual([])
  })
})
