// @ts-check
// The row of vital signs: calls a second, failures, whose fault, latency, calls in flight, the process.
import { byId, element, setText, svg } from './dom.js'
import { bytes, counted, duration, number, percent } from './format.js'
import { copyButton } from './plot-card.js'
import { promqlOf } from './promql.js'
import { total } from './store.js'
import { judged, quantileOf } from './window.js'

/** @import { Column } from './columns.js' */
/** @import { Figure } from './promql.js' */
/** @import { View } from './view.js' */

/**
 * @typedef {object} Vital
 * @property {Figure} figure
 * @property {string} name
 * @property {(view: View) => string} value
 * @property {(view: View) => string} note
 * @property {(column: Column) => number} line Of its sparkline.
 * @property {string} series Its colour.
 */

/** @type {readonly Vital[]} */
const VITALS = [
  {
    figure: 'rate',
    name: 'calls a second',
    value: ({ minute }) => number(Number((minute.calls / 60).toPrecision(3))),
    note: ({ minute }) => `${counted(Math.round(minute.calls), 'call')} in a minute`,
    line: ({ totals, seconds }) => totals.calls / Math.max(1, seconds),
    series: 'success',
  },
  {
    figure: 'failed',
    name: 'failed',
    value: ({ minute, failedShare }) => (judged(minute) < 1 ? '–' : percent(failedShare)),
    note: ({ minute }) =>
      `${number(Math.round(minute.failed))} failed, ${number(Math.round(minute.cancelled))} cancelled`,
    line: ({ totals }) => totals.failed / Math.max(1, judged(totals)),
    series: 'caller',
  },
  {
    figure: 'fault',
    name: 'server’s fault',
    value: ({ minute, serverShare }) => (judged(minute) < 1 ? '–' : percent(serverShare)),
    note: ({ minute }) =>
      `${number(Math.round(minute.server))} of ${counted(Math.round(minute.failed), 'failed call')}`,
    line: ({ totals }) => totals.server / Math.max(1, judged(totals)),
    series: 'server',
  },
  {
    figure: 'p95',
    name: 'p95 latency',
    value: ({ p95 }) => duration(p95),
    note: ({ p50, p99 }) => `p50 ${duration(p50)}, p99 ${duration(p99)}`,
    line: ({ totals }) => quantileOf(totals, 0.95) ?? 0,
    series: 'accent',
  },
  {
    figure: 'inFlight',
    name: 'in flight',
    value: ({ inFlight }) => (inFlight === undefined ? '–' : number(inFlight)),
    note: ({ stuck, store }) => {
      const queued = total(store, 'queued') ?? 0
      return `${stuck.length === 0 ? 'none stuck' : `${number(stuck.length)} stuck`}${queued > 0 ? `, ${number(queued)} queued` : ''}`
    },
    line: () => 0,
    series: 'stuck',
  },
  {
    figure: 'runtime',
    name: 'event loop',
    value: ({ store }) => duration(total(store, 'loopLag')),
    note: ({ store }) =>
      `${percent(total(store, 'loopUse') ?? Number.NaN)} busy, memory ${bytes(total(store, 'memory'))}`,
    line: ({ lag }) => lag ?? 0,
    series: 'lag',
  },
]

const WIDTH = 120
const HEIGHT = 24

export function createVitals() {
  /** @type {View} */
  let view
  const tiles = VITALS.map((vital) => {
    const value = element('span', { class: 'value', 'data-figure': vital.figure })
    const note = element('span', { class: 'note' })
    const line = svg('polyline', { fill: 'none', 'stroke-width': '1.5', 'vector-effect': 'non-scaling-stroke' })
    const spark = svg('svg', {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      preserveAspectRatio: 'none',
      'aria-hidden': 'true',
      class: `spark ${vital.series}`,
    })
    spark.append(line)
    const copy = copyButton(() => promqlOf(vital.figure, view.filters.tool, [...view.store.callerFaults]))
    copy.setAttribute('aria-label', `Copy the PromQL of ${vital.name}`)
    const tile = element('div', { class: 'vital', id: `vital-${vital.figure}` }, [
      element('span', { class: 'name' }, [vital.name]),
      value,
      note,
      copy,
    ])
    tile.append(spark)
    return { vital, value, note, line, tile, spark }
  })
  byId('vitals').append(...tiles.map(({ tile }) => tile))
  return {
    /** @param {View} next */
    update(next) {
      view = next
      for (const { vital, value, note, line, tile, spark } of tiles) {
        setText(value, vital.value(view))
        setText(note, vital.note(view))
        const points = view.columns.map(vital.line)
        const most = Math.max(...points)
        spark.toggleAttribute('hidden', vital.figure === 'inFlight')
        line.setAttribute(
          'points',
          points
            .map(
              (point, index) =>
                `${((index / (points.length - 1)) * WIDTH).toFixed(1)},${(HEIGHT - 1 - (most === 0 ? 0 : (point / most) * (HEIGHT - 3))).toFixed(1)}`,
            )
            .join(' '),
        )
        tile.classList.toggle('bad', isBad(vital.figure, view))
      }
    },
  }
}

/** @param {Figure} figure @param {View} view */
function isBad(figure, { serverShare, stuck }) {
  return (figure === 'fault' && serverShare > 0.05) || (figure === 'inFlight' && stuck.length > 0)
}
