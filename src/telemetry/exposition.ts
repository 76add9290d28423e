// Collected metrics in, Prometheus text 0.0.4 or OpenMetrics 1.0 out, in pieces, with a pause for the event loop between
// them: the program that is measured has better things to do than to stand still for a scrape.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Attributes } from '@opentelemetry/api'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { Exemplar, ExemplarReservoir, SeriesExemplars } from './exemplars.ts'
import type { Family } from './families.ts'
import { familiesOf } from './families.ts'
import { labelText } from './labels.ts'
import type { PointValue } from './points.ts'
import { mergePoints, pointValue } from './points.ts'

export type ExpositionFormat = 'text' | 'openmetrics'

export const CONTENT_TYPES = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
} as const satisfies Record<ExpositionFormat, string>

export interface ExpositionOptions {
  readonly format: ExpositionFormat
  /** Where exemplars come from; they are written in OpenMetrics only. */
  readonly exemplars?: Pick<ExemplarReservoir, 'lookup'> | undefined
  /** Milliseconds of writing after which the event loop gets a turn. @default 2 */
  readonly timeBudgetMs?: number
}

/** Characters after which a piece is handed on. */
const PIECE = 65_536
/** Points between two looks at the clock. */
const STRIDE = 16

/**
 * Writes all series of a collection. The metrics must be cumulative. Nothing that an instrument accepted can make the
 * text invalid: see `labelText` and `familiesOf` for what becomes of the odd ones.
 *
 * @example for await (const piece of writeExposition(resourceMetrics, { format: 'text' })) response.write(piece)
 */
export async function* writeExposition(
  collected: ResourceMetrics,
  { format, exemplars, timeBudgetMs = 2 }: ExpositionOptions,
): AsyncGenerator<string, void, void> {
  const openMetrics = format === 'openmetrics'
  const pace = createPace(timeBudgetMs)
  let piece = targetInfo(collected.resource.attributes as Attributes, openMetrics)
  for (const family of familiesOf(collected)) {
    const series = new Map<string, Series>()
    for (const metric of family.metrics) {
      for (const point of metric.dataPoints) {
        addPoint(series, family, metric.descriptor.name, point)
        if (pace.due()) await pace.rest()
      }
    }
    if (series.size === 0) continue
    piece += header(family, openMetrics)
    for (const [labels, { value, metric, attributes }] of series) {
      piece += samples(family, labels, value, openMetrics && { exemplars: exemplars?.lookup(metric, attributes) })
      if (piece.length >= PIECE) {
        yield piece
        piece = ''
      }
      if (pace.due()) await pace.rest()
    }
  }
  yield openMetrics ? `${piece}# EOF\n` : piece
}

interface Series {
  value: PointValue
  readonly metric: string
  readonly attributes: Attributes
}

function addPoint(
  series: Map<string, Series>,
  { type }: Family,
  metric: string,
  point: { readonly attributes: Attributes; readonly value: unknown },
): void {
  const value = pointValue(point.value)
  if (value === undefined || (type === 'histogram') === (typeof value === 'number')) return
  // Foreign providers take NaN into a sum, and OpenMetrics has no counter that is none.
  if (type === 'counter' && !((value as number) >= 0)) return
  const labels = labelText(point.attributes, type === 'histogram')
  const known = series.get(labels)
  if (known === undefined) series.set(labels, { value, metric, attributes: point.attributes })
  else known.value = mergePoints(known.value, value, type === 'counter')
}

function header({ name, type, help, unit }: Family, openMetrics: boolean): string {
  const family = openMetrics && type === 'counter' ? name.replace(/_total$/, '') : name
  const text = help.toWellFormed().replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  const lines = [`# HELP ${family} ${openMetrics ? text.replaceAll('"', '\\"') : text}`, `# TYPE ${family} ${type}`]
  if (openMetrics && unit !== '') lines.push(`# UNIT ${family} ${unit}`)
  return `${lines.join('\n')}\n`
}

function samples(
  { name }: Family,
  labels: string,
  value: PointValue,
  openMetrics: { readonly exemplars: SeriesExemplars | undefined } | false,
): string {
  const exemplars = openMetrics === false ? undefined : openMetrics.exemplars
  if (typeof value === 'number') {
    return `${name}${labels === '' ? '' : `{${labels}}`} ${numberText(value)}${exemplarText(exemplars?.[0])}\n`
  }
  const { bounds, counts, sum, count } = value
  const prefix = `${name}_bucket{${labels === '' ? '' : `${labels},`}le="`
  let text = ''
  let cumulated = 0
  for (let index = 0; index <= bounds.length; index += 1) {
    cumulated += counts[index] ?? 0
    const bound = bounds[index]
    text += `${prefix}${bound === undefined ? '+Inf' : boundText(bound)}"} ${bound === undefined ? count : cumulated}`
    text += `${exemplarText(exemplars?.[index])}\n`
  }
  const braces = labels === '' ? '' : `{${labels}}`
  // "If the Histogram allows negative events to be observed, _sum MUST NOT be exposed" (OpenMetrics 1.0, Histogram).
  if (openMetrics === false || sum >= 0) text += `${name}_sum${braces} ${numberText(sum)}\n`
  return `${text}${name}_count${braces} ${count}\n`
}

function exemplarText(exemplar: Exemplar | undefined): string {
  if (exemplar === undefined) return ''
  const { traceId, spanId, value, unixSeconds } = exemplar
  return ` # {trace_id="${traceId}",span_id="${spanId}"} ${numberText(value)} ${unixSeconds.toFixed(3)}`
}

function targetInfo(resource: Attributes, openMetrics: boolean): string {
  const name = openMetrics ? 'target' : 'target_info'
  const labels = labelText(resource)
  return (
    `# HELP ${name} The resource of these metrics.\n# TYPE ${name} ${openMetrics ? 'info' : 'gauge'}\n` +
    `target_info${labels === '' ? '' : `{${labels}}`} 1\n`
  )
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}

/** Bounds are floats also where they are whole (OpenMetrics 1.0, "Considerations: Canonical Numbers"). */
function boundText(bound: number): string {
  const text = numberText(bound)
  return Number.isInteger(bound) && !text.includes('e') ? `${text}.0` : text
}

/** Says when it is time to let the event loop have a turn, and gives it one. */
function createPace(budgetMs: number) {
  let started = performance.now()
  let steps = 0
  return {
    due(): boolean {
      steps += 1
      return steps % STRIDE === 0 && performance.now() - started >= budgetMs
    },
    async rest(): Promise<void> {
      await nextTurn()
      started = performance.now()
    },
  }
}
