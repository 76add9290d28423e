// Builds table panels, with one instant query per column, joined by their common labels.
import type { DataLink, Override, Panel, Threshold } from './classic-json.ts'
import type { PanelBase } from './panels.ts'
import { absolute, common, defaults } from './panels.ts'

interface Column {
  readonly title: string
  readonly expr: string
  readonly unit?: string
  readonly decimals?: number
  /** Colours the text of the cells. */
  readonly thresholds?: readonly Threshold[]
  /** Draws a bar in each cell, proportional to its value. */
  readonly bars?: boolean
}

interface LabelColumn {
  readonly label: string
  readonly title: string
  readonly link?: DataLink
}

interface TableOptions extends Omit<PanelBase, 'unit'> {
  readonly labels: readonly LabelColumn[]
  readonly columns: readonly Column[]
  /** Title of the column that sorts the rows in descending order. */
  readonly sortBy: string
}

export function table(options: TableOptions): Panel {
  const { labels, columns, sortBy } = options
  const valueField = (at: number) => (columns.length === 1 ? 'Value' : `Value #${String.fromCharCode(65 + at)}`)
  const renamed = [
    ...labels.map(({ label, title }) => [label, title] as const),
    ...columns.map(({ title }, at) => [valueField(at), title] as const),
  ]
  return {
    ...common(
      'table',
      { ...options, unit: 'short' },
      columns.map(({ expr }) => ({ expr, instant: true })),
      'table',
    ),
    fieldConfig: {
      defaults: { ...defaults({ ...options, unit: 'short' }), custom: { align: 'auto', filterable: true } },
      overrides: [...labels.flatMap(labelOverride), ...columns.map(columnOverride)],
    },
    options: { showHeader: true, cellHeight: 'sm', sortBy: [{ displayName: sortBy, desc: true }] },
    transformations: [
      { id: 'merge', options: {} },
      {
        id: 'organize',
        options: {
          excludeByName: { Time: true, __name__: true },
          indexByName: Object.fromEntries(renamed.map(([name], at) => [name, at])),
          renameByName: Object.fromEntries(renamed),
        },
      },
    ],
  }
}

function labelOverride({ title, link }: LabelColumn): Override[] {
  if (link === undefined) return []
  return [{ matcher: { id: 'byName', options: title }, properties: [{ id: 'links', value: [link] }] }]
}

function columnOverride({ title, unit = 'short', decimals, thresholds, bars = false }: Column): Override {
  return {
    matcher: { id: 'byName', options: title },
    properties: [
      { id: 'unit', value: unit },
      ...(decimals === undefined ? [] : [{ id: 'decimals', value: decimals }]),
      ...(thresholds === undefined
        ? []
        : [
            { id: 'thresholds', value: absolute(thresholds) },
            { id: 'custom.cellOptions', value: { type: 'color-text' } },
          ]),
      ...(bars ? [{ id: 'custom.cellOptions', value: { type: 'gauge', mode: 'basic' } }] : []),
    ],
  }
}
