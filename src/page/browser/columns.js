// @ts-check
// The last 15 minutes in columns of 10 seconds, as the plots and their tables show them.
import { addStep, noTotals } from './window.js'
/** @import { Step, Store } from './store.js' */
/** @import { Totals } from './window.js' */

export const COLUMN_MS = 10_000
export const COLUMNS = 90

/**
 * @typedef {object} Column
 * @property {number} at Where it begins, in milliseconds.
 * @property {number} seconds How much of it is over.
 * @property {Totals} totals
 * @property {number | null} lag Seconds of event-loop delay.
 * @property {number | null} memory
 */

/** @param {Store} store @param {number} now @param {string} tool @returns {Column[]} */
export function columnsOf(store, now, tool) {
  const last = Math.floor(now / COLUMN_MS) * COLUMN_MS
  const first = last - (COLUMNS - 1) * COLUMN_MS
  /** @type {Column[]} */
  const columns = Array.from({ length: COLUMNS }, (_, index) => ({
    at: first + index * COLUMN_MS,
    seconds: Math.min(COLUMN_MS, now - first - index * COLUMN_MS) / 1_000,
    totals: noTotals(),
    lag: null,
    memory: null,
  }))
  for (const step of store.steps) {
    if (step.at > now || step.at < first) continue
    for (const [column, share] of spread(step, first)) {
      const found = columns[column]
      if (found !== undefined) addStep(store, found.totals, step, tool, share)
    }
    const column = columns[Math.floor((step.at - first) / COLUMN_MS)]
    if (column !== undefined) addRuntime(store, column, step)
  }
  return columns
}

/** A server that is heard of every 5 s tells of 5 s: the columns they lie in share it. @param {Step} step @param {number} first @returns {[number, number][]} */
function spread({ at, seconds }, first) {
  const to = at - first
  const from = to - seconds * 1_000
  const last = Math.floor((to - 1) / COLUMN_MS)
  if (seconds <= 1.5 || from >= last * COLUMN_MS) return [[last, 1]]
  /** @type {[number, number][]} */
  const shares = []
  for (let column = Math.floor(from / COLUMN_MS); column <= last; column += 1) {
    const inside = Math.min(to, (column + 1) * COLUMN_MS) - Math.max(from, column * COLUMN_MS)
    shares.push([column, inside / (seconds * 1_000)])
  }
  return shares
}

/** @param {Store} store @param {Column} column @param {Step} step */
function addRuntime(store, column, { numbers = [] }) {
  for (const [id, value] of numbers) {
    const figure = store.series.get(id)?.figure
    if (figure === 'loopLag') column.lag = Math.max(column.lag ?? 0, value)
    if (figure === 'memory') column.memory = value
  }
}
