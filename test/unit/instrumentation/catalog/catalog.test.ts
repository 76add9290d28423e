import { expect, test } from 'vitest'
import { driftedOutputs } from '../../../../src/generate.ts'
import { ATTRIBUTES } from '../../../../src/instrumentation/catalog/attributes.ts'
import {
  ISSUE_SEVERITIES,
  ISSUE_TYPES,
  REMEDIATION_ACTIONS,
} from '../../../../src/instrumentation/catalog/kubernetes-values.ts'
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
import { REMEDIATIONS, SEVERITIES } from '../../../../src/server/kubernetes/diagnosis/finding.ts'
import { NO_ISSUE, ISSUE_TYPES as REGISTERED } from '../../../../src/server/kubernetes/diagnosis/issue-types.ts'

const metrics: readonly MetricDefinition[] = Object.values(METRICS)

// The lab's own series and labels: its queries, panels and alerts work unchanged on these.
test.each([
  ['toolCalls', 'mcp_tool_calls_total', ['tool_name', 'status']],
  ['toolDuration', 'mcp_tool_duration_seconds', ['tool_name']],
  ['toolErrors', 'mcp_tool_errors_total', ['tool_name', 'error_type']],
  ['activeRequests', 'mcp_active_requests', ['tool_name']],
  ['responseSize', 'mcp_response_size_bytes', ['tool_name']],
  ['kubernetesOperations', 'mcp_kubernetes_operations_total', ['operation', 'resource', 'status']],
  ['podsDiagnosed', 'mcp_pods_diagnosed_total', ['namespace', 'issue_type']],
  ['serverInfo', 'mcp_server_info', ['server_name', 'version', 'node_version']],
] as const)("the lab's %s is %s with exactly its labels", (metric, series, labels) => {
  const { name, unit, kind, attributes } = METRICS[metric] as MetricDefinition
  expect(seriesName(name, unit, kind)).toBe(series)
  expect(attributes.map((attribute) => labelName(ATTRIBUTES[attribute].key))).toEqual(labels)
})

test("the duration's buckets contain the lab's, and finer ones below 0.1 s", () => {
  expect(METRICS.toolDuration.buckets).toEqual(expect.arrayContaining([0.1, 0.5, 1, 2.5, 5, 10, 30, 60]))
  expect(METRICS.toolDuration.buckets.filter((bound) => bound < 0.1).length).toBeGreaterThanOrEqual(5)
})

test('the conventions for MCP have the boundaries they advise, and sessions longer ones', () => {
  const advised = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300]
  expect(METRICS.serverOperationDuration.buckets).toEqual(advised)
  expect(METRICS.clientOperationDuration.buckets).toEqual(advised)
  expect(METRICS.serverSessionDuration.buckets.at(-1)).toBeGreaterThanOrEqual(86_400)
})

test('no two metrics are one series, and none is a sample of another', () => {
  const names = metrics.flatMap(({ name, unit, kind }) => {
    const series = seriesName(name, unit, kind)
    return kind === 'histogram' ? [series, `${series}_bucket`, `${series}_sum`, `${series}_count`] : [series]
  })
  expect(new Set(names).size).toBe(names.length)
})

test('every name is dotted lower case without unit or type', () => {
  for (const { name } of metrics) {
    expect(name).toMatch(/^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$/)
    expect(name).not.toMatch(/(seconds|bytes|total|count|ratio)$/)
  }
})

test('every metric has a description that is a sentence, a UCUM unit, and buckets exactly if it is a histogram', () => {
  for (const { name, description, unit, kind, buckets, integer } of metrics) {
    expect(description, name).toMatch(/^[A-Z].*\.$/)
    expect(unit, name).toMatch(/^(s|By|\{[a-z]+\}|)$/)
    expect(buckets !== undefined, name).toBe(kind === 'histogram')
    expect(buckets ?? [], name).toEqual((buckets ?? []).toSorted((a, b) => a - b))
    if (unit.startsWith('{') || unit === 'By') expect(integer, name).toBe(true)
  }
})

test('every label is closed or bounded', () => {
  for (const [name, attribute] of Object.entries(ATTRIBUTES)) {
    const size =
      'values' in attribute ? attribute.values.length : 'limit' in attribute ? attribute.limit : attribute.range[1]
    expect(size, name).toBeGreaterThan(0)
    if (!('range' in attribute)) expect(size, name).toBeLessThanOrEqual(SERIES_LIMIT)
    expect(attribute.key, name).toMatch(/^[a-z][a-z0-9_.]*$/)
  }
})

test('every attribute is on a metric, and no metric has one label twice', () => {
  const used = new Set(metrics.flatMap(({ attributes }) => attributes))
  expect(Object.keys(ATTRIBUTES).filter((name) => !used.has(name as never))).toEqual([])
  for (const { name, attributes } of metrics) {
    const labels = attributes.map((attribute) => labelName(ATTRIBUTES[attribute].key))
    expect(new Set(labels).size, name).toBe(labels.length)
  }
})

test('every error type that a tool can have by itself is closed and has a side', () => {
  for (const kind of TOOL_ERROR_KINDS) expect(ERROR_SIDES).toHaveProperty(kind)
  for (const type of COMMON_ERROR_TYPES) expect(ERROR_TYPES).toContain(type)
  const callers = Object.entries(ERROR_SIDES).filter(([, side]) => side === 'caller')
  expect(callers.map(([type]) => type)).toEqual(['unknown_tool', 'validation_error'])
})

test('issue types, severities and remediations are those of the diagnosis, which the catalog may not import', () => {
  expect(ISSUE_TYPES).toEqual([NO_ISSUE, ...REGISTERED.map(({ id }) => id)])
  expect(ISSUE_SEVERITIES).toEqual(SEVERITIES)
  expect(REMEDIATION_ACTIONS).toEqual(REMEDIATIONS)
})

test('the reference is what the catalog says', () => {
  expect(driftedOutputs()).toEqual([])
})
