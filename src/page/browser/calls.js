// @ts-check
// The calls to look at: failed, slow and stuck ones, the latest first.
import { button, byId, element, keep, setName, setText } from './dom.js'
import { clock, dateAndTime, duration, number } from './format.js'
import { quantile } from './quantile.js'

/** @import { Filters } from './filters.js' */
/** @import { Call, Store } from './store.js' */
/** @import { View } from './view.js' */

/** @typedef {Call & { kind: 'stuck' | 'server' | 'caller' | 'slow' | 'ok' }} ShownCall */

const LISTS = { look: 'to look at', failed: 'failed', slow: 'slow', all: 'all' }
const MOST_SHOWN = 60
/** Faster calls are never called slow. */
const SLOW_SECONDS = 0.05

/** A call's name in the URL: its trace, or when it came. @param {Call} call */
export function callId({ traceId, at }) {
  return traceId ?? `at-${Math.round(at)}`
}

/** @param {View} view @returns {ShownCall[]} The latest first; stuck ones on top. */
export function shownCalls({ store, stuck, filters, all, now }) {
  const slowAfter = Math.max(SLOW_SECONDS, quantile(0.95, all.bounds, all.buckets) ?? 0)
  const fits = (/** @type {ShownCall} */ call) => isChosen(call, filters) && isListed(call, filters.list)
  /** @type {ShownCall[]} */
  const open = stuck.map(({ at, tool, traceId }) => ({
    at,
    seconds: (now - at) / 1_000,
    tool,
    status: 'running',
    kind: 'stuck',
    ...(traceId && { traceId }),
  }))
  /** @type {ShownCall[]} */
  const ended = store.calls.map((call) => ({
    ...call,
    kind: kindOf(call, store, slowAfter),
  }))
  return [
    ...open.filter(fits),
    ...ended
      .sort((a, b) => b.at - a.at)
      .filter(fits)
      .slice(0, MOST_SHOWN),
  ]
}

/** @param {Call} call @param {Store} store @param {number} slowAfter @returns {ShownCall['kind']} */
function kindOf({ status, errorType = '', seconds }, { callerFaults }, slowAfter) {
  if (status === 'error') return callerFaults.has(errorType) ? 'caller' : 'server'
  return seconds > slowAfter ? 'slow' : 'ok'
}

/** @param {Call} call @param {Filters} filters */
function isChosen({ tool, client = '', status }, filters) {
  return (
    (filters.tool === '' || tool === filters.tool) &&
    (filters.client === '' || client === filters.client) &&
    (filters.status === '' || status === filters.status)
  )
}

/** @param {ShownCall} call @param {string} list */
function isListed({ kind }, list) {
  if (list === 'all' || kind === 'stuck') return true
  if (list === 'look') return kind !== 'ok'
  return list === 'failed' ? kind === 'server' || kind === 'caller' : kind === list
}

/** @param {{ choose: (list: string) => void, open: (call: ShownCall) => void }} handlers */
export function createCallList({ choose, open }) {
  /** @type {Map<string, ShownCall>} */
  let shown = new Map()
  const choices = Object.entries(LISTS).map(([list, name]) => button(name, () => choose(list), { 'data-list': list }))
  const list = element('ol', { class: 'calls' })
  const empty = element('p', { class: 'empty' })
  byId('calls').append(
    element('div', { class: 'head' }, [
      element('h2', { id: 'calls-title' }, ['Calls']),
      element('div', { class: 'choices', role: 'group', 'aria-label': 'Which calls' }, choices),
    ]),
    list,
    empty,
  )
  return {
    /** @param {View} view */
    update(view) {
      const { filters } = view
      for (const choice of choices) choice.setAttribute('aria-pressed', String(choice.dataset['list'] === filters.list))
      const calls = shownCalls(view)
      shown = new Map(calls.map((call) => [keyOf(call), call]))
      setText(empty, calls.length === 0 ? nothing(view) : '')
      keep(
        list,
        calls,
        keyOf,
        (call) => make(() => open(shown.get(keyOf(call)) ?? call)),
        (made, call) => fill(made, call, filters.call),
      )
    },
  }
}

/** @param {ShownCall} call */
function keyOf(call) {
  return `${callId(call)} ${call.tool}`
}

/** @param {() => void} press */
function make(press) {
  const spans = ['mark', 'when', 'tool', 'what', 'took', 'who'].map((name) => element('span', { class: name }))
  const row = button('', press, { class: 'row' })
  row.replaceChildren(...spans)
  return element('li', {}, [row])
}

/** @param {HTMLElement} made @param {ShownCall} call @param {string} chosen */
function fill(made, call, chosen) {
  const row = /** @type {HTMLElement} */ (made.firstElementChild)
  const [, when, tool, what, took, who] = /** @type {HTMLElement[]} */ ([...row.children])
  made.dataset['kind'] = call.kind
  row.setAttribute('aria-pressed', String(callId(call) === chosen))
  if (!when || !tool || !what || !took || !who) return
  setText(when, clock(call.at))
  when.title = dateAndTime(call.at)
  if (call.tool === '_OTHER') setText(tool, 'not offered')
  else setName(tool, call.tool)
  setName(what, call.kind === 'stuck' ? 'stuck' : (call.errorType ?? (call.kind === 'slow' ? 'slow' : call.status)))
  setText(took, `${duration(call.seconds)}${call.kind === 'stuck' ? ' …' : ''}`)
  setName(who, call.client ?? '')
}

/** @param {View} view */
function nothing({ filters, store, callsEver }) {
  if (callsEver === 0) return 'No call yet. Make some with: npx mcp-vitals traffic'
  if (store.calls.length === 0) return 'The calls before this page was opened are not kept here.'
  const filtered = filters.tool !== '' || filters.client !== '' || filters.status !== ''
  if (filtered) return 'No call fits the filters.'
  return `None of the latest ${number(store.calls.length)} calls failed or was slow. “all” shows them.`
}
