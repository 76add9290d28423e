// A dashboard and what its panels were answered in, the picture of it out: the panels where the dashboard has them.
import type { Dashboard } from '../../src/dashboards/classic-json.ts'
import type { AnsweredPanel, Box } from './answered-panel.ts'
import { linesOf } from './answered-panel.ts'
import { drawGraph } from './graph.ts'
import { drawHeatmap } from './heat.ts'
import { drawTable } from './rows.ts'
import { drawBars, drawRing } from './shares.ts'
import { drawStat } from './single-value.ts'
import { element, fitted, styleSheet, text } from './svg.ts'

const COLUMN = 50
const ROW = 30
const GAP = 8
const HEAD = 44
const TITLE = 26

const DRAWINGS: Readonly<Record<AnsweredPanel['panel']['type'], (answered: AnsweredPanel, box: Box) => string>> = {
  timeseries: drawGraph,
  heatmap: drawHeatmap,
  stat: drawStat,
  table: drawTable,
  piechart: drawRing,
  bargauge: drawBars,
}

/** @param answered the panels to be drawn */
export function drawPicture({ title, description, panels }: Dashboard, answered: readonly AnsweredPanel[]): string {
  const [first] = answered
  if (first === undefined) throw new Error(`nothing of ${title} is to be drawn`)
  const top = Math.min(...answered.map(({ panel }) => panel.gridPos.y))
  const bottom = Math.max(...answered.map(({ panel }) => panel.gridPos.y + panel.gridPos.h))
  const width = 24 * COLUMN + GAP
  const height = HEAD + (bottom - top) * ROW + GAP
  return `${element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'img',
      'aria-label': `${title}: ${description}`,
    },
    `\n${styleSheet()}\n`,
    element('rect', { class: 'page', width, height, rx: 8 }),
    text(GAP + 4, 28, title, { class: 'text', style: 'font-size:18px;font-weight:600' }),
    ...panels
      .filter(({ type, gridPos }) => type === 'row' && gridPos.y >= top && gridPos.y < bottom)
      .map((row) => text(GAP + 4, HEAD + (row.gridPos.y - top) * ROW + 16, row.title, { class: 'muted title' })),
    ...answered.map((one) => `\n${drawPanel(one, top)}`),
    '\n',
  )}\n`
}

function drawPanel(answered: AnsweredPanel, top: number): string {
  const { panel } = answered
  const { x, y, w, h } = panel.gridPos
  const box: Box = {
    x: GAP + x * COLUMN,
    y: HEAD + (y - top) * ROW,
    width: w * COLUMN - GAP,
    height: h * ROW - GAP,
  }
  const inside: Box = { x: box.x, y: box.y + TITLE, width: box.width, height: box.height - TITLE }
  const empty = linesOf(answered).length === 0
  return element(
    'g',
    {},
    element('rect', { ...box, class: 'panel', rx: 4, stroke: 'var(--border)' }),
    text(box.x + 10, box.y + 18, fitted(panel.title, box.width - 16, 13), { class: 'text title' }),
    empty
      ? text(inside.x + inside.width / 2, inside.y + inside.height / 2, panel.fieldConfig.defaults.noValue ?? '', {
          class: 'muted',
          'text-anchor': 'middle',
        })
      : DRAWINGS[panel.type](answered, inside),
  )
}
