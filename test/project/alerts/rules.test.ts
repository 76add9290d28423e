// Checks the rule files and runbooks against the catalog, known series and each other.
import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { prometheusRule, RULE_FILES } from '../../../src/alerts/prometheus-rule.ts'
import type { MetricDefinition } from '../../../src/index.ts'
import { METRICS, seriesName } from '../../../src/index.ts'
import { ERROR_SIDES, STATUSES } from '../../../src/instrumentation/catalog/outcome-values.ts'
import { KNOWN_SERIES } from '../../support/prometheus/known-series.ts'
import { parsePromql } from '../../support/prometheus/promql.ts'
import {
  alertRules,
  groupsIn,
  recordingRules,
  ruleFiles,
  runbookQueries,
  runbooks,
  runbookText,
} from '../../support/prometheus/rule-files.ts'

const RUNBOOKS = 'https://runbooks.example.com/mcp-vitals/'
const DASHBOARDS = 'https://grafana.example.com/d/'
/** The UIDs of the dashboards, which are part of their URLs. */
const UIDS = ['mcp-server', 'mcp-tool', 'mcp-platform', 'mcp-kubernetes', 'mcp-telemetry']

const alerts = alertRules()
const recorded = recordingRules()
const names = [...new Set(alerts.map(({ alert }) => alert))]
/** Each expression with its location. */
const expressions: [string, string][] = [
  ...alerts.map(({ file, alert, expr }): [string, string] => [`${file} ${alert}`, expr]),
  ...recorded.map(({ file, record, expr }): [string, string] => [`${file} ${record}`, expr]),
  ...runbooks().flatMap((name) =>
    runbookQueries(name).map((query): [string, string] => [`runbooks/${name}.md`, query]),
  ),
]

describe('the alerts', () => {
  it('start with the four alerts of the lab, with their names, thresholds, `for` and severities', () => {
    const group = groupsIn('mcp-server-alerts.yml').find(({ name }) => name === 'mcp_server')
    const shown = alerts
      .filter((alert) => alert.group === 'mcp_server')
      .map(({ alert, for: wait, labels, expr }) => [
        alert,
        wait,
        labels['severity'],
        /[><=]= ?0|> [\d.]+/.exec(expr)?.[0],
      ])

    // Shorter than the lab's 30 s, so that a notification follows within 30 s of the `for`.
    expect(group?.interval).toBe('10s')
    expect(shown).toEqual([
      ['MCPServerDown', '5m', 'critical', '== 0'],
      ['HighErrorRate', '10m', 'warning', '> 0.1'],
      ['HighLatency', '10m', 'warning', '> 5'],
      ['TooManyActiveRequests', '5m', 'warning', '> 50'],
    ])
  })

  it('have a severity, a fixed summary, a description of the case, and links to runbook and dashboard', () => {
    expect(alerts.length).toBeGreaterThan(30)
    for (const { alert, labels, annotations } of alerts) {
      const { summary = '', description = '', runbook_url = '', dashboard_url = '', ...rest } = annotations
      expect(['critical', 'warning', 'info', 'none'], alert).toContain(labels['severity'])
      expect(summary, alert).toMatch(/^[A-Z][^{}]*\.$/)
      if (alert !== 'Watchdog') expect(description, alert).toMatch(/\{\{ \$(labels|value)/)
      expect(runbook_url, alert).toBe(`${RUNBOOKS}${alert}.md`)
      expect(dashboard_url.startsWith(DASHBOARDS), alert).toBe(true)
      expect(UIDS, alert).toContain(dashboard_url.slice(DASHBOARDS.length).split('?')[0])
      expect(rest, alert).toEqual({})
    }
  })

  it('combine each pair of burn rate windows with its pace, severity and `for`, and use one budget per alert', () => {
    const rows = (name: string) =>
      alerts
        .filter(({ alert }) => alert === name)
        .map(({ labels, expr, for: wait }) => [
          labels['long'],
          labels['short'],
          labels['severity'],
          wait,
          ...new Set([...expr.matchAll(/> ([\d.]+) \* ([\d.]+)/g)].map(([, pace, budget]) => `${pace} × ${budget}`)),
          ...[...expr.matchAll(/(?:ratio_rate|increase)(\w+)/g)].map(([, window]) => window),
        ])
    const table = (budget: string) => [
      ['1h', '5m', 'critical', '2m', `14.4 × ${budget}`, '1h', '5m', '1h'],
      ['6h', '30m', 'critical', '15m', `6 × ${budget}`, '6h', '30m', '6h'],
      ['1d', '2h', 'warning', '1h', `3 × ${budget}`, '1d', '2h', '1d'],
      ['3d', '6h', 'warning', '3h', `1 × ${budget}`, '3d', '6h', '3d'],
    ]
    expect(rows('MCPErrorBudgetBurn')).toEqual(table('0.005'))
    expect(rows('MCPLatencyBudgetBurn')).toEqual(table('0.05'))
  })
})

describe('the runbooks', () => {
  it('exist for every alert and no other, with the four standard sections and at least one query', () => {
    expect(runbooks().sort()).toEqual([...names].sort())
    for (const name of names) {
      const headings = [...runbookText(name).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading)
      expect(headings, name).toEqual([name, 'Meaning', 'Impact', 'Diagnosis', 'Mitigation'])
      expect(runbookQueries(name).length, name).toBeGreaterThan(0)
    }
  })

  it('link only to existing runbooks', () => {
    const links = names.flatMap((name) =>
      [...runbookText(name).matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => String(target)),
    )
    expect(links.length).toBeGreaterThan(20)
    expect(links.filter((target) => !names.includes(basename(target, '.md')))).toEqual([])
  })
})

describe('each expression in rules and runbooks', () => {
  it('is valid PromQL', () => {
    const faults = expressions.flatMap(([where, expr]) => parsePromql(expr).faults.map((fault) => `${where}: ${fault}`))
    expect(faults).toEqual([])
  })

  it('selects only recorded or known series, and only by labels that they have', () => {
    const own = new Set(recorded.map(({ record }) => record))
    const unknown = expressions.flatMap(([where, expr]) =>
      parsePromql(expr).selectors.flatMap(({ name, matchers, text }) => {
        if (name === '' || own.has(name)) return []
        const labels = KNOWN_SERIES.get(name)
        if (labels === undefined) return [`${where}: ${name}`]
        return matchers
          .filter(({ label }) => ![...labels, 'job', 'instance'].includes(label))
          .map(({ label }) => `${where}: ${label} of ${text}`)
      }),
    )
    expect(unknown).toEqual([])
  })

  it('selects a bucket only by a fractional bound that exists', () => {
    const bounds = new Map(
      Object.values<MetricDefinition>(METRICS).map(({ name, unit, kind, buckets }) => [
        `${seriesName(name, unit, kind)}_bucket`,
        buckets ?? [],
      ]),
    )
    const selected = expressions.flatMap(([where, expr]) =>
      parsePromql(expr).selectors.flatMap(({ name, matchers }) =>
        matchers.filter(({ label }) => label === 'le').map(({ op, value }) => ({ where, name, op, value })),
      ),
    )
    expect(selected.length).toBeGreaterThan(10)
    for (const { where, name, op, value } of selected) {
      expect(op, where).toBe('=')
      expect(Number.isInteger(Number(value)), where).toBe(false)
      expect(bounds.get(name), where).toContain(Number(value))
    }
  })

  it('excludes exactly the error types that the catalog assigns to the caller, if it excludes any', () => {
    const callers = Object.entries(ERROR_SIDES)
      .filter(([, side]) => side === 'caller')
      .map(([type]) => type)
      .sort()
    const left = expressions.flatMap(([where, expr]) =>
      parsePromql(expr).selectors.flatMap(({ matchers }) =>
        matchers.filter(({ label, op }) => label === 'error_type' && op === '!~').map(({ value }) => [where, value]),
      ),
    )
    expect(left.length).toBeGreaterThan(10)
    expect(left.filter(([, value]) => String(value?.split('|').sort()) !== String(callers))).toEqual([])
  })
})

describe('the recording rules', () => {
  it('exclude cancelled calls, calls that wait for input and calls answered with a task from the service levels', () => {
    const ended = recorded
      .filter(({ record }) => record.startsWith('job:mcp_tool_server_faults:ratio_'))
      .flatMap(({ expr }) => parsePromql(expr).selectors.filter(({ name }) => name === 'mcp_tool_calls_total'))
      .map(({ matchers }) => matchers.find(({ label }) => label === 'status')?.value.split('|'))

    expect(ended).toHaveLength(7)
    for (const statuses of ended) {
      expect(STATUSES.filter((status) => !statuses?.includes(status))).toEqual(['cancelled', 'input_required', 'task'])
    }
  })

  it('use the window in their name, and a name of three parts', () => {
    const said = recorded.flatMap(({ record, expr }) => {
      const window = /(?:rate|increase)(\d+[mhd])$/.exec(record)?.[1]
      const ranges = parsePromql(expr).selectors.map(({ range }) => range)
      return window === undefined || ranges.every((range) => range === window) ? [] : [record]
    })
    expect(said).toEqual([])
    expect(recorded.filter(({ record }) => !/^[a-z_]+:[a-z_]+:[a-z0-9_]+$/.test(record))).toEqual([])
  })
})

describe('the unit tests of the alerts', () => {
  it('cover each alert firing with its annotations, silent with data, and silent without data', () => {
    interface UnitTest {
      input_series: { series: string }[]
      alert_rule_test?: { alertname: string; exp_alerts: { exp_labels: object; exp_annotations?: object }[] }[]
    }
    const tests = globSync('alerts/tests/*.test.yml').flatMap(
      (file) => (parse(readFileSync(file, 'utf8')) as { tests: UnitTest[] }).tests,
    )
    const of = (name: string) =>
      tests.flatMap(({ input_series, alert_rule_test = [] }) =>
        alert_rule_test.filter(({ alertname }) => alertname === name).map((check) => ({ input_series, ...check })),
      )
    // These two must fire without data.
    const onNothing = ['MCPServerDown', 'Watchdog']
    for (const name of names) {
      const checks = of(name)
      const firing = checks.flatMap(({ exp_alerts }) => exp_alerts)
      expect(firing.length, name).toBeGreaterThan(0)
      for (const { exp_labels, exp_annotations = {} } of firing) {
        expect(Object.keys(exp_labels), name).toContain('severity')
        expect(Object.keys(exp_annotations).sort(), name).toEqual([
          'dashboard_url',
          'description',
          'runbook_url',
          'summary',
        ])
      }
      const silent = checks.filter(({ exp_alerts }) => exp_alerts.length === 0)
      if (name !== 'Watchdog')
        expect(
          silent.some(({ input_series }) => input_series.length > 0),
          name,
        ).toBe(true)
      const withoutData = checks.filter(({ input_series }) => input_series.length === 0)
      expect(withoutData.length, name).toBeGreaterThan(0)
      if (!onNothing.includes(name))
        expect(
          withoutData.every(({ exp_alerts }) => exp_alerts.length === 0),
          name,
        ).toBe(true)
    }
  })
})

describe('Prometheus and its operator', () => {
  it('load the same, complete set of rule files', () => {
    const { rule_files } = parse(readFileSync('alerts/prometheus.yml', 'utf8')) as { rule_files: string[] }
    const { metadata, spec } = parse(prometheusRule()) as { metadata: { name: string }; spec: { groups: unknown } }

    expect([...rule_files].sort()).toEqual(ruleFiles())
    expect([...RULE_FILES].sort()).toEqual(ruleFiles())
    expect(metadata.name).toBe('mcp-server-alerts')
    expect(spec.groups).toEqual(RULE_FILES.flatMap(groupsIn))
    expect(readFileSync('k8s/components/prometheus-rules/prometheus-rule.yaml', 'utf8')).toBe(prometheusRule())
  })
})
