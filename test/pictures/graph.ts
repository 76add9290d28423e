// Lines over time in, drawn with axes, thresholds, points that lead to traces, and a legend.
import type { AnsweredPanel, Box, Line } from './answered-panel.ts'
import { linesOf } from './answered-panel.ts'
import { formatValue } from './format-value.ts'
import type { Scale } from './scale.ts'
import { linear, ticks, timeTicks } from './scale.ts'
import { element, fitted, polyline, rounded, text } from './svg.ts'

const LEGEND_ROW = 16
const LEGEND_ROWS = 4

interface Drawn extends Line {
  /** Where each point starts: 0, or in a stack the top of the line below. */
  readonly floor: ReadonlyMap<number, number>
}

export function drawGraph(answered: AnsweredPanel, box: Box): string {
  const { panel, range, exemplars } = answered
  const custom = panel.fieldConfig.defaults.custom as {
    drawStyle: string
    stacking: { mode: string }
    thresholdsStyle: { mode: string }
  }
  const all = linesOf(answered)
  const unit = panel.fieldConfig.defaults.unit
  const lines = custom.stacking.mode === 'normal' ? stacked(all) : all.map((line) => ({ ...line, floor: new Map() }))
  const legendRows = Math.min(LEGEND_ROWS, Math.ceil(all.length / legendColumns(box)))
  const plot: Box = {
    x: box.x + 62,
    y: box.y + 4,
    width: box.width - 72,
    height: box.height - 26 - legendRows * LEGEND_ROW,
  }
  const limits = custom.thresholdsStyle.mode === 'dashed' ? (panel.fieldConfig.defaults.thresholds?.steps ?? []) : []
  const highest = Math.max(
    0,
    ...lines.flatMap(({ points, floor }) => points.map(([at, value]) => value + (floor.get(at) ?? 0))),
  )
  // Exemplars above the lines are cut off, as a single slow call would make all lines flat.
  const marks = ticks(highest * 1.05, 4, unit === 'bytes' ? 1024 : 1000)
  const top = marks.at(-1) ?? 1
  const x = linear([range.from, range.to], [plot.x, plot.x + plot.width])
  const y = linear([0, top], [plot.y + plot.height, plot.y])
  const shown = limits.filter(({ value }) => value !== null && value <= top)
  return [
    axes(plot, x, y, marks, unit, answered),
    ...lines.map((line) =>
      custom.drawStyle === 'bars'
        ? bars(line, x, y, range.step)
        : curve(line, x, y, range.step, { filled: custom.stacking.mode === 'normal', among: lines.length }),
    ),
    ...shown.map(({ value, color }) => threshold(plot, y(value ?? 0), color)),
    ...exemplars
      .filter(({ value, at }) => value <= top && at >= range.from && at <= range.to)
      .map(({ at, value }) => diamond(x(at), y(value))),
    legend(all, { ...box, y: plot.y + plot.height + 24 }),
  ].join('')
}

export function diamond(x: number, y: number): string {
  return element('path', { class: 'exemplar', d: `M${rounded(x)} ${rounded(y - 3.5)}l3.5 3.5l-3.5 3.5l-3.5-3.5Z` })
}

function stacked(lines: readonly Line[]): Drawn[] {
  const tops = new Map<number, number>()
  return lines.map((line) => {
    const floor = new Map(line.points.map(([at]) => [at, tops.get(at) ?? 0]))
    for (const [at, value] of line.points) tops.set(at, (tops.get(at) ?? 0) + value)
    return { ...line, floor }
  })
}

function axes(plot: Box, x: Scale, y: Scale, marks: readonly number[], unit: string, { range }: AnsweredPanel): string {
  const right = plot.x + plot.width
  return [
    ...marks.flatMap((mark) => [
      element('path', { class: 'stroke-grid', d: `M${plot.x} ${rounded(y(mark))}H${rounded(right)}` }),
      text(plot.x - 6, y(mark) + 4, formatValue(mark, unit), { class: 'muted small', 'text-anchor': 'end' }),
    ]),
    ...timeTicks(range.from, range.to, Math.floor(plot.width / 60))
      // One that would reach over the edge of the panel is left out: moved, it would stand under another moment.
      .filter(({ at, label }) => x(at) + label.length * 3.2 < right + 8)
      .map(({ at, label }) =>
        text(x(at), plot.y + plot.height + 15, label, { class: 'muted small', 'text-anchor': 'middle' }),
      ),
  ].join('')
}

/** A line ends where points are missing. */
function runs(points: Line['points'], step: number): Line['points'][number][][] {
  const found: Line['points'][number][][] = []
  for (const point of points) {
    const before = found.at(-1)?.at(-1)
    if (before === undefined || point[0] - before[0] > step * 1.5) found.push([point])
    else found.at(-1)?.push(point)
  }
  return found
}

interface Among {
  readonly filled: boolean
  /** How many lines there are. */
  readonly among: number
}

function curve({ points, color, floor }: Drawn, x: Scale, y: Scale, step: number, { filled, among }: Among): string {
  return runs(points, step)
    .map((run) => {
      const upper = run.map(([at, value]) => [x(at), y(value + (floor.get(at) ?? 0))] as const)
      const lower = run.map(([at]) => [x(at), y(floor.get(at) ?? 0)] as const).toReversed()
      const area = `${polyline(upper)}${polyline(lower).replace('M', 'L')}Z`
      return (
        element('path', { class: color, d: area, 'fill-opacity': filled ? 0.55 : 0.1 }) +
        element('path', {
          class: `stroke-${color}`,
          d: polyline(upper),
          // Many borders in a stack would hide what is between them.
          'stroke-width': filled && among > 8 ? 0.5 : 1.5,
          'stroke-linejoin': 'round',
        })
      )
    })
    .join('')
}

function bars({ points, color, floor }: Drawn, x: Scale, y: Scale, step: number): string {
  return points
    .filter(([, value]) => value > 0)
    .map(([at, value]) => {
      const base = floor.get(at) ?? 0
      const top = y(base + value)
      const width = Math.max(1, (x(at + step) - x(at)) * 0.8)
      return element('rect', {
        class: color,
        x: x(at) - width / 2,
        y: top,
        width,
        height: y(base) - top,
        'fill-opacity': 0.8,
      })
    })
    .join('')
}

function threshold(plot: Box, y: number, color: string): string {
  return element('path', {
    class: `stroke-${color}`,
    d: `M${plot.x} ${rounded(y)}H${rounded(plot.x + plot.width)}`,
    'stroke-dasharray': '6 4',
  })
}

function legendColumns(box: Box): number {
  return Math.max(1, Math.floor(box.width / 215))
}

/** The lines that are highest now come first: those that do not fit are the least of all. */
function legend(all: readonly Line[], box: Box): string {
  const lines = all.toSorted((a, b) => (b.points.at(-1)?.[1] ?? 0) - (a.points.at(-1)?.[1] ?? 0))
  const columns = legendColumns(box)
  const width = (box.width - 16) / columns
  const room = columns * LEGEND_ROWS
  const shown = lines.length > room ? lines.slice(0, room - 1) : lines
  const place = (at: number) =>
    [box.x + 10 + (at % columns) * width, box.y + Math.floor(at / columns) * LEGEND_ROW] as const
  const entries = shown.map(({ name, color, unit, points }, at) => {
    const [x, y] = place(at)
    const value = formatValue(points.at(-1)?.[1] ?? Number.NaN, unit)
    return [
      element('rect', { class: color, x, y: y + 3, width: 10, height: 4, rx: 2 }),
      text(x + 15, y + 9, fitted(name, width - 30 - value.length * 6.5, 11), { class: 'text small' }),
      text(x + width - 10, y + 9, value, { class: 'muted small', 'text-anchor': 'end' }),
    ].join('')
  })
  if (shown.length < lines.length) {
    const [x, y] = place(shown.length)
    entries.push(text(x + 15, y + 9, `and ${lines.length - shown.length} more`, { class: 'muted small' }))
  }
  return entries.join('')
}
