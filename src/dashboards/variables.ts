// The variables at the top of the dashboards. The datasource comes first, since the others ask it for their values; each of
// them narrows what the next ones offer.
import type { CustomVariable, DatasourceVariable, QueryVariable, Variable } from './classic-json.ts'
import { DATASOURCE } from './classic-json.ts'
import type { KnownName } from './known-metrics.ts'
import { KNOWN } from './known-metrics.ts'

interface NarrowingDefinition {
  readonly label: string
  /** The label that means the same by the conventions. */
  readonly alias?: string
  /** On every series that the target sends, whatever the metric. */
  readonly ofTarget: boolean
  readonly title: string
  readonly description: string
  /** What "All" matches; with `.*` also series without the label. */
  readonly all: '.+' | '.*'
}

export type Narrowing = 'cluster' | 'job' | 'instance' | 'tool' | 'namespace'

export const NARROWING: Readonly<Record<Narrowing, NarrowingDefinition>> = {
  cluster: {
    label: 'k8s_cluster_name',
    ofTarget: true,
    title: 'Cluster',
    description: 'k8s.cluster.name of the servers; "All" includes servers that have none.',
    all: '.*',
  },
  job: {
    label: 'job',
    ofTarget: true,
    title: 'Job',
    description: 'The scrape job, or for servers that push their service.name.',
    all: '.+',
  },
  instance: {
    label: 'instance',
    ofTarget: true,
    title: 'Instance',
    description: 'The address that is scraped, or for servers that push their service.instance.id.',
    all: '.+',
  },
  tool: {
    label: 'tool_name',
    alias: 'gen_ai_tool_name',
    ofTarget: false,
    title: 'Tool',
    description: '_OTHER stands for tools that were never offered.',
    all: '.+',
  },
  namespace: {
    label: 'namespace',
    ofTarget: false,
    title: 'Namespace',
    description: 'The Kubernetes namespace that was looked at.',
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

/** The datasource, and the given variables in their order, each from the first series of `from` that has its label. */
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

/** A list to choose a number from; the first is chosen at the start. */
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
