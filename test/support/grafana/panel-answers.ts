// A dashboard and a Prometheus in, what each of its panels would show out: variables filled in, each query asked as Grafana
// asks it.
import type { Dashboard } from '../../../src/dashboards/classic-json.ts'
import type { PrometheusApi } from '../prometheus/prometheus-api.ts'
import type { DashboardQuery } from './dashboard-files.ts'
import { filledIn, queriesOf, startingValues } from './dashboard-files.ts'

export interface TimeRange {
  /** Seconds since 1970. */
  readonly from: number
  readonly to: number
  readonly step: number
  /** What `$__rate_interval` is, in seconds: at least four scrapes. */
  readonly rateInterval: number
}

export interface AnsweredSeries {
  readonly labels: Readonly<Record<string, string>>
  readonly points: readonly (readonly [seconds: number, value: number])[]
}

export interface PanelAnswer extends DashboardQuery {
  readonly series: readonly AnsweredSeries[]
}

/** What the variables are besides, by their names: one that is given is chosen instead of all. */
export type Chosen = Readonly<Record<string, string>>

export function answersOf(
  prometheus: PrometheusApi,
  dashboard: Dashboard,
  range: TimeRange,
  chosen: Chosen = {},
): Promise<PanelAnswer[]> {
  return Promise.all(
    queriesOf(dashboard).map(async (query) => {
      const expression = filledIn(query.target.expr, valuesAt(dashboard, range, chosen))
      const series = query.target.instant
        ? await askedOnce(prometheus, expression, range)
        : await askedOver(prometheus, expression, range)
      return { ...query, series }
    }),
  )
}

export function valuesAt(dashboard: Dashboard, range: TimeRange, chosen: Chosen = {}): Record<string, string> {
  const escaped = Object.entries(chosen).map(([name, value]) => [name, value.replace(/[.*+?^${}()|[\]\\]/g, '\\\\$&')])
  return {
    ...startingValues(dashboard),
    __rate_interval: `${range.rateInterval}s`,
    __interval: `${range.step}s`,
    __range: `${Math.round(range.to - range.from)}s`,
    ...Object.fromEntries(escaped),
  }
}

export async function askedOver(prometheus: PrometheusApi, expression: string, range: TimeRange) {
  const path = `/api/v1/query_range?query=${encodeURIComponent(expression)}&start=${range.from}&end=${range.to}&step=${range.step}`
  const { result } = (await prometheus.get(path)) as {
    result: { metric: Record<string, string>; values: [number, string][] }[]
  }
  return result.map(({ metric, values }) => ({
    labels: metric,
    points: values.map(([at, value]) => [at, numberOf(value)] as const),
  }))
}

async function askedOnce(prometheus: PrometheusApi, expression: string, { to }: TimeRange): Promise<AnsweredSeries[]> {
  const path = `/api/v1/query?query=${encodeURIComponent(expression)}&time=${to}`
  const { resultType, result } = (await prometheus.get(path)) as {
    resultType: string
    result: { metric: Record<string, string>; value: [number, string] }[]
  }
  if (resultType !== 'vector') throw new Error(`${expression} gives a ${resultType}`)
  return result.map(({ metric, value }) => ({ labels: metric, points: [[value[0], numberOf(value[1])] as const] }))
}

function numberOf(text: string): number {
  return Number(text.replace('Inf', 'Infinity'))
}

/** A panel shows something where there is a number: a NaN is a gap. */
export function isShown({ series }: Pick<PanelAnswer, 'series'>): boolean {
  return series.some(({ points }) => points.some(([, value]) => Number.isFinite(value)))
}
