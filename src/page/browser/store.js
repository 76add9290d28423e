// @ts-check
// What the page knows of the server that it looks at: the stream's snapshot and steps, in memory of this tab.

/** @typedef {{ id: number, figure: string, labels: readonly string[], kind: string, bounds: readonly number[], value: number, sum: number }} Series */
/** @typedef {{ at: number, seconds: number, series?: readonly SeriesEntry[], numbers?: readonly (readonly [number, number, number])[], histograms?: readonly (readonly [number, number, number, number, number, readonly number[]])[] }} Step */
/** @typedef {readonly [number, string, readonly string[], string, readonly number[]]} SeriesEntry */
/** @typedef {{ at: number, seconds: number, tool: string, status: string, errorType?: string, client?: string, protocolVersion?: string, traceId?: string }} Call */
/** @typedef {{ at: number, tool: string, traceId?: string }} OpenCall */
/** @typedef {{ id: string, name: string, lastAt: number }} ServerEntry */
/** @typedef {Step & { calls: readonly Call[], open: readonly OpenCall[] }} StepMessage */

export const HISTORY_MS = 900_000
const MOST_CALLS = 600

export function createStore() {
  return {
    /** Undefined until a server is known. @type {string | undefined} */
    id: undefined,
    /** @type {Readonly<Record<string, string>>} */
    about: {},
    /** @type {Map<number, Series>} */
    series: new Map(),
    /** Oldest first. @type {Step[]} */
    steps: [],
    /** Oldest first. @type {Call[]} */
    calls: [],
    /** @type {readonly OpenCall[]} */
    open: [],
    /** When something came last, by the server's clock. */
    lastAt: 0,
    /** @type {readonly ServerEntry[]} */
    servers: [],
    /** @type {Readonly<{ grafana?: string, traces?: string }>} */
    links: {},
    /** @type {ReadonlySet<string>} */
    callerFaults: new Set(),
    /** Series that found no room. */
    leftOut: 0,
  }
}

/** @typedef {ReturnType<typeof createStore>} Store */

/** @param {Store} store @param {any} message */
export function applySnapshot(store, message) {
  Object.assign(store, createStore(), {
    id: message.id,
    about: message.about ?? {},
    calls: message.calls ?? [],
    open: message.open ?? [],
    lastAt: message.lastAt ?? 0,
    links: message.links ?? {},
    servers: message.servers ?? [],
    callerFaults: new Set(message.callerFaults),
    leftOut: message.leftOut ?? 0,
  })
  addSeries(store, message.series ?? [])
  for (const [id, value, sum] of message.totals ?? []) Object.assign(store.series.get(id) ?? {}, { value, sum })
  store.steps = (message.steps ?? []).toSorted((/** @type {Step} */ a, /** @type {Step} */ b) => a.at - b.at)
}

/** @param {Store} store @param {StepMessage} step */
export function applyStep(store, step) {
  const { calls, open, ...kept } = step
  addSeries(store, step.series ?? [])
  for (const [id, value] of step.numbers ?? []) Object.assign(store.series.get(id) ?? {}, { value })
  for (const [id, value, sum] of step.histograms ?? []) Object.assign(store.series.get(id) ?? {}, { value, sum })
  store.steps.push(kept)
  const gone = store.steps.findIndex(({ at }) => at >= step.at - HISTORY_MS)
  if (gone > 0) store.steps.splice(0, gone)
  store.calls = [...store.calls, ...calls].slice(-MOST_CALLS)
  store.open = open
  if (step.seconds > 0) store.lastAt = step.at
}

/** @param {Store} store @param {readonly SeriesEntry[]} entries */
function addSeries(store, entries) {
  for (const [id, figure, labels, kind, bounds] of entries) {
    store.series.set(id, { id, figure, labels, kind, bounds, value: 0, sum: 0 })
  }
}

/** @param {Store} store @param {string} figure @returns {Series[]} */
export function seriesOf(store, figure) {
  return [...store.series.values()].filter((one) => one.figure === figure)
}

/** The sum of a figure's values; undefined if the server does not send it. @param {Store} store @param {string} figure */
export function total(store, figure) {
  const found = seriesOf(store, figure)
  return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0)
}
