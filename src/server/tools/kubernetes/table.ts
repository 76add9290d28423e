// Formats rows as a short text table.
import { cleanLine } from './clean-text.ts'

const MOST_CELL = 120

export function table(header: readonly string[], rows: readonly (readonly (string | number | undefined)[])[]): string {
  const cells = [header, ...rows].map((row) => row.map((cell) => cleanLine(String(cell ?? ''), MOST_CELL) || '-'))
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** The line below a list that has more pages. */
export function moreText(nextCursor: string | undefined): string {
  return nextCursor === undefined ? '' : `\nThere are more results: call again with cursor "${nextCursor}".`
}

/** As kubectl writes ages: 45s, 12m, 5h, 3d. */
export function ageText(seconds: number): string {
  if (seconds < 120) return `${Math.max(0, Math.round(seconds))}s`
  if (seconds < 7_200) return `${Math.floor(seconds / 60)}m`
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)}h` : `${Math.floor(seconds / 86_400)}d`
}
