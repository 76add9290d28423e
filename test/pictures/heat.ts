// Bucket counts over time in, a heatmap with the points that lead to traces out.
import type { AnsweredPanel, Box } from './answered-panel.ts'
import { formatValue } from './format-value.ts'
import { diamond } from './graph.ts'
import { linear, timeTicks } from './scale.ts'
import { element, text } from './svg.ts'

export function drawHeatmap({ panel, answers, range, exemplars }: AnsweredPanel, box: Box): string {
  const unit = (panel.options as { yAxis: { unit: string } }).yAxis.unit
  const buckets = answers
    .flatMap(({ series }) => series)
    .map(({ labels, points }) => ({
      bound: boundOf(labels['le'] ?? ''),
      counts: new Map(points.filter(([, count]) => Number.isFinite(count))),
    }))
    .toSorted((a, b) => a.bound - b.bound)
  // A bucket counts what the ones below it count as well.
  const rows = buckets.map(({ bound, counts }, at) => ({
    bound,
    cells: [...counts].map(([time, count]) => ({ time, count: count - (buckets[at - 1]?.counts.get(time) ?? 0) })),
  }))
  const plot: Box = { x: box.x + 62, y: box.y + 4, width: box.width - 72, height: box.height - 30 }
  const x = linear([range.from, range.to], [plot.x, plot.x + plot.width])
  const height = plot.height / rows.length
  const rowTop = (at: number) => plot.y + plot.height - (at + 1) * height
  const most = Math.max(1, ...rows.flatMap(({ cells }) => cells.map(({ count }) => count)))
  const labelled = Math.ceil(14 / height)
  return [
    ...rows.flatMap(({ cells, bound }, at) => [
      ...cells
        .filter(({ count, time }) => count > 0.01 && time > range.from)
        .map(({ time, count }) =>
          element('rect', {
            class: 'heat',
            x: x(Math.max(range.from, time - range.step)) + 0.5,
            y: rowTop(at) + 0.5,
            width: Math.max(1, x(time) - x(Math.max(range.from, time - range.step)) - 1),
            height: height - 1,
            'fill-opacity': Math.round((0.12 + 0.88 * (count / most) ** 0.5) * 100) / 100,
          }),
        ),
      ...(at % labelled === 0
        ? [
            text(plot.x - 6, rowTop(at) + height / 2 + 4, boundText(bound, unit), {
              class: 'muted small',
              'text-anchor': 'end',
            }),
          ]
        : []),
    ]),
    ...timeTicks(range.from, range.to, Math.floor(plot.width / 70)).map(({ at, label }) =>
      text(Math.min(x(at), plot.x + plot.width - 14), plot.y + plot.height + 15, label, {
        class: 'muted small',
        'text-anchor': 'middle',
      }),
    ),
    ...exemplars
      .filter(({ at }) => at >= range.from && at <= range.to)
      .map(({ at, value }) => {
        const row = rows.findIndex(({ bound }) => value <= bound)
        return diamond(x(at), rowTop(Math.max(0, row)) + height / 2)
      }),
  ].join('')
}

function boundOf(le: string): number {
  return Number(le.replace('Inf', 'Infinity'))
}

function boundText(bound: number, unit: string): string {
  return bound === Number.POSITIVE_INFINITY ? 'more' : `≤ ${formatValue(bound, unit)}`
}
