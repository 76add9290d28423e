// @ts-check
// A uPlot of the last 15 minutes in the colours of the theme.
/** @import UPlot from 'uplot' */

/** @typedef {{ label: string, series: string, kind: 'bars' | 'line', scale: string }} PlotSeries */

/** @param {string} label @param {string} series @returns {PlotSeries} */
export function barSeries(label, series) {
  return { label, series, kind: 'bars', scale: 'y' }
}

/** @param {string} label @param {string} series @param {string} scale @returns {PlotSeries} */
export function lineSeries(label, series, scale) {
  return { label, series, kind: 'line', scale }
}

/** The colour of a series or a part of the page, as the theme has it: a canvas knows no variables. @param {string} name */
export function colour(name) {
  probe.style.color = `var(--${name})`
  if (!probe.isConnected) document.body.append(probe)
  return getComputedStyle(probe).color
}

const probe = document.createElement('span')
probe.hidden = true

export const PLOT_HEIGHT = 176
const FONT = '12px system-ui, sans-serif'
/** Plots whose cursors move together. */
export const CURSOR = 'mcp-vitals'

/** @param {HTMLElement} where @param {readonly PlotSeries[]} series @param {(value: number) => string} left @param {((value: number) => string) | undefined} [right] */
export function createTimePlot(where, series, left, right) {
  /** @type {any} */
  let plot
  /** @type {any} */
  let data
  const make = () => {
    plot?.destroy()
    plot = new uPlot(optionsOf(where, series, left, right), data, where)
  }
  new ResizeObserver(() => {
    if (plot !== undefined && where.clientWidth > 0) plot.setSize({ width: where.clientWidth, height: PLOT_HEIGHT })
  }).observe(where)
  return {
    /** @param {readonly (readonly (number | null)[])[]} next Seconds, then a row for each series. */
    draw(next) {
      data = next
      if (where.clientWidth === 0) return
      if (plot === undefined) make()
      else plot.setData(data)
    },
    /** The theme is another. */
    restyle() {
      if (plot !== undefined) make()
    },
  }
}

/** @param {HTMLElement} where @param {readonly PlotSeries[]} series @param {(value: number) => string} left @param {((value: number) => string) | undefined} right */
function optionsOf(where, series, left, right) {
  const bars = uPlot.paths.bars?.({ size: [0.86, 100], align: 1 }) ?? null
  const ink = colour('muted')
  const grid = { stroke: colour('line'), width: 1 }
  const axis = { stroke: ink, font: FONT, grid, ticks: { show: false } }
  const side = (/** @type {(value: number) => string} */ text) => ({
    ...axis,
    size: 58,
    values: (/** @type {unknown} */ _, /** @type {number[]} */ values) => values.map(text),
  })
  return {
    width: where.clientWidth,
    height: PLOT_HEIGHT,
    padding: /** @type {UPlot.Padding} */ ([8, 4, 0, 0]),
    legend: { show: false },
    cursor: { sync: { key: CURSOR }, points: { show: false }, drag: { x: false, y: false } },
    scales: {
      x: { time: true },
      y: { range: fromZero },
      right: { range: fromZero },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 28,
        values: (/** @type {unknown} */ _, /** @type {number[]} */ values) => values.map(hourAndMinute),
      },
      side(left),
      ...(right === undefined ? [] : [{ ...side(right), side: 1, scale: 'right', grid: { show: false } }]),
    ],
    series: [
      {},
      ...series.map(({ label, series: name, kind, scale }) => ({
        label,
        scale,
        stroke: colour(name),
        points: { show: false },
        spanGaps: true,
        ...(kind === 'bars'
          ? {
              fill: colour(name),
              width: 0,
              paths: bars,
            }
          : { width: 2, dash: name === 'memory' ? [6, 4] : [] }),
      })),
    ],
  }
}

/** @param {UPlot} _ @param {number | null} __ @param {number | null} most @returns {[number, number]} */
function fromZero(_, __, most) {
  return [0, most === null || most <= 0 ? 1 : most * 1.1]
}

const hours = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })

/** @param {number} seconds */
function hourAndMinute(seconds) {
  return hours.format(seconds * 1_000)
}
