// Writes the summary of the results: a line for each aim, with the median of each contender and what it should be.
import type { Aim } from './comparisons/comparison.ts'
import { columnValues, markdownTable, numberText } from './report.ts'
import type { Measured } from './rounds.ts'
import { quantile } from './statistics.ts'

const HEADS = ['', 'control', 'prom-client', 'stock OTel JS', 'mcp-vitals', 'target']

export function summary(
  results: readonly { readonly aims: readonly Aim[]; readonly measured: readonly Measured[] }[],
): string {
  return markdownTable(
    HEADS,
    results.flatMap(({ aims, measured }) => aims.map((aim) => line(aim, measured))),
  )
}

function line({ title, column, rows, target }: Aim, measured: readonly Measured[]): string[] {
  const median = (label: string | undefined) => {
    const row = measured.find((one) => one.label === label)
    return row === undefined ? undefined : quantile(columnValues(row, column, measured), 0.5)
  }
  const ours = median(rows.ours) ?? Number.NaN
  const others = [rows.control, rows.prom, rows.stock].map((label) => median(label))
  return [
    title,
    ...others.map((value) => (value === undefined ? '' : numberText(value))),
    `${numberText(ours)}${ours <= target ? '' : ' (missed)'}`,
    `≤ ${numberText(target)}`,
  ]
}
