// The rules of Grafana's dashboard-linter under their names, for the classic model: a dashboard in, what each rule finds out.
// Where the linter looks at a few types of panels only, all of ours are looked at. Exceptions stand in dashboards/.lint, in
// the form that the linter itself reads.
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { Dashboard, QueryVariable, Variable } from '../../../src/dashboards/classic-json.ts'
import type { ParsedPromql, Selector } from '../prometheus/promql.ts'
import { parsePromql } from '../prometheus/promql.ts'
import type { PlacedPanel } from './dashboard-files.ts'
import { FILLED, filledIn, panelsOf, queriesOf, startingValues } from './dashboard-files.ts'

export interface Found {
  readonly panel?: string
  readonly message: string
}
type Rule = (dashboard: Dashboard) => readonly Found[]

/** The units that its list has and that make sense of anything measured here. */
const UNITS = new Set([
  'none',
  'short',
  'percentunit',
  'bytes',
  'decbytes',
  's',
  'ms',
  'ops',
  'reqps',
  'cps',
  'cpm',
  'hertz',
])

export const LINT_RULES: Readonly<Record<string, Rule>> = {
  'template-datasource-rule': ({ templating }) => {
    const datasources = templating.list.filter(({ type }) => type === 'datasource')
    if (datasources.length !== 1) return [{ message: `${datasources.length} templated data sources` }]
    const [{ name, label } = { name: '', label: '' }] = datasources
    if (templating.list[0]?.type !== 'datasource') return [{ message: 'the data source is not the first variable' }]
    return name === 'datasource' && label === 'Data source'
      ? []
      : [{ message: `it is named ${name}, labelled ${label}` }]
  },
  'template-job-rule': (dashboard) => templated(dashboard, 'job', 'Job'),
  'template-instance-rule': (dashboard) => templated(dashboard, 'instance', 'Instance'),
  'template-label-promql-rule': (dashboard) =>
    queryVariables(dashboard).flatMap(({ name, query, definition }) => {
      const [, selector] = /^label_values\((.+), \w+\)$/.exec(query) ?? []
      if (selector === undefined) return [{ message: `${name} asks ${query}` }]
      const { faults, selectors } = parsePromql(filledIn(selector, startingValues(dashboard)))
      if (selectors.length !== 1 || definition !== query) return [{ message: `${name} asks ${query}` }]
      return faults.map((fault) => ({ message: `${name}: ${fault}` }))
    }),
  'template-on-time-change-reload-rule': (dashboard) =>
    queryVariables(dashboard)
      .filter(({ refresh }) => refresh !== 2)
      .map(({ name }) => ({ message: `${name} is not asked again when the time changes` })),
  'panel-datasource-rule': (dashboard) =>
    panelsOf(dashboard).flatMap((panel) =>
      [panel, ...panel.targets]
        .filter(({ datasource }) => datasource.type !== 'prometheus' || !/^\$\{?datasource\}?$/.test(datasource.uid))
        .map(() => found(panel, 'does not use the templated data source')),
    ),
  'panel-title-description-rule': (dashboard) =>
    panelsOf(dashboard)
      .filter(({ title, description }) => title.trim() === '' || !/^["A-Z0-9].*\.$/s.test(description))
      .map((panel) => found(panel, `its description is no sentence: ${panel.description}`)),
  'panel-units-rule': (dashboard) =>
    panelsOf(dashboard).flatMap((panel) =>
      unitsOf(panel)
        .filter((unit) => !UNITS.has(unit))
        .map((unit) => found(panel, `"${unit}" is no unit`)),
    ),
  'panel-no-targets-rule': (dashboard) =>
    panelsOf(dashboard)
      .filter(({ targets }) => targets.length === 0)
      .map((panel) => found(panel, 'has no targets')),
  'target-promql-rule': (dashboard) =>
    queries(dashboard).flatMap(({ panel, parsed }) => parsed.faults.map((fault) => found(panel, fault))),
  'target-rate-interval-rule': (dashboard) =>
    selections(dashboard, ({ range, calledBy }) => {
      if (range === undefined || range === FILLED.__rate_interval) return false
      return calledBy === '' || ['rate', 'irate'].includes(calledBy)
    }),
  'target-job-rule': (dashboard) => selections(dashboard, (selector) => !chosenBy(selector, 'job')),
  'target-instance-rule': (dashboard) => selections(dashboard, (selector) => !chosenBy(selector, 'instance')),
  'target-counter-agg-rule': (dashboard) =>
    selections(dashboard, ({ name, range, calledBy }) => {
      const counter = /_(total|bucket|sum|count)$/.test(name)
      return counter && (range === undefined || !['rate', 'irate', 'increase'].includes(calledBy))
    }),
  // The two rules for Loki: there is nothing of it to look at.
  'target-logql-rule': onlyPrometheus,
  'target-logql-auto-rule': onlyPrometheus,
  'uneditable-dashboard': ({ editable }) => ((editable as boolean) ? [{ message: 'it is editable' }] : []),
}

interface Exclusions {
  readonly exclusions: Readonly<
    Record<string, { reason: string; entries: readonly { dashboard: string; panel: string; reason?: string }[] }>
  >
}

export const EXCLUSIONS = parse(readFileSync('dashboards/.lint', 'utf8')) as Exclusions

/** What is found and not excepted, one line each. */
export function lint(dashboard: Dashboard): string[] {
  return Object.entries(LINT_RULES).flatMap(([rule, check]) => {
    const excluded = EXCLUSIONS.exclusions[rule]?.entries ?? []
    return check(dashboard)
      .filter(({ panel }) => !excluded.some((entry) => entry.dashboard === dashboard.title && entry.panel === panel))
      .map(({ panel, message }) => `${rule}: ${panel ?? dashboard.title}: ${message}`)
  })
}

function templated(dashboard: Dashboard, name: string, label: string): Found[] {
  const variable = dashboard.templating.list.find((one) => one.name === name)
  if (variable?.type !== 'query') return [{ message: `there is no query for ${name}` }]
  const right =
    variable.label === label &&
    variable.multi &&
    variable.includeAll &&
    variable.allValue === '.+' &&
    /^\$\{?datasource\}?$/.test(variable.datasource.uid)
  return right ? [] : [{ message: `${name} is not multi, all ".+", labelled ${label}, from the data source` }]
}

function queryVariables({ templating }: Dashboard): QueryVariable[] {
  return templating.list.filter((variable: Variable) => variable.type === 'query')
}

function unitsOf({ fieldConfig: { defaults, overrides } }: PlacedPanel): string[] {
  const own = overrides.flatMap(({ properties }) => properties.filter(({ id }) => id === 'unit'))
  return [defaults.unit, ...own.map(({ value }) => String(value))]
}

function queries(dashboard: Dashboard): { panel: PlacedPanel; parsed: ParsedPromql }[] {
  return queriesOf(dashboard).map(({ panel, target }) => {
    // A matcher by a variable is to be seen as one, so only durations and numbers are filled in.
    const { job: _, instance: __, ...values } = startingValues(dashboard)
    return { panel, parsed: parsePromql(filledIn(target.expr, values)) }
  })
}

function selections(dashboard: Dashboard, wrong: (selector: Selector) => boolean): Found[] {
  return queries(dashboard).flatMap(({ panel, parsed }) =>
    parsed.selectors.filter(wrong).map((selector) => found(panel, selector.text)),
  )
}

function chosenBy({ matchers }: Selector, variable: string): boolean {
  return matchers.some(({ label, op, value }) => label === variable && op === '=~' && value === `$${variable}`)
}

function onlyPrometheus(dashboard: Dashboard): Found[] {
  return queriesOf(dashboard)
    .filter(({ target }) => target.datasource.type !== 'prometheus')
    .map(({ panel }) => found(panel, 'does not ask Prometheus'))
}

function found(panel: PlacedPanel, message: string): Found {
  return { panel: panel.title, message }
}
