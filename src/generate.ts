// Writes the generated documents, dashboards and manifests; with `--check` it reports those that are out of date.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { compatibilityDocument } from '../test/matrix/compatibility-table.ts'
import { prometheusRule } from './alerts/prometheus-rule.ts'
import { optionsReference } from './command-line/options-reference.ts'
import { DASHBOARDS } from './dashboards/dashboards.ts'
import type { AttributeDefinition } from './instrumentation/catalog/attributes.ts'
import { ATTRIBUTES } from './instrumentation/catalog/attributes.ts'
import type { MetricDefinition } from './instrumentation/catalog/metric-definition.ts'
import { METRICS } from './instrumentation/catalog/metrics.ts'
import { SERIES_LIMIT } from './instrumentation/catalog/overflow.ts'
import { labelName, seriesName } from './instrumentation/catalog/series.ts'
import { PROGRAM as VITALS } from './program/options.ts'
import { protocolReference } from './protocol-reference.ts'
import { installDocument } from './release/install-document.ts'
import { llmsText } from './release/llms-text.ts'
import { serverJson } from './release/server-json.ts'
import { issuePage } from './server/kubernetes/diagnosis/issue-page.ts'
import { issueReference } from './server/kubernetes/diagnosis/issue-reference.ts'
import { PROGRAM as SERVER } from './server/options.ts'

/** Output path → text. */
export const OUTPUTS: Readonly<Record<string, () => string>> = {
  'docs/metrics.md': metricsReference,
  'docs/issues.md': issueReference,
  'src/page/browser/issues.html': issuePage,
  'docs/protocol.md': protocolReference,
  'docs/options.md': () => optionsReference([VITALS, SERVER]),
  'docs/compatibility.md': () => compatibilityDocument(),
  'docs/install.md': installDocument,
  'server.json': serverJson,
  'llms.txt': llmsText,
  ...Object.fromEntries(
    Object.entries(DASHBOARDS).map(([name, dashboard]) => [
      `dashboards/${name}.json`,
      () => `${JSON.stringify(dashboard, null, 2)}\n`,
    ]),
  ),
  'k8s/components/prometheus-rules/prometheus-rule.yaml': prometheusRule,
}

/** The paths whose file is not what its source says. */
export function driftedOutputs(): string[] {
  return Object.entries(OUTPUTS).flatMap(([path, text]) => (read(path) === text() ? [] : [path]))
}

function metricsReference(): string {
  const metrics: readonly MetricDefinition[] = Object.values(METRICS)
  return `# Metrics

<!-- Written by \`npm run generate\` from src/instrumentation/catalog. -->

Each OpenTelemetry instrument has one Prometheus series name. It is the same on every route: scraped from \`/metrics\`, pushed by OTLP into
Prometheus, or pushed through a Collector. A label is named after its attribute, with \`_\` for every character that Prometheus does not
allow. A histogram has the series \`_bucket\`, \`_sum\` and \`_count\`.

| series | instrument | kind, unit | labels | what | stability |
| --- | --- | --- | --- | --- | --- |
${metrics.map(metricRow).join('\n')}

OpenTelemetry's own packages add metrics of the process and the runtime: \`process_*\`, \`nodejs_*\` and \`v8js_*\`. \`target_info\` has the
resource attributes as labels.

## Labels

Every label is bounded. A closed label has only the listed values. A limited label has at most the given number of values during the life
of the process. Any other value is recorded as \`_OTHER\`. In addition, an instrument has at most ${SERIES_LIMIT} label sets during the life of the
process. Measurements beyond that are recorded under \`otel_metric_overflow="true"\`, so totals stay exact.

The last column shows the cost of one more value: the number of lines that it adds to \`/metrics\`. It assumes a server of the size of the
[series budget](#series-budget), and that the value occurs together with every value of the other labels.

| label | attribute | values | what | one value more |
| --- | --- | --- | --- | --- |
${Object.values(ATTRIBUTES).map(labelRow).join('\n')}

## Buckets

| series | upper bounds |
| --- | --- |
${metrics
  .filter(({ buckets }) => buckets !== undefined)
  .map(bucketRow)
  .join('\n')}

## Series budget

The columns "label sets" and "lines" are an estimate for a busy server with 10 tools and 5 kinds of clients. A label set of a histogram
takes one line per bucket, and three more for \`+Inf\`, the sum and the count. The last column is the maximum during the life of a process.

| series | label sets | lines | label sets at most |
| --- | --- | --- | --- |
${metrics.map(budgetRow).join('\n')}
| all | ${total(metrics.map(usualSets))} | ${total(metrics.map(usualLines))} | ${total(metrics.map(mostSets))} |
`
}

function metricRow({ name, kind, unit, attributes, description, stability }: MetricDefinition): string {
  const labels = attributes.map((attribute) => `\`${labelName(ATTRIBUTES[attribute].key)}\``).join(', ')
  const shown = unit === '' ? kind : `${kind}, \`${unit}\``
  return `| \`${seriesName(name, unit, kind)}\` | \`${name}\` | ${shown} | ${labels} | ${description} | ${stability} |`
}

function labelRow(attribute: AttributeDefinition): string {
  const cells = [`\`${labelName(attribute.key)}\``, `\`${attribute.key}\``, boundText(attribute), attribute.description]
  return `| ${[...cells, linesOfOneMore(attribute)].join(' | ')} |`
}

/** Over all metrics that have the label. */
function linesOfOneMore(attribute: AttributeDefinition): number {
  const metrics: readonly MetricDefinition[] = Object.values(METRICS)
  const having = metrics.filter(({ attributes }) => attributes.some((name) => ATTRIBUTES[name] === attribute))
  return Math.round(total(having.map((metric) => usualLines(metric) / usual(attribute))))
}

function boundText(attribute: AttributeDefinition): string {
  if ('values' in attribute) return attribute.values.map((value) => `\`${value}\``).join(' ')
  if ('range' in attribute) return `whole numbers from ${attribute.range[0]} to ${attribute.range[1]}`
  return `at most ${attribute.limit}: ${attribute.from}`
}

function bucketRow({ name, kind, unit, buckets = [] }: MetricDefinition): string {
  return `| \`${seriesName(name, unit, kind)}\` | ${buckets.join(', ')} |`
}

/** What a label comes to in a server of that size; a closed label to all its values and \`_OTHER\`. */
const USUAL: Readonly<Record<string, number>> = {
  'tool.name': 11,
  'error.type': 8,
  'client.name': 6,
  'mcp.method.name': 12,
  'gen_ai.tool.name': 1,
  'gen_ai.prompt.name': 1,
  'gen_ai.operation.name': 1,
  'rpc.status_code': 2,
  'mcp.protocol.version': 2,
  'protocol.version': 3,
  'network.transport': 1,
  'network.protocol.name': 1,
  'network.protocol.version': 1,
  'jsonrpc.protocol.version': 1,
  'server.address': 1,
  'server.port': 1,
  'http.request.method': 3,
  'http.response.status_code': 5,
  'http.route': 1,
  'url.template': 12,
  'url.scheme': 1,
  namespace: 5,
  'issue.type': 10,
  severity: 1,
  action: 2,
  operation: 4,
  resource: 5,
  'server.name': 1,
  version: 1,
  'node.version': 1,
  cache: 2,
  signal: 3,
  transport: 1,
}

function budgetRow(metric: MetricDefinition): string {
  const series = seriesName(metric.name, metric.unit, metric.kind)
  return `| \`${series}\` | ${usualSets(metric)} | ${usualLines(metric)} | ${mostSets(metric)} |`
}

function usualSets({ attributes }: MetricDefinition): number {
  return Math.min(product(attributes.map((attribute) => usual(ATTRIBUTES[attribute]))), SERIES_LIMIT)
}

function usualLines(metric: MetricDefinition): number {
  return usualSets(metric) * (metric.buckets === undefined ? 1 : metric.buckets.length + 3)
}

/** Each attribute may also be `_OTHER`, or absent. */
function mostSets({ attributes }: MetricDefinition): number {
  return Math.min(product(attributes.map((attribute) => admitted(ATTRIBUTES[attribute]) + 2)), SERIES_LIMIT)
}

function admitted(attribute: AttributeDefinition): number {
  if ('values' in attribute) return attribute.values.length
  return 'limit' in attribute ? attribute.limit : attribute.range[1] - attribute.range[0] + 1
}

function product(factors: readonly number[]): number {
  return factors.reduce((all, factor) => all * factor, 1)
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0)
}

function usual(attribute: AttributeDefinition): number {
  return USUAL[attribute.key] ?? ('values' in attribute ? attribute.values.length : 1)
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

if (import.meta.main) {
  const drifted = driftedOutputs()
  if (process.argv.includes('--check')) {
    for (const path of drifted) console.error(`${path} is not what the catalog says: run npm run generate`)
    process.exitCode = drifted.length === 0 ? 0 : 1
  } else {
    for (const path of drifted) {
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, OUTPUTS[path]?.() ?? '')
    }
    console.error(drifted.length === 0 ? 'nothing drifted' : `wrote ${drifted.join(', ')}`)
  }
}
