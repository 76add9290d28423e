// Defines the variables at the top of the dashboards. Each variable narrows the values of the next ones.
import type { CustomVariable, DatasourceVariable, QueryVariable, Variable } from './classic-json.ts'
import { DATASOURCE } from './classic-json.ts'
import type { KnownName } from './known-metrics.ts'
import { KNOWN } from './known-metrics.ts'

interface NarrowingDefinition {
  readonly label: string
  /** The label with the same meaning in the OpenTelemetry conventions. */
  readonly alias?: string
  /** True if every series of a target has the label. */
  readonly ofTarget: boolean
  readonly title: string
  readonly description: string
  /** The regular expression of "All"; `.*` also matches series without the label. */
  readonly all: '.+' | '.*'
}

export type Narrowing = 'cluster' | 'job' | 'instance' | 'tool' | 'namespace'

export const NARROWING: Readonly<Record<Narrowing, NarrowingDefinition>> = {
  cluster: {
    label: 'k8s_cluster_name',
    ofTarget: true,
    title: 'Cluster',
    description: 'k8s.cluster.name of the servers. "All" includes servers without it.',
    all: '.*',
  },
  job: {
    label: 'job',
    ofTarget: true,
    title: 'Job',
    description: 'The scrape job or, for servers that push, their service.name.',
    all: '.+',
  },
  instance: {
    label: 'instance',
    ofTarget: true,
    title: 'Instance',
    description: 'The scraped address or, for servers that push, their service.instance.id.',
    all: '.+',
  },
  tool: {
    label: 'tool_name',
    alias: 'gen_ai_tool_name',
    ofTarget: false,
    title: 'Tool',
    description: '_OTHER stands for unknown tools.',
    all: '.+',
  },
  namespace: {
    label: 'namespace',
    ofTarget: false,
    title: 'Namespace',
    description: 'The Kubernetes namespace that was diagnosed.',
    all: '.+',
  },
}

const DATASOURCE_VARIABLE: DatasourceVariable = {
  type: 'datasource',
  name: 'datasource',
  label: 'Data source',
  query: 'prometheus',
  hide: 0,
  refresh: 1,
}

/** Returns the datasource and the given variables in order; each takes its values from the first series in `from` with its label. */
export function variables(
  names: readonly Narrowing[],
  from: Readonly<Partial<Record<Narrowing, readonly KnownName[]>>> & { readonly job: readonly KnownName[] },
): Variable[] {
  return [
    DATASOURCE_VARIABLE,
    ...names.map((name, position) => queryVariable(name, names.slice(0, position), from[name] ?? from.job)),
  ]
}

function queryVariable(name: Narrowing, before: readonly Narrowing[], metrics: readonly KnownName[]): QueryVariable {
  const { label, title, description, all } = NARROWING[name]
  const narrowed = before
    .filter((variable) => NARROWING[variable].ofTarget)
    .map((variable) => `${NARROWING[variable].label}=~"$${variable}"`)
  const series = metrics.map((metric) => KNOWN[metric].series)
  const selector =
    series.length === 1
      ? `${series[0]}${narrowed.length === 0 ? '' : `{${narrowed.join(', ')}}`}`
      : `{${[`__name__=~"${series.join('|')}"`, ...narrowed].join(', ')}}`
  const query = `label_values(${selector}, ${label})`
  return {
    type: 'query',
    name,
    label: title,
    description,
    datasource: DATASOURCE,
    query,
    definition: query,
    hide: 0,
    includeAll: true,
    multi: true,
    allValue: all,
    current: { text: ['All'], value: ['$__all'], selected: true },
    refresh: 2,
    sort: 1,
  }
}

/** A list of numbers to select from; the first is the default. */
export function customVariable(
  name: string,
  label: string,
  description: string,
  choices: Readonly<Record<string, string>>,
): CustomVariable {
  const options = Object.entries(choices).map(([text, value], position) => ({ text, value, selected: position === 0 }))
  const [first] = options
  if (first === undefined) throw new Error(`${name} offers nothing to choose`)
  return {
    type: 'custom',
    name,
    label,
    description,
    query: options.map(({ text, value }) => `${text} : ${value}`).join(', '),
    current: first,
    options,
    hide: 0,
    includeAll: false,
    multi: false,
  }
}
