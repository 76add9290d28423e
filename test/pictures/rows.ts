// Answers of several queries in, joined by the labels they have in common and drawn as a table.
import type { Threshold } from '../../src/dashboards/classic-json.ts'
import type { AnsweredPanel, Box } from './answered-panel.ts'
import { overridden, thresholdColor } from './answered-panel.ts'
import { formatValue } from './format-value.ts'
import { element, fitted, rounded, text } from './svg.ts'

const ROW = 26

interface Column {
  readonly title: string
  /** Of a value: which query it comes from; undefined for a label. */
  readonly query: number | undefined
  readonly label: string
}

interface Row {
  readonly labels: Readonly<Record<string, string>>
  readonly values: readonly (number | undefined)[]
}

export function drawTable(answered: AnsweredPanel, box: Box): string {
  const { panel } = answered
  const columns = columnsOf(answered)
  const [sortBy] = (panel.options as { sortBy: { displayName: string }[] }).sortBy
  const rows = sorted(
    rowsOf(answered),
    columns.find(({ title }) => title === sortBy?.displayName),
  )
  const width = (box.width - 20) / columns.length
  const shown = rows.slice(0, Math.floor((box.height - ROW - 4) / ROW))
  return [
    ...columns.map(({ title, query }, at) => cell(title, 0, at, query, 'muted')),
    element('path', {
      class: 'stroke-border',
      d: `M${box.x + 10} ${box.y + ROW - 4}H${rounded(box.x + box.width - 10)}`,
    }),
    ...shown.flatMap((row, line) =>
      columns.map((column, at) => {
        if (column.query === undefined) return cell(row.labels[column.label] ?? '', line + 1, at, undefined, 'text')
        return valueCell(column, row.values[column.query], line + 1, at)
      }),
    ),
    shown.length < rows.length
      ? text(box.x + 10, box.y + box.height - 8, `and ${rows.length - shown.length} more`, { class: 'muted small' })
      : '',
  ].join('')

  function cell(words: string, line: number, at: number, query: number | undefined, color: string): string {
    const y = box.y + line * ROW + 14
    const left = box.x + 10 + at * width
    return query === undefined
      ? text(left, y, fitted(words, width - 8), { class: color })
      : text(left + width - 8, y, words, { class: color, 'text-anchor': 'end' })
  }

  function valueCell({ title, query }: Column, value: number | undefined, line: number, at: number): string {
    if (value === undefined) return cell('–', line, at, query, 'muted')
    const unit = String(overridden(panel, title, 'unit') ?? 'short')
    const decimals = overridden(panel, title, 'decimals') as number | undefined
    const steps = overridden(panel, title, 'thresholds') as { steps: Threshold[] } | undefined
    const words = formatValue(value, unit, decimals)
    const bar = (overridden(panel, title, 'custom.cellOptions') as { type?: string } | undefined)?.type === 'gauge'
    const most = Math.max(...rows.map((row) => row.values[query ?? 0] ?? 0), 1e-9)
    const room =
      width - 20 - 9 * Math.max(...rows.map((row) => formatValue(row.values[query ?? 0] ?? 0, unit, decimals).length))
    return (
      (bar && room > 20 && value > 0
        ? element('rect', {
            class: 'line0',
            x: box.x + 10 + at * width,
            y: box.y + line * ROW + 3,
            width: Math.max(1, (value / most) * room),
            height: 14,
            rx: 2,
            'fill-opacity': 0.7,
          })
        : '') + cell(words, line, at, query, steps === undefined ? 'text' : thresholdColor(value, steps.steps))
    )
  }
}

function columnsOf({ panel }: AnsweredPanel): Column[] {
  const organize = panel.transformations?.find(({ id }) => id === 'organize')
  const { renameByName = {}, indexByName = {} } = (organize?.options ?? {}) as {
    renameByName?: Record<string, string>
    indexByName?: Record<string, number>
  }
  return Object.entries(renameByName)
    .toSorted(([a], [b]) => (indexByName[a] ?? 0) - (indexByName[b] ?? 0))
    .map(([label, title]) => ({ title, label, query: queryOf(label) }))
}

/** `Value` where there is one query, `Value #B` for the second of several. */
function queryOf(field: string): number | undefined {
  if (field === 'Value') return 0
  const [, refId] = /^Value #([A-Z])$/.exec(field) ?? []
  return refId === undefined ? undefined : refId.charCodeAt(0) - 65
}

function rowsOf({ answers }: AnsweredPanel): Row[] {
  const rows = new Map<string, { labels: Record<string, string>; values: (number | undefined)[] }>()
  for (const [query, { series }] of answers.entries()) {
    for (const { labels, points } of series) {
      const key = JSON.stringify(Object.entries(labels).sort())
      const row = rows.get(key) ?? { labels, values: [] }
      const value = points.at(-1)?.[1]
      if (value !== undefined && Number.isFinite(value)) row.values[query] = value
      rows.set(key, row)
    }
  }
  return [...rows.values()]
}

function sorted(rows: readonly Row[], by: Column | undefined): Row[] {
  return rows.toSorted((a, b) => {
    if (by === undefined) return 0
    if (by.query === undefined) return (a.labels[by.label] ?? '') < (b.labels[by.label] ?? '') ? 1 : -1
    return (b.values[by.query] ?? -1) - (a.values[by.query] ?? -1)
  })
}
