// @ts-check
// The plots of the last 15 minutes: calls by outcome, latency, failures by side, the process. They share their cursor.
import { COLUMNS } from './columns.js'
import { byId, element } from './dom.js'
import { bytes, clock, counted, duration, number, shortName } from './format.js'
import { createHeatmap } from './heatmap.js'
import { createPlotCard } from './plot-card.js'
import { promqlOf } from './promql.js'
import { barSeries, createTimePlot, lineSeries } from './time-plot.js'

/** @import { Column } from './columns.js' */
/** @import { Figure } from './promql.js' */
/** @import { View } from './view.js' */

/** @param {Column} column @param {number} count */
const perSecond = ({ seconds }, count) => count / Math.max(1, seconds)

/** What stacks up, from the bottom. @type {readonly { name: string, series: string, of: (column: Column) => number }[]} */
const OUTCOMES = [
  {
    name: 'success',
    series: 'success',
    of: ({ totals }) => Math.max(0, totals.calls - totals.failed - totals.cancelled - totals.other),
  },
  { name: 'other', series: 'other', of: ({ totals }) => totals.other },
  { name: 'cancelled', series: 'cancelled', of: ({ totals }) => totals.cancelled },
  { name: 'caller’s fault', series: 'caller', of: ({ totals }) => totals.caller },
  { name: 'server’s fault', series: 'server', of: ({ totals }) => totals.server },
]
const FAILURES = OUTCOMES.slice(3)

export function createPlots() {
  /** @type {View} */
  let view
  const promql = (/** @type {Figure} */ figure) => () =>
    promqlOf(figure, view.filters.tool, [...view.store.callerFaults])
  /** @param {readonly { name: string, of: (column: Column) => number }[]} stacked @param {boolean} rates */
  const stackTable = (stacked, rates) => () => ({
    head: ['Time', ...stacked.map(({ name }) => (rates ? `${name} /s` : name))],
    rows: view.columns
      .toReversed()
      .map((column) => [
        clock(column.at),
        ...stacked.map(({ of }) => number(Number((rates ? perSecond(column, of(column)) : of(column)).toFixed(2)))),
      ]),
  })
  const outcomes = createPlotCard({
    id: 'outcomes',
    title: 'Calls per second',
    legend: OUTCOMES.filter(({ series }) => series !== 'other'),
    promql: promql('status'),
    table: stackTable(OUTCOMES, true),
  })
  const latency = createPlotCard({
    id: 'latency',
    title: 'Latency',
    legend: [],
    promql: promql('latency'),
    table: () => ({
      head: ['Time', 'p50', 'p95', 'p99'],
      rows: view.columns
        .toReversed()
        .map((column) => [
          clock(column.at),
          ...[0.5, 0.95, 0.99].map((share) => duration(heatmap.quantile(column, share))),
        ]),
    }),
  })
  const failures = createPlotCard({
    id: 'failures',
    title: 'Failed calls, by whose fault',
    legend: FAILURES,
    promql: promql('causes'),
    table: stackTable(FAILURES, false),
  })
  const runtime = createPlotCard({
    id: 'runtime',
    title: 'The process',
    legend: [
      { name: 'event-loop delay (p99)', series: 'lag' },
      { name: 'memory', series: 'memory' },
    ],
    promql: promql('runtime'),
    table: () => ({
      head: ['Time', 'Event-loop delay', 'Memory'],
      rows: view.columns
        .toReversed()
        .map(({ at, lag, memory }) => [clock(at), duration(lag ?? undefined), bytes(memory ?? undefined)]),
    }),
  })
  byId('plots').append(outcomes.card, latency.card, failures.card, runtime.card)
  const causes = element('ul', { class: 'causes', 'aria-label': 'Causes, the most frequent first' })
  failures.card.append(causes)

  const outcomePlot = createTimePlot(
    outcomes.plot,
    OUTCOMES.toReversed().map(({ name, series }) => barSeries(name, series)),
    (value) => number(value),
  )
  const failurePlot = createTimePlot(
    failures.plot,
    FAILURES.toReversed().map(({ name, series }) => barSeries(name, series)),
    (value) => number(value),
  )
  const runtimePlot = createTimePlot(
    runtime.plot,
    [lineSeries('event-loop delay', 'lag', 'y'), lineSeries('memory', 'memory', 'right')],
    (value) => duration(value),
    (value) => bytes(value),
  )
  const heatmap = createHeatmap(latency.plot)

  return {
    /** @param {View} next */
    update(next) {
      view = next
      const { columns, all } = view
      const times = columns.map(({ at }) => at / 1_000)
      outcomePlot.draw([times, ...stacks(columns, OUTCOMES, true)])
      failurePlot.draw([times, ...stacks(columns, FAILURES, false)])
      runtimePlot.draw([times, columns.map(({ lag }) => lag), columns.map(({ memory }) => memory)])
      heatmap.draw(columns)
      outcomes.note(`${counted(Math.round(all.calls), 'call')} in the last 15 minutes`)
      latency.note(
        `p50 ${duration(heatmap.overall(0.5))} · p95 ${duration(heatmap.overall(0.95))} · p99 ${duration(heatmap.overall(0.99))} over 15 minutes; darker is more calls`,
      )
      failures.note(all.failed < 1 ? 'No call failed in the last 15 minutes.' : '')
      runtime.note(
        columns.every(({ memory }) => memory === null) ? 'This server does not send metrics of its process.' : '',
      )
      drawCauses(causes, view)
      for (const card of [outcomes, latency, failures, runtime]) card.drawTable()
    },
    redraw() {
      for (const plot of [outcomePlot, failurePlot, runtimePlot, heatmap]) plot.restyle()
    },
  }
}

/** Each with what lies below it added, the top one first: it is drawn first, and the next ones over it. @param {readonly Column[]} columns @param {readonly { of: (column: Column) => number }[]} stacked @param {boolean} rates */
function stacks(columns, stacked, rates) {
  const below = new Array(COLUMNS).fill(0)
  const sums = stacked.map(({ of }) =>
    columns.map((column, index) => {
      below[index] += rates ? perSecond(column, of(column)) : of(column)
      return /** @type {number} */ (below[index])
    }),
  )
  return sums.toReversed()
}

const MOST_CAUSES = 5

/** @param {HTMLElement} list @param {View} view */
function drawCauses(list, { all }) {
  const causes = [...all.causes.values()].filter(({ count }) => count >= 1).sort((a, b) => b.count - a.count)
  const shown = causes.slice(0, MOST_CAUSES)
  const key = JSON.stringify(shown)
  if (list.dataset['shown'] === key) return
  list.dataset['shown'] = key
  const most = shown[0]?.count ?? 1
  list.replaceChildren(
    ...shown.map(({ tool, cause, side, count }) => {
      const bar = element('meter', { min: '0', max: String(most), value: String(count), 'aria-hidden': 'true' })
      return element('li', { 'data-series': side }, [
        element('span', { class: 'mark', 'aria-hidden': 'true' }),
        element('span', { class: 'cause', title: cause }, [shortName(cause)]),
        element('span', { class: 'where', title: tool }, [tool === '_OTHER' ? 'not offered' : shortName(tool)]),
        bar,
        element('span', { class: 'count' }, [number(Math.round(count))]),
        element('span', { class: 'side' }, [side === 'caller' ? 'caller’s fault' : 'server’s fault']),
      ])
    }),
  )
}
