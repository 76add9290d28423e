// Builds the PromQL queries of the panels from catalog metrics, narrowed by the dashboard's variables.
import type { IssueSeverity, RemediationOutcome } from '../instrumentation/catalog/kubernetes-values.ts'
import type { Status, TaskEnd } from '../instrumentation/catalog/outcome-values.ts'
import { ERROR_SIDES } from '../instrumentation/catalog/outcome-values.ts'
import type { KnownName } from './known-metrics.ts'
import { KNOWN } from './known-metrics.ts'
import type { Narrowing } from './variables.ts'
import { NARROWING } from './variables.ts'

type Part = '' | '_bucket' | '_sum' | '_count'

/** Returns a selector of a metric's series, or of one part of a histogram, with optional matchers. */
type Select = (metric: KnownName, matchers?: string, part?: Part) => string

/**
 * Narrows each selector by the given variables, if the metric has their label. Every series has the labels of its target.
 *
 * @example selecting(['job', 'instance', 'tool'])('toolCalls', 'status="error"')
 */
export function selecting(variables: readonly Narrowing[]): Select {
  return (metric, matchers = '', part = '') => {
    const { series, labels } = KNOWN[metric]
    const narrowed = variables.flatMap((variable) => {
      const { label, alias, ofTarget } = NARROWING[variable]
      const found = ofTarget ? label : [label, alias].find((name) => name !== undefined && labels.includes(name))
      // The Collector can serve several clusters.
      if (found === undefined || (variable === 'cluster' && series.startsWith('otelcol_'))) return []
      return [`${found}=~"$${variable}"`]
    })
    return `${series}${part}{${[...narrowed, ...(matchers === '' ? [] : [matchers])].join(', ')}}`
  }
}

export const rate = (selector: string) => `rate(${selector}[$__rate_interval])`

/**
 * The increase over a window, usually `$__range`. Use a rate on graphs: windows there are longer than a step, so an increase
 * would count some events twice.
 */
export const increase = (selector: string, window: string) => `increase(${selector}[${window}])`

/** The rate per minute, for rare events. */
export const perMinute = (selector: string, by = '') => `60 * ${sum(rate(selector), by)}`

export const sum = (expression: string, by = '') =>
  by === '' ? `sum(${expression})` : `sum by (${by}) (${expression})`

/** Counts a value once if several instances report the same object. */
export const max = (expression: string, by = '') =>
  by === '' ? `max(${expression})` : `max by (${by}) (${expression})`

/** A quantile of a histogram, from a selector of its buckets. */
export function quantile(q: number, buckets: string, by = ''): string {
  return quantileOf(q, rate(buckets), by)
}

/** The same, from rates. */
export function quantileOf(q: number, rates: string, by = ''): string {
  return `histogram_quantile(${q}, ${sum(rates, by === '' ? 'le' : `${by}, le`)})`
}

/**
 * Keeps the span metrics of the servers with the given `target_info`. Span metrics have `service.name` and
 * `service.instance.id` as job and instance; scraped series have other values there, and the span's in `target_info`.
 */
export function madeBy(spans: string, select: Select): string {
  const pushed = `group by (job, instance) (${select('targetInfo')})`
  const scraped = `group by (service_name, service_instance_id) (${select('targetInfo', 'service_instance_id!=""')})`
  const named = `label_replace(${scraped}, "job", "$1", "service_name", "(.+)")`
  return `${spans} and on (job, instance) (${pushed} or label_replace(${named}, "instance", "$1", "service_instance_id", "(.+)"))`
}

/**
 * Increases per bucket for a heatmap. Scraped series write a whole bound as `5.0`, pushed ones as `5`: both become one row.
 */
export function heat(buckets: string): string {
  return `sum by (le) (label_replace(${increase(buckets, '$__rate_interval')}, "le", "$1", "le", "([0-9]+)[.]0"))`
}

/** Returns no value instead of NaN if the divisor is 0. */
export const ratio = (part: string, whole: string) => `${part} / (${whole} > 0)`

const callers = Object.entries(ERROR_SIDES).flatMap(([type, side]) => (side === 'caller' ? [type] : []))

/** Matches server faults, the only errors that use the error budget. */
export const SERVER_FAULTS = `error_type!~"${callers.join('|')}"`
export const CALLER_FAULTS = `error_type=~"${callers.join('|')}"`

/** Matches calls that ended in success or error, not cancelled calls or calls that asked for more input. */
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
 * Matches one value of a label. Values outside the catalog do not compile.
 *
 * @example outcomeIs('status', 'error') // 'status="error"'
 */
export function outcomeIs<L extends keyof OutcomeLabels>(label: L, value: OutcomeLabels[L]): string {
  return `${label}="${value}"`
}
