// Checks the dashboards with the rules of the dashboard-linter, and the rules with known violations.
import { describe, expect, it } from 'vitest'
import type { Dashboard } from '../../../src/dashboards/classic-json.ts'
import { DASHBOARD_FILES } from '../../support/grafana/dashboard-files.ts'
import { EXCLUSIONS, LINT_RULES, lint } from '../../support/grafana/dashboard-lint.ts'

// A violation for each rule: text of the JSON, and its replacement.
const FAULTS = [
  ['template-datasource-rule', '"label": "Data source"', '"label": "Source"'],
  ['template-job-rule', '"allValue": ".+"', '"allValue": ".*"'],
  ['template-instance-rule', '"label": "Instance"', '"label": "Server"'],
  [
    'template-label-promql-rule',
    '"query": "label_values(mcp_tool_calls_total{',
    '"query": "label_values(mcp_tool_calls_total{{',
  ],
  ['template-on-time-change-reload-rule', '"refresh": 2', '"refresh": 1'],
  ['panel-datasource-rule', /"uid": "\$\{datasource\}"/g, '"uid": "P1809F7CD0C75ACF3"'],
  [
    'panel-title-description-rule',
    '"description": "Tool calls per second, by tool',
    '"description": "tool calls per second, by tool',
  ],
  ['panel-units-rule', '"unit": "reqps"', '"unit": "calls"'],
  ['panel-no-targets-rule', /"targets": \[[^\]]*\}\n {6}\]/g, '"targets": []'],
  ['target-promql-rule', 'sum by (tool_name, status) (rate(', 'sum by (tool_name, status) rate('],
  ['target-rate-interval-rule', '[$__rate_interval]', '[5m]'],
  ['target-job-rule', 'job=~\\"$job\\", instance', 'instance'],
  ['target-instance-rule', 'instance=~\\"$instance\\"', 'instance=\\"10.0.0.1:9464\\"'],
  ['target-counter-agg-rule', 'sum by (tool_name, status) (rate(', 'sum by (tool_name, status) (delta('],
  ['target-logql-rule', '"type": "prometheus"', '"type": "loki"'],
  ['target-logql-auto-rule', '"type": "prometheus"', '"type": "loki"'],
  ['uneditable-dashboard', '"editable": false', '"editable": true'],
] as const

describe('each dashboard', () => {
  it.each(DASHBOARD_FILES)('passes the rules of the dashboard-linter: $name', ({ dashboard }) => {
    expect(lint(dashboard)).toEqual([])
  })
})

describe('each lint exclusion', () => {
  it('has a reason, and matches an existing violation', () => {
    for (const [rule, { reason, entries }] of Object.entries(EXCLUSIONS.exclusions)) {
      expect(reason).toMatch(/^[A-Z].*\.$/)
      for (const { dashboard, panel } of entries) {
        const file = DASHBOARD_FILES.find((one) => one.dashboard.title === dashboard)
        const found = LINT_RULES[rule]?.(file?.dashboard as Dashboard) ?? []
        expect(
          found.map((one) => one.panel),
          `${rule} of ${panel}`,
        ).toContain(panel)
      }
    }
  })
})

describe('each lint rule', () => {
  it.each(FAULTS)('reports a violation: %s', (rule, right, wrong) => {
    const whole = JSON.stringify(
      DASHBOARD_FILES.find(({ name }) => name === 'mcp-server-dashboard')?.dashboard,
      null,
      2,
    )
    const broken = whole.replaceAll(right, () => wrong)

    expect(broken).not.toBe(whole)
    expect(LINT_RULES[rule]?.(JSON.parse(broken))).not.toEqual([])
  })

  it('has a test with a violation', () => {
    expect(FAULTS.map(([rule]) => rule).toSorted()).toEqual(Object.keys(LINT_RULES).toSorted())
  })
})
