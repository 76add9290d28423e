// @ts-check
// The sentence on top: the worst thing first, whose fault it is, and how it was 15 minutes ago.
import { counted, duration, number, shortName } from './format.js'

/** @import { View } from './view.js' */

/** @typedef {'well' | 'caller' | 'failing' | 'stuck' | 'slow' | 'idle' | 'waiting'} State */

/** Server faults up to this share of the calls are worth a look; above, the server is not well. */
const BAD_SHARE = 0.05

/** @type {Readonly<Record<State, string>>} */
export const STATE_WORDS = {
  well: 'well',
  caller: 'well; callers err',
  failing: 'not well',
  stuck: 'stuck',
  slow: 'slow',
  idle: 'idle',
  waiting: 'waiting',
}

/** What each kind of failure means, for those who see it for the first time. @type {Readonly<Record<string, string>>} */
const CAUSES = {
  validation_error: 'the arguments do not fit the tool’s schema',
  unknown_tool: 'the tool does not exist',
  not_found: 'what was asked for does not exist',
  forbidden: 'access was denied',
  conflict: 'the object changed in the meantime',
  unavailable: 'a service that the tool needs did not answer',
  timeout: 'the tool did not answer in time',
  connection_closed: 'the connection closed before the reply',
  internal_error: 'the server failed inside',
}

/** @param {View} view @returns {{ state: State, text: string }} */
export function sentenceOf(view) {
  const { minute, stuck, now, lastCallAt, callsEver, store } = view
  const parts = []
  const oldest = stuck[0]
  if (oldest !== undefined) {
    const others =
      stuck.length === 1
        ? ''
        : `; ${counted(stuck.length - 1, 'other call')} ${stuck.length === 2 ? 'is' : 'are'} stuck too`
    parts.push(`${shortName(oldest.tool)} has been running for ${duration((now - oldest.at) / 1_000)}${others}.`)
  }
  if (store.id === undefined) return { state: 'waiting', text: 'No server has sent anything yet.' }
  if (minute.calls < 1) {
    parts.push(silence(callsEver, lastCallAt, now))
    return { state: oldest === undefined ? 'idle' : 'stuck', text: parts.join(' ') }
  }
  parts.push(calls(view))
  const slower = comparison(view)
  if (slower.text !== '') parts.push(slower.text)
  return { state: stateOf(view, slower.isSlower), text: parts.join(' ') }
}

/** @param {View} view @param {boolean} isSlower @returns {State} */
function stateOf({ stuck, minute, serverShare }, isSlower) {
  if (stuck.length > 0) return 'stuck'
  if (serverShare > BAD_SHARE) return 'failing'
  if (isSlower) return 'slow'
  return minute.failed > 0 && minute.caller >= minute.failed / 2 && minute.server < 1 ? 'caller' : 'well'
}

/** @param {number} callsEver @param {number} lastCallAt @param {number} now */
function silence(callsEver, lastCallAt, now) {
  if (callsEver === 0) return 'No call has come yet. “npx mcp-vitals traffic” makes some.'
  if (lastCallAt === 0) return `No calls in the last minute; ${counted(callsEver, 'call')} since the server started.`
  const minutes = Math.max(1, Math.round((now - lastCallAt) / 60_000))
  return `No calls in the last minute; the last one was ${counted(minutes, 'minute')} ago.`
}

/** @param {View} view */
function calls({ minute }) {
  const { server } = minute
  const count = Math.round(minute.calls)
  const failed = Math.round(minute.failed)
  if (failed === 0) return `${counted(count, 'call')} in the last minute, none failed.`
  const causes = [...minute.causes.values()].sort((a, b) => rank(b) - rank(a))
  const [worst] = causes
  const head = `${number(failed)} of ${counted(count, 'call')} failed in the last minute`
  if (worst === undefined) return `${head}.`
  const meaning = CAUSES[worst.cause]
  const name = worst.tool === '_OTHER' ? 'a tool that is not offered' : shortName(worst.tool)
  const cause = `${name}, ${shortName(worst.cause)}${meaning === undefined ? '' : ` (${meaning})`}`
  const others = causes.length === 1 ? '' : ` and ${counted(causes.length - 1, 'other cause')}`
  return `${head}, ${blame(Math.round(server), failed)}: ${cause}${others}.`
}

/** @param {number} server @param {number} failed */
function blame(server, failed) {
  if (server === 0) return failed === 1 ? 'by the caller’s fault' : 'all by the caller’s fault'
  if (server >= failed) return failed === 1 ? 'by the server’s fault' : 'all by the server’s fault'
  return `${number(server)} of them by the server’s fault`
}

/** The server's faults before the caller's, then the most frequent. @param {{ side: string, count: number }} cause */
function rank({ side, count }) {
  return count + (side === 'server' ? 1e9 : 0)
}

/** @param {View} view @returns {{ text: string, isSlower: boolean }} */
function comparison({ p95, p95Earlier, minute }) {
  if (p95 === undefined) return { text: '', isSlower: false }
  const now = `p95 is ${duration(p95)}`
  if (p95Earlier === undefined || p95Earlier === 0) return { text: `${now}.`, isSlower: false }
  const ratio = p95 / p95Earlier
  if (ratio >= 1.8) {
    const times = ratio < 2.5 ? 'twice' : `${number(Number(ratio.toPrecision(2)))} times`
    return {
      text: `${now}, ${times} what it was 15 minutes ago.`,
      isSlower: ratio > 2 && p95 > 0.25 && minute.calls >= 10,
    }
  }
  if (ratio <= 0.55) return { text: `${now}, down from ${duration(p95Earlier)} 15 minutes ago.`, isSlower: false }
  return { text: `${now}, about what it was 15 minutes ago.`, isSlower: false }
}
