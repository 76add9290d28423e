// @ts-check
// Saves what the page shows as JSON, with times in ISO 8601.
import { shownCalls } from './calls.js'
import { element } from './dom.js'
import { sentenceOf } from './sentence.js'
import { toolRows } from './tools.js'
/** @import { View } from './view.js' */

/** @param {View} view */
export function downloadOf(view) {
  const { store, filters, now, minute, columns } = view
  const iso = (/** @type {number} */ at) => (at > 0 ? new Date(at).toISOString() : null)
  return {
    at: iso(now),
    server: store.about,
    filters: { ...filters, paused: iso(filters.paused) },
    sentence: sentenceOf(view).text,
    lastMinute: {
      calls: minute.calls,
      failed: minute.failed,
      callersFault: minute.caller,
      serversFault: minute.server,
      cancelled: minute.cancelled,
      p50: view.p50,
      p95: view.p95,
      p99: view.p99,
    },
    last15Minutes: columns.map(({ at, seconds, totals, lag, memory }) => ({
      at: iso(at),
      seconds,
      calls: totals.calls,
      failed: totals.failed,
      callersFault: totals.caller,
      serversFault: totals.server,
      bounds: totals.bounds,
      buckets: totals.buckets,
      eventLoopDelaySeconds: lag,
      memoryBytes: memory,
    })),
    causes: [...view.all.causes.values()],
    tools: toolRows(view).map((row) => ({ ...row, lastAt: iso(row.lastAt) })),
    calls: shownCalls(view).map((call) => ({ ...call, at: iso(call.at) })),
    series: [...store.series.values()].map(({ figure, labels, value, sum }) => ({ figure, labels, value, sum })),
  }
}

/** @param {View} view */
export function download(view) {
  const text = JSON.stringify(downloadOf(view), null, 2)
  const href = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  const name = `mcp-vitals-${new Date(view.now).toISOString().slice(0, 19).replaceAll(':', '')}.json`
  const link = element('a', { href, download: name })
  document.body.append(link)
  link.click()
  link.remove()
  setTimeout(() => URL.revokeObjectURL(href), 10_000)
}
