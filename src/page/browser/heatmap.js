// @ts-check
// The heatmap of latency: a column of time by a bucket of the histogram, darker for more calls.
/** @import UPlot from 'uplot' */
import { COLUMN_MS, COLUMNS } from './columns.js'
import { element } from './dom.js'
import { clock, duration, number } from './format.js'
import { quantile } from './quantile.js'
import { CURSOR, colour, PLOT_HEIGHT } from './time-plot.js'

/** @import { Column } from './columns.js' */

const LEFT = 58
const BOTTOM = 28
const TOP = 8

/** @param {HTMLElement} where */
export function createHeatmap(where) {
  const canvas = element('canvas', {
    role: 'img',
    'aria-label': 'Heatmap of latency over the last 15 minutes; the table has the figures',
  })
  const line = element('div', { class: 'cursor-line' })
  const tip = element('div', { class: 'tip' })
  line.hidden = true
  tip.hidden = true
  where.append(canvas, line, tip)
  /** @type {readonly Column[]} */
  let columns = []
  const sync = uPlot.sync(CURSOR)

  const draw = () => {
    const width = where.clientWidth
    if (width === 0) return
    const scale = devicePixelRatio
    canvas.width = width * scale
    canvas.height = PLOT_HEIGHT * scale
    canvas.style.width = `${width}px`
    canvas.style.height = `${PLOT_HEIGHT}px`
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'))
    pen.scale(scale, scale)
    paint(pen, width, columns)
  }
  new ResizeObserver(draw).observe(where)

  const moveTo = (/** @type {number | undefined} */ x) => {
    line.hidden = x === undefined
    if (x !== undefined) line.style.transform = `translateX(${x}px)`
  }
  canvas.addEventListener('mousemove', ({ offsetX, offsetY }) => {
    const inside = (where.clientWidth - LEFT) / COLUMNS
    const column = columns[Math.floor((offsetX - LEFT) / inside)]
    moveTo(offsetX < LEFT ? undefined : offsetX)
    tip.hidden = column === undefined
    if (column === undefined) return
    const { from, to } = rangeOf(columns)
    const rows = to - from
    const bucket = to - 1 - Math.floor((offsetY - TOP) / ((PLOT_HEIGHT - TOP - BOTTOM) / Math.max(1, rows)))
    const { bounds, buckets } = column.totals
    const count = buckets[bucket] ?? 0
    const above = bounds[bucket - 1] ?? 0
    const upper = bounds[bucket]
    tip.textContent = `${clock(column.at)} · ${duration(above)} – ${upper === undefined ? '∞' : duration(upper)} · ${number(Math.round(count))} calls`
  })
  canvas.addEventListener('mouseleave', () => {
    moveTo(undefined)
    tip.hidden = true
  })
  // The cursor of the other plots.
  const follower = {
    pub(
      /** @type {string} */ type,
      /** @type {unknown} */ _,
      /** @type {number} */ x,
      /** @type {number} */ __,
      /** @type {number} */ width,
    ) {
      if (type === 'mousemove') moveTo(x < 0 ? undefined : LEFT + (x / width) * (where.clientWidth - LEFT))
      if (type === 'mouseleave') moveTo(undefined)
    },
  }
  sync.sub(/** @type {UPlot} */ (/** @type {unknown} */ (follower)))
  return {
    /** @param {readonly Column[]} next */
    draw(next) {
      columns = next
      draw()
    },
    restyle: draw,
    /** @param {Column} column @param {number} share */
    quantile: ({ totals }, share) => quantile(share, totals.bounds, totals.buckets),
    /** @param {number} share */
    overall(share) {
      const bounds = boundsOf(columns)
      const sums = [...bounds, 0].map((_, bucket) =>
        columns.reduce((sum, { totals }) => sum + (totals.buckets[bucket] ?? 0), 0),
      )
      return quantile(share, bounds, sums)
    },
  }
}

/** @param {readonly Column[]} columns @returns {readonly number[]} */
function boundsOf(columns) {
  return columns.find(({ totals }) => totals.bounds.length > 0)?.totals.bounds ?? []
}

/** The buckets with calls, and one more on each side. @param {readonly Column[]} columns */
function rangeOf(columns) {
  const bounds = boundsOf(columns)
  let from = bounds.length
  let to = 0
  for (const { totals } of columns) {
    for (const [bucket, count] of totals.buckets.entries()) {
      if (count < 0.01) continue
      from = Math.min(from, bucket)
      to = Math.max(to, bucket + 1)
    }
  }
  if (to === 0) return { from: 0, to: 0 }
  return { from: Math.max(0, from - 1), to: Math.min(bounds.length + 1, to + 1) }
}

/** @param {CanvasRenderingContext2D} pen @param {number} width @param {readonly Column[]} columns */
function paint(pen, width, columns) {
  const bounds = boundsOf(columns)
  const { from, to } = rangeOf(columns)
  const height = PLOT_HEIGHT - TOP - BOTTOM
  const wide = (width - LEFT) / COLUMNS
  const high = height / Math.max(1, to - from)
  pen.clearRect(0, 0, width, PLOT_HEIGHT)
  pen.font = '12px system-ui, sans-serif'
  pen.textBaseline = 'middle'
  pen.textAlign = 'right'
  pen.strokeStyle = colour('line')
  // A label for every bound that has room.
  const every = Math.max(1, Math.ceil(16 / high))
  for (let bucket = from; bucket < to; bucket += 1) {
    const y = TOP + height - (bucket - from + 1) * high
    const bound = bounds[bucket]
    if (bound === undefined || (bucket - from) % every !== 0) continue
    pen.fillStyle = colour('muted')
    pen.fillText(duration(bound), LEFT - 6, Math.max(8, y))
    pen.beginPath()
    pen.moveTo(LEFT, Math.round(y) + 0.5)
    pen.lineTo(width, Math.round(y) + 0.5)
    pen.stroke()
  }
  const most = Math.max(1, ...columns.flatMap(({ totals }) => totals.buckets))
  pen.fillStyle = colour('heat')
  for (const [index, { totals }] of columns.entries()) {
    for (const [bucket, count] of totals.buckets.entries()) {
      if (count < 0.01 || bucket < from) continue
      pen.globalAlpha = 0.2 + 0.8 * Math.sqrt(count / most)
      pen.fillRect(
        LEFT + index * wide,
        TOP + height - (bucket - from + 1) * high + 1,
        Math.max(1, wide - 1),
        Math.max(1, high - 1),
      )
    }
  }
  pen.globalAlpha = 1
  pen.fillStyle = colour('muted')
  pen.textAlign = 'center'
  for (let index = 0; index < COLUMNS; index += 1) {
    const at = columns[index]?.at ?? 0
    const perMark = width < 500 ? 300_000 : 120_000
    if (at % perMark >= COLUMN_MS || index === 0 || index > COLUMNS - 4) continue
    pen.fillText(clock(at).slice(0, 5), LEFT + index * wide, PLOT_HEIGHT - 10)
  }
}
