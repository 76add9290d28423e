// @ts-check
// Numbers, sizes, times and names as people read them.

/** Three significant digits, without an exponent. @param {number} value */
export function number(value) {
  if (!Number.isFinite(value)) return '–'
  if (Number.isInteger(value)) return (formats[0] ?? plain).format(value)
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  return (formats[Math.min(digits, 3)] ?? plain).format(value)
}

const plain = new Intl.NumberFormat('en-US')
/** By digits after the point. */
const formats = [0, 1, 2, 3].map((maximumFractionDigits) => new Intl.NumberFormat('en-US', { maximumFractionDigits }))

/** @param {number | undefined} seconds */
export function duration(seconds) {
  if (seconds === undefined || !Number.isFinite(seconds)) return '–'
  if (seconds === 0) return '0 s'
  // What would be rounded to 1,000 of a unit is 1 of the next.
  if (seconds < 0.0009995) return `${number(Math.round(seconds * 1e6))} µs`
  if (seconds < 0.9995) return `${number(round(seconds * 1_000))} ms`
  if (seconds < 120) return `${number(round(seconds))} s`
  if (seconds < 7_200) return `${number(round(seconds / 60))} min`
  return `${number(round(seconds / 3_600))} h`
}

/** @param {number | undefined} count */
export function bytes(count) {
  if (count === undefined || !Number.isFinite(count)) return '–'
  if (count < 1_000) return `${number(Math.round(count))} B`
  if (count < 1e6) return `${number(round(count / 1e3))} kB`
  if (count < 1e9) return `${number(round(count / 1e6))} MB`
  return `${number(round(count / 1e9))} GB`
}

/** @param {number} share */
export function percent(share) {
  if (!Number.isFinite(share)) return '–'
  const value = share * 100
  if (value === 0) return '0 %'
  if (value < 0.1) return '< 0.1 %'
  return `${value >= 99.95 ? '100' : value.toFixed(value < 10 ? 1 : 0)} %`
}

/** @param {number} value */
function round(value) {
  return Number(value.toPrecision(3))
}

/** How long ago; absolute beyond an hour. @param {number} at @param {number} now */
export function ago(at, now) {
  const seconds = Math.max(0, (now - at) / 1_000)
  if (seconds < 1) return 'now'
  if (seconds < 60) return `${Math.floor(seconds)} s ago`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`
  return clock(at)
}

/** @param {number} at */
export function clock(at) {
  return clocks.format(at)
}

/** @param {number} at */
export function dateAndTime(at) {
  return dates.format(at)
}

const clocks = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })
const dates = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })

/** @param {number} count @param {string} one @param {string} [many] */
export function counted(count, one, many = `${one}s`) {
  return `${number(count)} ${count === 1 ? one : many}`
}

const LONGEST_NAME = 40
const LONGEST_TITLE = 500

/** Names come from strangers: what cannot be seen, or changes how text runs, is shown as an escape. @param {string} text */
export function visible(text) {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
  })
}

/** A name, cut in the middle if it is long. @param {string} text */
export function shortName(text) {
  const [...characters] = visible(text.slice(0, LONGEST_TITLE))
  if (characters.length <= LONGEST_NAME) return characters.join('')
  return `${characters.slice(0, 24).join('')}…${characters.slice(-15).join('')}`
}

/** What a title says of a name. @param {string} text */
export function longName(text) {
  const shown = visible(text.slice(0, LONGEST_TITLE))
  return text.length > LONGEST_TITLE ? `${shown}… (${number(text.length)} characters)` : shown
}
