// @ts-check
// The table of tools: calls, failures, latency, bytes, what their definitions cost a model, when they were called last.
import { button, byId, element, keep, setName, setText } from './dom.js'
import { ago, bytes, dateAndTime, duration, number, percent } from './format.js'
import { HISTORY_MS, seriesOf } from './store.js'
import { judged, noTotals, quantileOf, totalsByTool } from './window.js'

/** @import { Series } from './store.js' */
/** @import { View } from './view.js' */

/**
 * @typedef {object} ToolRow
 * @property {string} tool
 * @property {number} ever Calls since the server started.
 * @property {number} minute
 * @property {number} failed Share, over 15 minutes.
 * @property {number | undefined} p50
 * @property {number | undefined} p95
 * @property {number | undefined} request Bytes, on average.
 * @property {number | undefined} response
 * @property {number | undefined} definition
 * @property {number} lastAt
 */

/** @type {readonly { key: keyof ToolRow, name: string, title: string, text: (row: ToolRow, now: number) => string }[]} */
const COLUMNS = [
  { key: 'ever', name: 'Calls', title: 'Since the server started', text: ({ ever }) => number(ever) },
  { key: 'minute', name: 'Calls/min', title: 'In the last minute', text: ({ minute }) => number(Math.round(minute)) },
  { key: 'failed', name: 'Failed', title: 'Share of the last 15 minutes', text: ({ failed }) => percent(failed) },
  { key: 'p50', name: 'p50', title: 'Of the last 15 minutes', text: ({ p50 }) => duration(p50) },
  { key: 'p95', name: 'p95', title: 'Of the last 15 minutes', text: ({ p95 }) => duration(p95) },
  { key: 'request', name: 'Request', title: 'Average bytes of the arguments', text: ({ request }) => bytes(request) },
  { key: 'response', name: 'Response', title: 'Average bytes of the result', text: ({ response }) => bytes(response) },
  {
    key: 'definition',
    name: 'Definition',
    title: 'Bytes that the tool’s definition takes in tools/list, and an estimate of the tokens',
    text: ({ definition }) =>
      definition === undefined ? '–' : `${bytes(definition)} ≈ ${number(Math.ceil(definition / 4))} tok`,
  },
  {
    key: 'lastAt',
    name: 'Last called',
    title: '',
    text: ({ lastAt, ever }, now) => (lastAt > 0 ? ago(lastAt, now) : ever > 0 ? 'earlier' : 'never called'),
  },
]

/** @param {View} view @returns {ToolRow[]} */
export function toolRows({ store, now }) {
  const all = totalsByTool(store, now - HISTORY_MS, now)
  const minute = totalsByTool(store, now - 60_000, now)
  const calls = byTool(seriesOf(store, 'calls'))
  const requests = byTool(seriesOf(store, 'requestSize'))
  const responses = byTool(seriesOf(store, 'responseSize'))
  const definitions = byTool(seriesOf(store, 'definitionSize'))
  /** @type {Map<string, number>} */
  const lastAt = new Map()
  for (const { tool, at, seconds } of store.calls) {
    lastAt.set(tool, Math.max(lastAt.get(tool) ?? 0, at + seconds * 1_000))
  }
  return [...new Set([...calls.keys(), ...definitions.keys()])]
    .map((tool) => {
      const own = all.get(tool) ?? noTotals()
      return {
        tool,
        ever: (calls.get(tool) ?? []).reduce((sum, { value }) => sum + value, 0),
        minute: minute.get(tool)?.calls ?? 0,
        failed: own.calls < 1 ? Number.NaN : own.failed / Math.max(1, judged(own)),
        p50: quantileOf(own, 0.5),
        p95: quantileOf(own, 0.95),
        request: average(requests.get(tool)?.[0]),
        response: average(responses.get(tool)?.[0]),
        definition: definitions.get(tool)?.[0]?.value,
        lastAt: lastAt.get(tool) ?? 0,
      }
    })
    .filter(({ tool, ever }) => tool !== '_OTHER' || ever > 0)
}

/** @param {readonly Series[]} series */
function byTool(series) {
  return Map.groupBy(series, ({ labels }) => labels[0] ?? '')
}

/** @param {Series | undefined} series */
function average(series) {
  return series === undefined || series.value === 0 ? undefined : series.sum / series.value
}

/** @param {(tool: string) => void} choose */
export function createToolTable(choose) {
  /** @type {{ key: keyof ToolRow, down: boolean }} */
  let order = { key: 'minute', down: true }
  /** @type {View} */
  let view
  const heads = COLUMNS.map(({ key, name, title }) => {
    const press = button(
      name,
      () => {
        order = { key, down: order.key === key ? !order.down : true }
        update(view)
      },
      { title },
    )
    return element('th', { scope: 'col', 'data-key': key }, [press])
  })
  const body = element('tbody')
  const empty = element('p', { class: 'empty' })
  const count = element('span', { class: 'note' })
  byId('tools').append(
    element('div', { class: 'head' }, [element('h2', { id: 'tools-title' }, ['Tools']), count]),
    element('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': 'Table of tools' }, [
      element('table', { class: 'tools' }, [
        element('thead', {}, [element('tr', {}, [element('th', { scope: 'col' }, ['Tool']), ...heads])]),
        body,
      ]),
    ]),
    empty,
  )
  const update = (/** @type {View} */ next) => {
    view = next
    const rows = toolRows(view).sort((a, b) => compare(a, b, order))
    for (const head of heads) {
      const isOrder = head.dataset['key'] === order.key
      if (isOrder) head.setAttribute('aria-sort', order.down ? 'descending' : 'ascending')
      else head.removeAttribute('aria-sort')
    }
    const offered = rows.filter(({ tool }) => tool !== '_OTHER')
    const never = offered.filter(({ ever }) => ever === 0).length
    setText(count, offered.length === 0 ? '' : `${number(offered.length)} offered, ${number(never)} never called`)
    setText(empty, rows.length === 0 ? 'No tool is known yet: tools appear when a client lists or calls them.' : '')
    keep(
      body,
      rows,
      ({ tool }) => tool,
      makeRow(choose),
      (made, row) => {
        const [name, ...cells] = /** @type {HTMLTableCellElement[]} */ ([...made.children])
        const press = /** @type {HTMLElement} */ (name?.firstElementChild)
        if (row.tool === '_OTHER') setText(press, 'not offered')
        else setName(press, row.tool)
        press.setAttribute('aria-pressed', String(view.filters.tool === row.tool))
        made.classList.toggle('never', row.ever === 0)
        for (const [index, { text, key }] of COLUMNS.entries()) {
          const cell = cells[index]
          if (cell === undefined) continue
          setText(cell, text(row, view.now))
          if (key === 'lastAt') cell.title = row.lastAt > 0 ? dateAndTime(row.lastAt) : ''
        }
      },
    )
  }
  return { update }
}

/** @param {(tool: string) => void} choose */
function makeRow(choose) {
  return (/** @type {ToolRow} */ { tool }) =>
    element('tr', {}, [
      element('th', { scope: 'row' }, [button('', () => choose(tool), { class: 'link' })]),
      ...COLUMNS.map(() => element('td')),
    ])
}

/** What is not known comes last. @param {ToolRow} a @param {ToolRow} b @param {{ key: keyof ToolRow, down: boolean }} order */
function compare(a, b, { key, down }) {
  const [left, right] = [Number(a[key] ?? Number.NaN), Number(b[key] ?? Number.NaN)]
  if (Number.isNaN(left) !== Number.isNaN(right)) return Number.isNaN(left) ? 1 : -1
  return (
    (Number.isNaN(left) ? 0 : down ? right - left : left - right) || b.ever - a.ever || a.tool.localeCompare(b.tool)
  )
}
