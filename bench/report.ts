// Measured rows in, a table in Markdown out, with its columns aligned so that it reads in a terminal too.
import type { Measured } from './rounds.ts'
import { quantile, valuesOf } from './statistics.ts'

export interface Column {
  readonly head: string
  readonly figure: string
  /** The label of the row that it is a ratio to. */
  readonly over?: string
  /** Shows the quartiles beside the median. */
  readonly quartiles?: boolean
  /** Shows the worst round instead of the median. */
  readonly worst?: boolean
}

export function table(measured: readonly Measured[], columns: readonly Column[]): string {
  const heads = ['', ...columns.map(({ head }) => head)]
  const cells = measured.map((row) => [row.label, ...columns.map((column) => cell(row, column, measured))])
  const widths = heads.map((head, index) => Math.max(head.length, ...cells.map((line) => line[index]?.length ?? 0)))
  const line = (texts: readonly string[]) =>
    `| ${texts.map((text, index) => (index === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[index] ?? 0))).join(' | ')} |`
  const rule = `|${widths.map((width, index) => `${'-'.repeat(width + 1)}${index === 0 ? '-' : ':'}`).join('|')}|`
  return [line(heads), rule, ...cells.map(line)].join('\n')
}

function cell(row: Measured, { figure, over, quartiles, worst }: Column, all: readonly Measured[]): string {
  const base = over === undefined ? undefined : all.find(({ label }) => label === over)
  const values = valuesOf(row, figure, base)
  const text = numberText(worst ? Math.max(...values) : quantile(values, 0.5))
  return quartiles ? `${text} (${numberText(quantile(values, 0.25))}–${numberText(quantile(values, 0.75))})` : text
}

/** Three digits: more would be noise. */
function numberText(value: number): string {
  if (value === 0) return '0'
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(value < 1 ? 2 : 3)))
}
