// A family and its series' values in, their lines out, in text 0.0.4 or OpenMetrics 1.0.
import type { Exemplar, SeriesExemplars } from '../metrics/exemplars.ts'
import type { Family } from './families.ts'
import { withoutTotal } from './families.ts'
import type { PointValue } from './points.ts'

export type ExpositionFormat = 'text' | 'openmetrics'

/** `# HELP`, `# TYPE` and, in OpenMetrics, `# UNIT`. */
export function headerLines(family: Family, format: ExpositionFormat): string {
  const { type, help, unit } = family
  const openMetrics = format === 'openmetrics'
  const counter = openMetrics && type === 'counter'
  const name = counter && family.openMetricsCounter ? withoutTotal(family.name) : family.name
  let lines = help === '' ? '' : `# HELP ${name} ${escapeHelp(help, openMetrics)}\n`
  lines += `# TYPE ${name} ${counter && !family.openMetricsCounter ? 'unknown' : type}\n`
  if (openMetrics && unit !== '' && name.endsWith(`_${unit}`)) lines += `# UNIT ${name} ${unit}\n`
  return lines
}

/** The lines of one series: one of a number; buckets, sum and count of a histogram. */
export function sampleLines(
  { name, type, openMetricsCounter }: Family,
  labels: string,
  value: PointValue,
  format: ExpositionFormat,
  exemplars: SeriesExemplars | undefined,
): string {
  const braces = labels === '' ? '' : `{${labels}}`
  if (typeof value === 'number') {
    const total =
      format === 'openmetrics' && type === 'counter' && openMetricsCounter ? exemplarText(exemplars?.[0]) : ''
    return `${name}${braces} ${numberText(value)}${total}\n`
  }
  const { bounds, counts, sum } = value
  const prefix = `${name}_bucket{${labels === '' ? '' : `${labels},`}le="`
  let lines = ''
  let count = 0
  let below = -Infinity
  for (let index = 0; index <= bounds.length; index += 1) {
    const bound = bounds[index] ?? Infinity
    count += counts[index] ?? 0
    lines += `${prefix}${boundText(bound)}"} ${count}`
    const exemplar = format === 'openmetrics' ? exemplars?.[index] : undefined
    // It could be another instrument's of the same name.
    if (exemplar !== undefined && exemplar.value > below && exemplar.value <= bound) lines += exemplarText(exemplar)
    lines += '\n'
    below = bound
  }
  if (sum !== undefined) lines += `${name}_sum${braces} ${numberText(sum)}\n`
  // OpenMetrics has no count without a sum.
  if (sum !== undefined || format === 'text') lines += `${name}_count${braces} ${count}\n`
  return lines
}

/** The resource: an info in OpenMetrics, and a gauge of 1 in text, which has none. */
export function targetInfoLines(labels: string, format: ExpositionFormat): string {
  const [name, type] = format === 'openmetrics' ? ['target', 'info'] : ['target_info', 'gauge']
  const braces = labels === '' ? '' : `{${labels}}`
  return `# HELP ${name} The resource of these metrics.\n# TYPE ${name} ${type}\ntarget_info${braces} 1\n`
}

function exemplarText(exemplar: Exemplar | undefined): string {
  if (exemplar === undefined) return ''
  const { traceId, spanId, value, unixSeconds } = exemplar
  return ` # {trace_id="${traceId}",span_id="${spanId}"} ${numberText(value)} ${unixSeconds.toFixed(3)}`
}

function escapeHelp(help: string, quotes: boolean): string {
  const text = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return quotes ? text.replaceAll('"', '\\"') : text
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}

const boundTexts = new Map<number, string>()

/** Bounds are labels, so they have to be spelled alike everywhere. Few are in use, each on every series. */
function boundText(bound: number): string {
  let text = boundTexts.get(bound)
  if (text === undefined) {
    if (boundTexts.size >= 10_000) boundTexts.clear() // Those of exponential histograms are without end.
    text = canonical(bound)
    boundTexts.set(bound, text)
  }
  return text
}

/** As Go's `%g`, "with a .0 appended in case there is no decimal point or exponent" (OpenMetrics 1.0, Canonical Numbers). */
function canonical(value: number): string {
  if (!Number.isFinite(value)) return numberText(value)
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e')
  const power = Number(exponent)
  if (value !== 0 && (power < -4 || power >= 6)) {
    return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
  }
  return Number.isInteger(value) ? `${Math.trunc(value)}.0` : String(value)
}
