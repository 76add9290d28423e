// One number in, drawn large in the colour of its threshold, with how it came to be behind it.
import type { AnsweredPanel, Box } from './answered-panel.ts'
import { linesOf, thresholdColor } from './answered-panel.ts'
import { formatValue } from './format-value.ts'
import { linear } from './scale.ts'
import { element, polyline, text } from './svg.ts'

export function drawStat(answered: AnsweredPanel, box: Box): string {
  const { unit, decimals, thresholds } = answered.panel.fieldConfig.defaults
  const points = linesOf(answered)[0]?.points ?? []
  const last = points.at(-1)?.[1] ?? 0
  const color = thresholdColor(last, thresholds?.steps)
  return [
    points.length > 1 ? sparkline(points, color, box) : '',
    text(box.x + box.width / 2, box.y + box.height * 0.55, formatValue(last, unit, decimals), {
      class: `big ${color}`,
      'text-anchor': 'middle',
    }),
  ].join('')
}

function sparkline(points: readonly (readonly [number, number])[], color: string, box: Box): string {
  const [from = 0, to = 1] = [points[0]?.[0], points.at(-1)?.[0]]
  const x = linear([from, to], [box.x + 4, box.x + box.width - 4])
  const y = linear(
    [0, Math.max(...points.map(([, value]) => value), 1e-9)],
    [box.y + box.height - 4, box.y + box.height * 0.66],
  )
  const upper = points.map(([at, value]) => [x(at), y(value)] as const)
  const area = `${polyline(upper)}L${x(to)} ${box.y + box.height - 4}L${x(from)} ${box.y + box.height - 4}Z`
  return (
    element('path', { class: color, d: area, 'fill-opacity': 0.14 }) +
    element('path', { class: `stroke-${color}`, d: polyline(upper), 'stroke-opacity': 0.7 })
  )
}
