// Tests the queries of the dashboards against the metric catalog, the rules and the Collector.
import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { Dashboard } from '../../../src/dashboards/classic-json.ts'
import { KNOWN } from '../../../src/dashboards/known-metrics.ts'
import { heat, madeBy, selecting } from '../../../src/dashboards/queries.ts'
import type { AttributeDefinition } from '../../../src/instrumentation/catalog/attributes.ts'
import { ATTRIBUTES } from '../../../src/instrumentation/catalog/attributes.ts'
import type { MetricDefinition } from '../../../src/instrumentation/catalog/metric-definition.ts'
import { METRICS } from '../../../src/instrumentation/catalog/metrics.ts'
import { ERROR_TYPES } from '../../../src/instrumentation/catalog/outcome-values.ts'
import { labelName, seriesName } from '../../../src/instrumentation/catalog/series.ts'
import { DASHBOARD_FILES, filledIn, queriesOf, startingValues } from '../../support/grafana/dashboard-files.ts'
import type { Selector } from '../../support/prometheus/promql.ts'
import { parsePromql } from '../../support/prometheus/promql.ts'

/** Series outside the catalog, by the reason why they exist. */
const OTHERS: Readonly<Record<string, RegExp>> = {
  "OpenTelemetry's own packages record the process": /^process_(cpu_time_seconds_total|memory_usage_bytes)$/,
  "OpenTelemetry's own packages record the runtime": /^(nodejs_eventloop|v8js)_/,
  'the Collector makes metrics of spans': /^traces_span_metrics_duration_seconds$/,
  'it names the resource whose metrics they are': /^target_info$/,
  'the Collector tells of its own work': /^otelcol_(receiver|exporter|process)_/,
  'Prometheus writes it as it evaluates alerts': /^ALERTS$/,
}
const TARGET_LABELS = ['job', 'instance', 'k8s_cluster_name']

const catalog = new Map(
  Object.values<MetricDefinition>(METRICS).map((metric) => [seriesName(metric.name, metric.unit, metric.kind), metric]),
)
const rules = globSync('alerts/**/*.yml').flatMap((path) => {
  const { groups = [] } = (parse(readFileSync(path, 'utf8')) ?? {}) as {
    groups?: { rules?: { record?: string; expr: string }[] }[]
  }
  return groups.flatMap((group) => group.rules ?? [])
})
const recorded = new Set(rules.flatMap(({ record }) => record ?? []))

interface Asked {
  readonly place: string
  readonly expression: string
}

/** Returns all queries of a dashboard: panels, annotations and variables. */
function askedBy(dashboard: Dashboard): Asked[] {
  const values = startingValues(dashboard)
  const all = [
    ...queriesOf(dashboard).map(({ place, target }) => ({ place, expression: target.expr })),
    ...dashboard.annotations.list.flatMap(({ name, expr }) =>
      expr === undefined ? [] : [{ place: `${dashboard.title} / ${name}`, expression: expr }],
    ),
    ...dashboard.templating.list.flatMap((variable) =>
      variable.type !== 'query'
        ? []
        : [
            {
              place: `${dashboard.title} / $${variable.name}`,
              expression: variable.query.replace(/^label_values\((.+), .*$/s, '$1'),
            },
          ],
    ),
  ]
  return all.map(({ place, expression }) => ({ place, expression: filledIn(expression, values) }))
}

const asked = DASHBOARD_FILES.flatMap(({ dashboard }) => askedBy(dashboard))
const selected = asked.flatMap(({ place, expression }) =>
  parsePromql(expression).selectors.map((selector) => ({ place, selector })),
)

/** Returns the metric families that a selector can match. */
function families({ name, matchers }: Selector): string[] {
  const names = name === '' ? (matchers.find(({ label }) => label === '__name__')?.value.split('|') ?? []) : [name]
  return names.map((series) => {
    const family = series.replace(/_(bucket|sum|count)$/, '')
    return isHistogram(family) ? family : series
  })
}

function isHistogram(family: string): boolean {
  return Object.values(KNOWN).some(({ series, histogram }) => histogram && series === family)
}

function labelsOf(family: string): readonly string[] {
  return Object.values(KNOWN).find(({ series }) => series === family)?.labels ?? []
}

function closedValues(family: string, label: string): readonly string[] | undefined {
  const attributes = catalog.get(family)?.attributes.map((name): AttributeDefinition => ATTRIBUTES[name]) ?? []
  const attribute = attributes.find(({ key }) => labelName(key) === label)
  if (attribute === undefined) return undefined
  if ('values' in attribute) return attribute.values
  return label === 'error_type' ? ERROR_TYPES : undefined
}

describe('each dashboard query', () => {
  it('is valid PromQL', () => {
    expect(asked.length).toBeGreaterThan(100)
    expect(
      asked.flatMap(({ place, expression }) => parsePromql(expression).faults.map((fault) => `${place} ${fault}`)),
    ).toEqual([])
  })

  it('uses only variables of its dashboard', () => {
    const left = asked.filter(({ expression }) => /\$(?!1")/.test(expression))
    expect(left).toEqual([])
  })

  it('selects only metrics that are in the catalog, recorded by a rule, or known with a reason', () => {
    const unknown = selected.flatMap(({ place, selector }) =>
      families(selector)
        .filter((family) => !catalog.has(family) && !recorded.has(family))
        .filter((family) => !Object.values(OTHERS).some((pattern) => pattern.test(family)))
        .map((family) => `${place}: ${family}`),
    )
    expect(selected.length).toBeGreaterThan(150)
    expect(unknown).toEqual([])
  })

  it('selects and groups only by labels that the metric has', () => {
    const wrong = asked.flatMap(({ place, expression }) => {
      const { selectors, groupings } = parsePromql(expression)
      const labels = new Set(TARGET_LABELS)
      const missing = selectors.flatMap((selector) => {
        const own = [...families(selector).flatMap(labelsOf), ...TARGET_LABELS, '__name__']
        if (selector.name.endsWith('_bucket')) own.push('le')
        for (const label of own) labels.add(label)
        return selector.matchers.filter(({ label }) => !own.includes(label)).map(({ label }) => label)
      })
      return [...missing, ...groupings.filter((label) => !labels.has(label))].map((label) => `${place}: ${label}`)
    })
    expect(wrong).toEqual([])
  })

  it('matches only values that the label can have', () => {
    const matched = selected.flatMap(({ place, selector }) =>
      families(selector).flatMap((family) =>
        selector.matchers.flatMap(({ label, op, value }) => {
          const allowed = closedValues(family, label)
          const values = op.endsWith('~') ? value.split('|') : [value]
          if (allowed === undefined || values.some((one) => one === '' || /[.*+]/.test(one))) return []
          return values.map((one) => ({ place, label, value: one, allowed: allowed.includes(one) }))
        }),
      ),
    )
    expect(matched.length).toBeGreaterThan(30)
    expect(matched.filter(({ allowed }) => !allowed)).toEqual([])
  })

  it('matches a bucket bound in both spellings, since the two routes write whole bounds differently', () => {
    const bounds = selected.flatMap(({ place, selector }) =>
      selector.matchers.filter(({ label }) => label === 'le').map(({ op, value }) => ({ place, op, value })),
    )
    expect(bounds.length).toBeGreaterThan(0)
    for (const { place, op, value } of bounds) {
      expect(op, place).toBe('=~')
      const [bound = '', more] = value.split('(')
      expect(more, place).toBe('[.]0)?')
      expect(catalog.get('mcp_tool_duration_seconds')?.buckets, place).toContain(Number(bound))
    }
  })

  it('selects neither `up` nor a particular form of instance', () => {
    const names = selected.flatMap(({ selector }) => families(selector))
    expect(names).not.toContain('up')
    const instances = selected.flatMap(({ selector }) => selector.matchers.filter(({ label }) => label === 'instance'))
    expect([...new Set(instances.map(({ value }) => value))]).toEqual(['.+'])
  })

  it('requests exemplars only for buckets over a range', () => {
    const asking = DASHBOARD_FILES.flatMap(({ dashboard }) => queriesOf(dashboard)).filter(
      ({ target }) => target.exemplar,
    )
    expect(asking.length).toBeGreaterThan(4)
    for (const { place, target } of asking) {
      expect(target.expr, place).toContain('_bucket{')
      expect(target.range, place).toBe(true)
    }
  })

  it('selects span metrics only by labels that the Collector gives them', () => {
    const { connectors } = parse(readFileSync('otel/gateway.yaml', 'utf8'))
    const dimensions = connectors.span_metrics.dimensions.map(({ name }: { name: string }) => labelName(name))
    const given = [...dimensions, 'span_name', 'span_kind', 'status_code', 'le']
    const ofSpans = selected.filter(({ selector }) => selector.name.startsWith('traces_span_metrics_'))
    expect(ofSpans.length).toBeGreaterThan(0)
    for (const { place, selector } of ofSpans) {
      const others = selector.matchers.map(({ label }) => label).filter((label) => !given.includes(label))
      expect(others, place).toEqual([])
    }
  })
})

describe('parsePromql', () => {
  it('reports faults in invalid queries, and the parts of a valid one', () => {
    expect(parsePromql('sum(rate(x[5m])').faults).not.toEqual([])
    expect(parsePromql('rate(x[$__rate_interval])').faults).not.toEqual([])
    expect(parsePromql('').faults).not.toEqual([])
    expect(parsePromql('sum by (le) (rate(x{a="b"}[5m] offset 1h))')).toEqual({
      faults: [],
      selectors: [
        {
          text: 'x{a="b"}[5m]',
          name: 'x',
          matchers: [{ label: 'a', op: '=', value: 'b' }],
          range: '5m',
          calledBy: 'rate',
        },
      ],
      groupings: ['le'],
    })
  })
})

describe('the list of metrics outside the catalog', () => {
  it('contains only reasons that a query needs', () => {
    const names = selected.flatMap(({ selector }) => families(selector))
    const idle = Object.entries(OTHERS).filter(([, pattern]) => !names.some((name) => pattern.test(name)))
    expect(idle).toEqual([])
  })
})

describe('the catalog', () => {
  it('has every metric on a dashboard or in a rule', () => {
    const alerts = rules.flatMap(({ expr }) => parsePromql(expr).selectors)
    const used = new Set([...selected.map(({ selector }) => selector), ...alerts].flatMap(families))
    expect([...catalog.keys()].filter((series) => !used.has(series))).toEqual([])
  })
})

describe('the variable `slow`', () => {
  it('offers only bounds of duration buckets', () => {
    const platform = DASHBOARD_FILES.find(({ name }) => name === 'mcp-platform-dashboard')
    const slow = platform?.dashboard.templating.list.find(({ name }) => name === 'slow')
    const bounds = slow?.type === 'custom' ? slow.options.map(({ value }) => Number(value)) : []
    expect(bounds.length).toBeGreaterThan(2)
    expect(METRICS.toolDuration.buckets).toEqual(expect.arrayContaining(bounds))
  })
})

describe('selecting', () => {
  it('narrows a selector by the variables whose labels its metric has', () => {
    const select = selecting(['cluster', 'job', 'instance', 'tool', 'namespace'])
    const target = 'k8s_cluster_name=~"$cluster", job=~"$job", instance=~"$instance"'

    expect(select('toolCalls', 'status="error"')).toBe(
      `mcp_tool_calls_total{${target}, tool_name=~"$tool", status="error"}`,
    )
    expect(select('serverOperationDuration', '', '_count')).toBe(
      `mcp_server_operation_duration_seconds_count{${target}, gen_ai_tool_name=~"$tool"}`,
    )
    expect(select('podsDiagnosed')).toBe(`mcp_pods_diagnosed_total{${target}, namespace=~"$namespace"}`)
    expect(select('collectorQueueSize')).toBe('otelcol_exporter_queue_size{job=~"$job", instance=~"$instance"}')
  })
})

describe('madeBy', () => {
  it('finds spans by the job of a push, which they share, and by the job of a scrape, which differs', () => {
    const expression = madeBy('spans', selecting(['job']))
    expect(parsePromql(expression).faults).toEqual([])
    expect(expression).toContain('spans and on (job, instance) (group by (job, instance) (target_info{job=~"$job"})')
    expect(expression).toContain(
      'group by (service_name, service_instance_id) (target_info{job=~"$job", service_instance',
    )
  })
})

describe('heat', () => {
  it('merges both spellings of a bound into one row', () => {
    expect(heat('x_bucket{}')).toBe(
      'sum by (le) (label_replace(increase(x_bucket{}[$__rate_interval]), "le", "$1", "le", "([0-9]+)[.]0"))',
    )
  })
})
