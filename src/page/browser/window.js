// @ts-check
// Adds up what happened in a stretch of time: calls by outcome, causes, durations.
import { quantile } from './quantile.js'
/** @import { Series, Store } from './store.js' */

/**
 * @typedef {object} Totals
 * @property {number} calls That ended.
 * @property {number} failed
 * @property {number} caller Failed by the caller's fault.
 * @property {number} server Failed by the server's fault.
 * @property {number} cancelled
 * @property {number} other Neither: input required, a task.
 * @property {readonly number[]} bounds
 * @property {number[]} buckets
 * @property {Map<string, { tool: string, cause: string, side: 'caller' | 'server', count: number }>} causes
 */

/** @returns {Totals} */
export function noTotals() {
  return {
    calls: 0,
    failed: 0,
    caller: 0,
    server: 0,
    cancelled: 0,
    other: 0,
    bounds: [],
    buckets: [],
    causes: new Map(),
  }
}

/**
 * @param {Store} store
 * @param {number} from Milliseconds, exclusive.
 * @param {number} to Inclusive.
 * @param {string} [tool] Of this tool alone.
 */
export function totalsBetween(store, from, to, tool = '') {
  const totals = noTotals()
  for (const step of store.steps) {
    if (step.at > from && step.at <= to) addStep(store, totals, step, tool)
  }
  return totals
}

/** The same for each tool, in one pass. @param {Store} store @param {number} from @param {number} to @returns {Map<string, Totals>} */
export function totalsByTool(store, from, to) {
  /** @type {Map<string, Totals>} */
  const byTool = new Map()
  const of = (/** @type {Series} */ { labels: [tool = ''] }) => {
    const known = byTool.get(tool) ?? noTotals()
    byTool.set(tool, known)
    return known
  }
  for (const step of store.steps) {
    if (step.at <= from || step.at > to) continue
    for (const [id, , change] of step.numbers ?? []) {
      const series = store.series.get(id)
      if (series?.figure === 'calls') countCalls(of(series), series.labels[1] ?? '', change)
    }
    for (const [id, , , , , buckets] of step.histograms ?? []) {
      const series = store.series.get(id)
      if (series?.figure === 'duration') addBuckets(of(series), series.bounds, buckets, 1)
    }
  }
  return byTool
}

/** @param {Store} store @param {Totals} totals @param {import('./store.js').Step} step @param {string} tool @param {number} [share] */
export function addStep(store, totals, step, tool, share = 1) {
  for (const [id, , change] of step.numbers ?? []) {
    const series = store.series.get(id)
    if (series === undefined || !isOf(series, tool)) continue
    if (series.figure === 'calls') countCalls(totals, series.labels[1] ?? '', change * share)
    if (series.figure === 'errors') countErrors(store, totals, series, change * share)
  }
  for (const [id, , , , , buckets] of step.histograms ?? []) {
    const series = store.series.get(id)
    if (series?.figure === 'duration' && isOf(series, tool)) addBuckets(totals, series.bounds, buckets, share)
  }
}

/** @param {Series} series @param {string} tool */
function isOf(series, tool) {
  return tool === '' || series.labels[0] === tool
}

/** @param {Totals} totals @param {string} status @param {number} count */
function countCalls(totals, status, count) {
  totals.calls += count
  if (status === 'error') totals.failed += count
  else if (status === 'cancelled') totals.cancelled += count
  else if (status !== 'success') totals.other += count
}

/** @param {Store} store @param {Totals} totals @param {Series} series @param {number} count */
function countErrors(store, totals, { labels: [tool = '', cause = ''] }, count) {
  const side = store.callerFaults.has(cause) ? 'caller' : 'server'
  totals[side] += count
  const key = `${tool}\n${cause}`
  const known = totals.causes.get(key)
  totals.causes.set(key, { tool, cause, side, count: (known?.count ?? 0) + count })
}

/** Servers may have other bounds for one tool than for another: those of the first are kept. @param {Totals} totals @param {readonly number[]} bounds @param {readonly number[]} pairs @param {number} share */
function addBuckets(totals, bounds, pairs, share) {
  if (totals.bounds.length === 0) {
    totals.bounds = bounds
    totals.buckets = [...bounds, 0].map(() => 0)
  }
  for (let each = 0; each + 1 < pairs.length; each += 2) {
    const bucket = pairs[each] ?? 0
    totals.buckets[bucket] = (totals.buckets[bucket] ?? 0) + (pairs[each + 1] ?? 0) * share
  }
}

/** @param {Totals} totals @param {number} share */
export function quantileOf({ bounds, buckets }, share) {
  return quantile(share, bounds, buckets)
}

/** Calls that SLOs count: those that ended well or badly. @param {Totals} totals */
export function judged({ calls, cancelled, other }) {
  return calls - cancelled - other
}
