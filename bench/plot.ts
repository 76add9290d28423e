// Draws one column of a comparison as horizontal bars in SVG: the median of each row, and a line from quartile to quartile.
import type { Column } from './report.ts'
import { columnValues, numberText } from './report.ts'
import type { Measured } from './rounds.ts'
import { quantile } from './statistics.ts'

const WIDTH = 760
const LEFT = 200
const RIGHT = 80
const ROW = 26
const TOP = 34

const STYLE = `text{font:13px system-ui,sans-serif;fill:#1f2328}.bar{fill:#8b949e}.own{fill:#0969da}path{stroke:#1f2328;fill:none}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.bar{fill:#6e7681}.own{fill:#4493f8}path{stroke:#e6edf3}}`

export function plot(title: string, measured: readonly Measured[], column: Column): string {
  const bars = measured.map((row) => {
    const values = columnValues(row, column, measured)
    return {
      label: row.label,
      low: quantile(values, 0.25),
      median: quantile(values, 0.5),
      high: quantile(values, 0.75),
    }
  })
  const most = Math.max(...bars.map(({ high }) => high), Number.MIN_VALUE)
  const x = (value: number) => LEFT + (Math.max(value, 0) / most) * (WIDTH - LEFT - RIGHT)
  const lines = bars.map(({ label, low, median, high }, index) => {
    const y = TOP + index * ROW
    const middle = y + 9
    return `<text x="${LEFT - 8}" y="${y + 14}" text-anchor="end">${label}</text>
<rect class="${label.startsWith('mcp-vitals') ? 'own' : 'bar'}" x="${LEFT}" y="${y}" width="${rounded(x(median) - LEFT)}" height="18"/>
<path d="M${rounded(x(low))} ${middle}H${rounded(x(high))}"/>
<text x="${rounded(x(high)) + 8}" y="${y + 14}">${numberText(median)}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${TOP + bars.length * ROW + 4}" role="img" aria-label="${title.replaceAll('`', '')}: ${column.head}">
<style>${STYLE}</style>
<text x="${LEFT}" y="20">${column.head}</text>
${lines.join('\n')}
</svg>
`
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}
