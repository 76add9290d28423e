// Counts the bytes that JSON.stringify writes for escapes and numbers, which other languages write in other ways.

const U = 0x75
const SLASH = 0x2f
/** Bytes of `\uXXXX`. */
const LONG = 6

export interface EscapeReader {
  /** Whether the next byte belongs to an escape. */
  readonly isOpen: boolean
  /** The next byte of an escape; the first one is its backslash. `at`: bytes before it. Returns by how many bytes the text changes. */
  push(byte: number, at: number): number
}

export function createEscapeReader(): EscapeReader {
  /** Bytes of the open escape so far. */
  let length = 0
  let unit = 0
  /** Where an escaped first half of a pair ended: `\ud83d` counts by itself until its second half follows at once. */
  let halfEndsAt = -1

  const ended = (change: number) => {
    length = 0
    unit = 0
    return change
  }
  return {
    get isOpen() {
      return length > 0
    },
    push(byte, at) {
      length += 1
      if (length === 1) return 0
      if (length === 2) return byte === U ? 0 : ended(byte === SLASH ? -1 : 0)
      unit = unit * 16 + Number.parseInt(String.fromCharCode(byte), 16)
      if (length < LONG) return 0
      if (unit >= 0xdc00 && unit <= 0xdfff && at - (LONG - 1) === halfEndsAt) return ended(4 - 2 * LONG)
      if (unit >= 0xd800 && unit <= 0xdbff) halfEndsAt = at + 1
      return ended(unitSize(unit) - LONG)
    },
  }
}

const SHORT_CONTROLS: ReadonlySet<number> = new Set([0x08, 0x09, 0x0a, 0x0c, 0x0d])

/** Bytes of a UTF-16 code unit in a JSON string; half of a pair stays an escape (ECMA-262, QuoteJSONString). */
function unitSize(unit: number): number {
  if (SHORT_CONTROLS.has(unit) || unit === 0x22 || unit === 0x5c) return 2
  if (unit < 0x20 || (unit >= 0xd800 && unit <= 0xdfff)) return LONG
  if (unit < 0x80) return 1
  return unit < 0x800 ? 2 : 3
}

/** By how many bytes a number or literal changes when it is parsed and written again. */
export function scalarChange(text: string): number {
  const number = Number(text)
  // `true`, `false` and `null`; and what is infinite is written as `null`.
  if (Number.isNaN(number)) return 0
  return (Number.isFinite(number) ? String(number).length : 'null'.length) - text.length
}
