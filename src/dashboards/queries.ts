// Metrics by their names in the catalog in, PromQL over their series out, narrowed to what the dashboard's variables choose.
import type { IssueSeverity, RemediationOutcome } from '../instrumentation/catalog/kubernetes-values.ts'
import type { Status, TaskEnd } from '../instrumentation/catalog/outcome-values.ts'
import { ERROR_SIDES } from '../instrumentation/catalog/outcome-values.ts'
import type { KnownName } from './known-metrics.ts'
import { KNOWN } from './known-metrics.ts'
import type { Narrowing } from './variables.ts'
import { NARROWING } from './variables.ts'

type Part = '' | '_bucket' | '_sum' | '_count'

/** A selector of a metric's series, or of a part of a histogram, with more matchers if wanted. */
type Select = (metric: KnownName, matchers?: string, part?: Part) => string

/**
 * Narrows each selector to what the given variables choose, as far as the metric has their label: every series has the labels
 * of its target.
 *
 * @example selecting(['job', 'instance', 'tool'])('toolCalls', 'status="error"')
 */
export function selecting(variables: readonly Narrowing[]): Select {
  return (metric, matchers = '', part = '') => {
    const { series, labels } = KNOWN[metric]
    const narrowed = variables.flatMap((variable) => {
      const { label, alias, ofTarget } = NARROWING[variable]
      const found = ofTarget ? label : [label, alias].find((name) => name !== undefined && labels.includes(name))
      // The Collector belongs to no one cluster of servers.
      if (found === undefined || (variable === 'cluster' && series.startsWith('otelcol_'))) return []
      return [`${found}=~"$${variable}"`]
    })
    return `${series}${part}{${[...narrowed, ...(matchers === '' ? [] : [matchers])].join(', ')}}`
  }
}

export const rate = (selector: string) => `rate(${selector}[$__rate_interval])`

/**
 * By how much it grew over a window, which is `$__range` mostly. On a graph a window is longer than a step, so that what is
 * counted in steps would be counted more than once: a rate is right there.
 */
export const increase = (selector: string, window: string) => `increase(${selector}[${window}])`

/** For what is rare: a rate by the second would be all zeros. */
export const perMinute = (selector: string, by = '') => `60 * ${sum(rate(selector), by)}`

export const sum = (expression: string, by = '') =>
  by === '' ? `sum(${expression})` : `sum by (${by}) (${expression})`

/** What is alike on several instances that all look at one thing is counted once. */
export const max = (expression: string, by = '') =>
  by === '' ? `max(${expression})` : `max by (${by}) (${expression})`

/** A quantile of a histogram, from a selector of its buckets. */
export function quantile(q: number, buckets: string, by = ''): string {
  return quantileOf(q, rate(buckets), by)
}

/** The same of rates. */
export function quantileOf(q: number, rates: string, by = ''): string {
  return `histogram_quantile(${q}, ${sum(rates, by === '' ? 'le' : `${by}, le`)})`
}

/**
 * Of what the Collector made of spans, that of the servers whose `target_info` is given. Spans have `service.name` and
 * `service.instance.id` for job and instance; a scrape has names of its own for them, and tells these beside.
 */
export function madeBy(spans: string, select: Select): string {
  const pushed = `group by (job, instance) (${select('targetInfo')})`
  const scraped = `group by (service_name, service_instance_id) (${select('targetInfo', 'service_instance_id!=""')})`
  const named = `label_replace(${scraped}, "job", "$1", "service_name", "(.+)")`
  return `${spans} and on (job, instance) (${pushed} or label_replace(${named}, "instance", "$1", "service_instance_id", "(.+)"))`
}

/**
 * Increases bucket by bucket for a heatmap. A whole bound is written `5.0` where it was scraped and `5` where it was pushed:
 * spelt alike they are one row.
 */
export function heat(buckets: string): string {
  return `sum by (le) (label_replace(${increase(buckets, '$__rate_interval')}, "le", "$1", "le", "([0-9]+)[.]0"))`
}

/** Nothing where there is nothing to divide by, instead of a NaN. */
export const ratio = (part: string, whole: string) => `${part} / (${whole} > 0)`

const callers = Object.entries(ERROR_SIDES).flatMap(([type, side]) => (side === 'caller' ? [type] : []))

/** Matches the errors that are the server's fault: the only ones that an error budget pays for. */
export const SERVER_FAULTS = `error_type!~"${callers.join('|')}"`
export const CALLER_FAULTS = `error_type=~"${callers.join('|')}"`

/** Matches the calls that ended well or badly: those that were cancelled, or that asked for more input, are neither. */
export const ENDED = `status=~"${(['success', 'error'] satisfies Status[]).join('|')}"`

/** Calls and tasks that failed by the fault of the server: what an error budget pays for. `over` is a rate or an increase. */
export function faults(on: Select, over: (selector: string) => string): string {
  return `${over(on('toolErrors', SERVER_FAULTS))} or ${over(on('tasks', taskIs('failed')))}`
}

/** Calls that ended well or badly, and tasks likewise: a call that is answered with a task counts by the end of the task. */
export function ended(on: Select, over: (selector: string) => string): string {
  return `${over(on('toolCalls', ENDED))} or ${over(on('tasks', taskIs('completed', 'failed')))}`
}

const taskIs = (...ends: readonly TaskEnd[]) =>
  ends.length === 1 ? `status="${ends[0]}"` : `status=~"${ends.join('|')}"`

interface OutcomeLabels {
  readonly status: Status
  readonly outcome: RemediationOutcome
  readonly severity: IssueSeverity
}

/**
 * Matches one value of a label. A value that the catalog does not have does not compile.
 *
 * @example outcomeIs('status', 'error') // 'status="error"'
 */
export function outcomeIs<L extends keyof OutcomeLabels>(label: L, value: OutcomeLabels[L]): string {
  return `${label}="${value}"`
}
