// Writes measured rows as a table in Markdown, with aligned columns, so that it reads in a terminal too.
import type { Measured } from './rounds.ts'
import { quantile, valuesOf } from './statistics.ts'

export interface Column {
  readonly head: string
  readonly figure: string
  /** The label of the row that it is a ratio to; `own` for the one that each row names, itself by default. */
  readonly over?: string
  /** The label of the row that is subtracted. */
  readonly minus?: string
  /** Shows the quartiles beside the median. */
  readonly quartiles?: boolean
  /** Shows the worst round instead of the median. */
  readonly worst?: boolean
}

export function table(measured: readonly Measured[], columns: readonly Column[]): string {
  return markdownTable(
    ['', ...columns.map(({ head }) => head)],
    measured.map((row) => [row.label, ...columns.map((column) => cell(row, column, measured))]),
  )
}

export function markdownTable(heads: readonly string[], cells: readonly (readonly string[])[]): string {
  const widths = heads.map((head, index) => Math.max(head.length, ...cells.map((line) => line[index]?.length ?? 0)))
  const line = (texts: readonly string[]) =>
    `| ${texts.map((text, index) => (index === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[index] ?? 0))).join(' | ')} |`
  const rule = `|${widths.map((width, index) => `${'-'.repeat(width + 1)}${index === 0 ? '-' : ':'}`).join('|')}|`
  return [line(heads), rule, ...cells.map(line)].join('\n')
}

function cell(row: Measured, column: Column, all: readonly Measured[]): string {
  const values = columnValues(row, column, all)
  const text = numberText(column.worst ? Math.max(...values) : quantile(values, 0.5))
  const quartiles = `${numberText(quantile(values, 0.25))}–${numberText(quantile(values, 0.75))}`
  return column.quartiles ? `${text} (${quartiles})` : text
}

/** What a column shows of a row, round by round. */
export function columnValues(row: Measured, { figure, over, minus }: Column, all: readonly Measured[]): number[] {
  const named = (label: string) => all.find((other) => other.label === label)
  if (minus !== undefined) {
    const less = valuesOf(named(minus) ?? row, figure)
    return valuesOf(row, figure).map((value, index) => value - (less[index] ?? Number.NaN))
  }
  if (over === undefined) return valuesOf(row, figure)
  return valuesOf(row, figure, over === 'own' ? named(row.over ?? row.label) : named(over))
}

/** Three digits: more would be noise. */
export function numberText(value: number): string {
  if (value === 0) return '0'
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(value < 1 ? 2 : 3)))
}
