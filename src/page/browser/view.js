// @ts-check
// Everything that one drawing of the page shows, computed once from the store and the filters.
import { columnsOf } from './columns.js'
import { HISTORY_MS, total } from './store.js'
import { judged, quantileOf, totalsBetween } from './window.js'

/** @import { OpenCall, Store } from './store.js' */
/** @import { Filters } from './filters.js' */

/** Calls that run longer than this, and than five times the p99, are stuck. */
const STUCK_SECONDS = 10

/** @param {Store} store @param {Filters} filters @param {number} now By the server's clock. */
export function viewOf(store, filters, now) {
  const { tool } = filters
  const minute = totalsBetween(store, now - 60_000, now, tool)
  const all = totalsBetween(store, now - HISTORY_MS, now, tool)
  const earlier = totalsBetween(store, now - HISTORY_MS, now - HISTORY_MS + 300_000, tool)
  const p99 = quantileOf(all, 0.99) ?? 0
  const stuckAfter = Math.max(STUCK_SECONDS, 5 * p99)
  const open = store.open.filter((call) => tool === '' || call.tool === tool)
  return {
    store,
    filters,
    now,
    minute,
    all,
    earlier,
    columns: columnsOf(store, now, tool),
    stuck: open.filter(({ at }) => (now - at) / 1_000 > stuckAfter),
    inFlight: total(store, 'active'),
    /** Shares of the calls that ended in the last minute. */
    failedShare: minute.failed / Math.max(1, judged(minute)),
    serverShare: minute.server / Math.max(1, judged(minute)),
    p50: quantileOf(minute, 0.5),
    p95: quantileOf(minute, 0.95),
    p99: quantileOf(minute, 0.99),
    p95Earlier: judged(earlier) >= 10 ? quantileOf(earlier, 0.95) : undefined,
    /** When the last call ended that is known. */
    lastCallAt: Math.max(0, ...store.calls.map(({ at, seconds }) => at + seconds * 1_000)),
    /** Calls since the server started. */
    callsEver: total(store, 'calls') ?? 0,
  }
}

/** @typedef {ReturnType<typeof viewOf>} View */
/** @typedef {OpenCall} StuckCall */
