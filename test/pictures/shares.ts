// Amounts of one moment in, drawn as shares of a ring or as bars beside their names.
import type { AnsweredPanel, Box, Line } from './answered-panel.ts'
import { linesOf } from './answered-panel.ts'
import { formatValue } from './format-value.ts'
import { element, fitted, LINE_COLORS, rounded, text } from './svg.ts'

const LEGEND_ROW = 22
/** At least: names below each other have to be read. */
const BAR_ROW = 16

interface Amount extends Line {
  readonly amount: number
}

function amountsOf(answered: AnsweredPanel): Amount[] {
  return linesOf(answered)
    .map((line) => ({ ...line, amount: line.points.at(-1)?.[1] ?? 0 }))
    .filter(({ amount }) => amount > 0)
    .toSorted((a, b) => b.amount - a.amount)
    .map((line, at) => ({ ...line, color: line.color.startsWith('line') ? `line${at % LINE_COLORS}` : line.color }))
}

export function drawRing(answered: AnsweredPanel, box: Box): string {
  const amounts = amountsOf(answered)
  const whole = amounts.reduce((all, { amount }) => all + amount, 0)
  const radius = Math.min(box.height / 2 - 12, box.width / 4 - 12)
  const center = [box.x + box.width / 4, box.y + box.height / 2] as const
  const left = box.x + box.width / 2
  const room = Math.floor((box.height - 24) / LEGEND_ROW)
  const named = amounts.length > room ? room - 1 : amounts.length
  const rest =
    named < amounts.length
      ? [text(left + 16, box.y + 24 + named * LEGEND_ROW, `and ${amounts.length - named} more`, { class: 'muted' })]
      : []
  let turned = 0
  return amounts
    .flatMap(({ name, color, amount, unit }, at) => {
      const from = turned
      turned += amount / whole
      if (at >= named) return [slice(center, radius, from, turned, color)]
      const y = box.y + 24 + at * LEGEND_ROW
      const share = `${Math.round((amount / whole) * 1000) / 10} %`
      const value = formatValue(amount, unit, answered.panel.fieldConfig.defaults.decimals)
      return [
        slice(center, radius, from, turned, color),
        element('rect', { class: color, x: left, y: y - 6, width: 10, height: 4, rx: 2 }),
        text(left + 16, y, fitted(name, box.width / 2 - 150), { class: 'text' }),
        text(box.x + box.width - 74, y, value, { class: 'text', 'text-anchor': 'end' }),
        text(box.x + box.width - 14, y, share, { class: 'muted', 'text-anchor': 'end' }),
      ]
    })
    .concat(rest)
    .join('')
}

/** Part of a ring, in turns from the top. A whole turn would end where it starts, and so be nothing. */
function slice([x, y]: readonly [number, number], radius: number, from: number, to: number, color: string): string {
  const end = Math.min(to, from + 0.9999)
  const at = (turn: number, r: number) =>
    `${rounded(x + r * Math.sin(turn * 2 * Math.PI))} ${rounded(y - r * Math.cos(turn * 2 * Math.PI))}`
  const large = end - from > 0.5 ? 1 : 0
  const inner = radius * 0.6
  const d = `M${at(from, radius)}A${rounded(radius)} ${rounded(radius)} 0 ${large} 1 ${at(end, radius)}L${at(end, inner)}A${rounded(inner)} ${rounded(inner)} 0 ${large} 0 ${at(from, inner)}Z`
  return element('path', { class: `${color}`, d, stroke: 'var(--panel)', 'stroke-width': 1.5 })
}

export function drawBars(answered: AnsweredPanel, box: Box): string {
  const amounts = amountsOf(answered)
  const most = amounts[0]?.amount ?? 1
  const names = Math.min(180, box.width * 0.36)
  const room = Math.floor((box.height - 12) / BAR_ROW)
  const shown = amounts.length > room ? amounts.slice(0, room - 1) : amounts
  const left = amounts.length - shown.length
  const height = Math.min(30, (box.height - 12) / Math.max(1, shown.length + Math.min(left, 1)))
  return shown
    .map(({ name, color, amount, unit }, at) => {
      const y = box.y + 4 + at * height
      const width = Math.max(2, (amount / most) * (box.width - names - 84))
      return [
        text(box.x + names, y + height / 2 + 4, fitted(name, names - 14), { class: 'text', 'text-anchor': 'end' }),
        element('rect', {
          class: color,
          x: box.x + names + 10,
          y: y + 3,
          width,
          height: height - 6,
          rx: 2,
          'fill-opacity': 0.85,
        }),
        text(
          box.x + names + 16 + width,
          y + height / 2 + 4,
          formatValue(amount, unit, answered.panel.fieldConfig.defaults.decimals),
          {
            class: 'muted',
          },
        ),
      ].join('')
    })
    .concat(
      left === 0
        ? []
        : [text(box.x + names + 10, box.y + 8 + (shown.length + 0.5) * height, `and ${left} more`, { class: 'muted' })],
    )
    .join('')
}
