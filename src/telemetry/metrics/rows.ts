// Finds the row of an attribute set, and makes rows up to a limit that holds for the life of the process. The SDK's own limit starts
// again with each collection, which bounds nothing where totals are cumulative.
import { OVERFLOW_ATTRIBUTE, SERIES_LIMIT } from '@mcp-vitals/instrumentation'
import type { Attributes, AttributeValue, Context } from '@opentelemetry/api'
import { context } from '@opentelemetry/api'
import type { IAttributesProcessor } from '@opentelemetry/sdk-metrics'
import { createAllowListAttributesProcessor, createDenyListAttributesProcessor } from '@opentelemetry/sdk-metrics'
import { cleanAttributes, valueText } from './clean-attributes.ts'

interface RowsOptions {
  /** What the stream's view does to attributes: only what is left after it can make a row. */
  readonly processors: readonly IAttributesProcessor[]
  /** How many rows there may be, the overflow row included. @default SERIES_LIMIT */
  readonly limit?: number | undefined
  readonly onOverflow: () => void
}

const OVERFLOW: Attributes = Object.freeze({ [OVERFLOW_ATTRIBUTE]: true })

/** The SDK's own processors look at each key alone, and say the same of it whatever the context. */
const BY_KEY: ReadonlySet<unknown> = new Set([
  createAllowListAttributesProcessor([]).constructor,
  createDenyListAttributesProcessor([]).constructor,
])

const UNKNOWN = -1
/** No set of attributes has it. */
const OVERFLOW_PAIR = 0x7fffffff
/** Longer sets are looked up the slow way. */
const MAX_PAIRS = 64
/** Keys that a view removes, remembered so that they cost a look-up; strangers can send ever new ones. */
const MAX_COLUMNS = 1_000

/** The values of one key, each with the id of its pair; undefined for a key that the view removes. */
type Column = Map<unknown, number> | 'removed'

const scratch = new Int32Array(MAX_PAIRS)

/**
 * The rows of one stream. A pair of key and value is an integer, the same for all values that come out as the same label (`1` and
 * `'1'` are one series in Prometheus), and a row is found by its sorted pairs in a table of open addressing. An `add` with two attributes takes a
 * third of what it takes with the SDK, and a counter's series of three attributes 158 bytes instead of 866.
 */
export class Rows {
  /** What each row is recorded under: frozen. */
  readonly attributes: Attributes[] = []
  /** The row that takes what the limit refused; -1 while there is none. */
  overflow = UNKNOWN
  readonly #options: RowsOptions & { readonly limit: number }
  /** The row of a set is always the same. */
  readonly isContextFree: boolean
  readonly #columns = new Map<string, Column>()
  /** The keys of the set that was looked up last, and their columns: a look-up less for each key, a fifth of an `add`. */
  readonly #lastKeys: (string | undefined)[] = []
  readonly #lastColumns: (Column | undefined)[] = []
  /** The value of each pair, so that rows share one text. Pair 0 is none. */
  readonly #values: AttributeValue[] = ['']
  /** The pairs of each row, sorted, in places for as many as the longest has; the rest are 0. */
  #width = 2
  #pairs = new Int32Array(0)
  /** Each slot has a row's number plus one, or 0. */
  #slots = new Int32Array(8)

  constructor({ processors, limit = SERIES_LIMIT, onOverflow }: RowsOptions) {
    this.#options = { processors, limit, onOverflow }
    this.isContextFree = processors.every((processor) => BY_KEY.has(processor.constructor))
  }

  get size(): number {
    return this.attributes.length
  }

  /** The row of a set, whatever somebody passed as one. Never throws. */
  find(attributes: unknown, active?: Context): number {
    const row = this.isContextFree ? this.#lookUp(attributes) : UNKNOWN
    return row === UNKNOWN ? this.#admit(attributes, active) : row
  }

  /** The row of a set that was seen before; reads each value once. */
  #lookUp(attributes: unknown): number {
    let count = 0
    try {
      if (attributes !== undefined) {
        if (typeof attributes !== 'object' || attributes === null) return UNKNOWN
        const keys = Object.keys(attributes)
        if (keys.length > MAX_PAIRS) return UNKNOWN
        for (let index = 0; index < keys.length; index += 1) {
          const key = keys[index] as string
          // Measurements of one instrument have their keys in one order.
          if (key !== this.#lastKeys[index]) {
            this.#lastKeys[index] = key
            this.#lastColumns[index] = this.#columns.get(key)
          }
          const column = this.#lastColumns[index]
          if (column === undefined) {
            this.#lastKeys[index] = undefined
            return UNKNOWN
          }
          if (column === 'removed') continue
          const pair = column.get((attributes as Readonly<Record<string, unknown>>)[key])
          if (pair === undefined) return UNKNOWN
          count = insert(pair, count)
        }
      }
      return this.#search(count)
    } catch {
      return UNKNOWN // A getter or a proxy threw: cleaning deals with it.
    }
  }

  #admit(attributes: unknown, active: Context = context.active()): number {
    const { attributes: clean } = cleanAttributes(attributes)
    // Our instruments bound themselves; what overflowed there is no series of its own, whatever a view would leave of it.
    if (OVERFLOW_ATTRIBUTE in clean) return this.#overflowRow()
    const left = this.#process(clean, active)
    const keys = Object.keys(left)
    let count = 0
    for (const key of keys) {
      const pair = this.#column(key)?.get(valueText(left[key]))
      if (pair === undefined) return this.#make(keys, left)
      count = insert(pair, count)
    }
    const row = this.#search(count)
    if (row === UNKNOWN) return this.#make(keys, left)
    for (const key of keys) this.#pair(key, left[key] as AttributeValue)
    return row
  }

  #make(keys: readonly string[], left: Attributes): number {
    const { limit, onOverflow } = this.#options
    if (this.size - (this.overflow === UNKNOWN ? 0 : 1) >= limit - 1) {
      onOverflow()
      return this.#overflowRow()
    }
    const set: Attributes = {}
    let count = 0
    for (const key of keys) {
      const pair = this.#pair(key, left[key] as AttributeValue)
      set[key] = this.#values[pair]
      count = insert(pair, count)
    }
    const row = this.attributes.push(Object.freeze(set)) - 1
    this.#index(row, scratch.slice(0, count))
    return row
  }

  #overflowRow(): number {
    if (this.overflow === UNKNOWN) {
      this.overflow = this.attributes.push(OVERFLOW) - 1
      this.#index(this.overflow, new Int32Array([OVERFLOW_PAIR]))
    }
    return this.overflow
  }

  /** A processor is somebody's code: if it throws, what it would have left out must not get through. */
  #process(clean: Attributes, active: Context): Attributes {
    try {
      let left = clean
      for (const processor of this.#options.processors) left = processor.process(left, active)
      if (!this.isContextFree) return cleanAttributes(left).attributes
      for (const key of Object.keys(clean)) {
        if (!(key in left) && !this.#columns.has(key) && this.#columns.size < MAX_COLUMNS)
          this.#columns.set(key, 'removed')
      }
      return left
    } catch {
      return {}
    }
  }

  #column(key: string): Map<unknown, number> | undefined {
    const column = this.#columns.get(key)
    return column === 'removed' ? undefined : column
  }

  /** The pair of a key and a value, new or known, under the value's text and, where it is another, the value. */
  #pair(key: string, value: AttributeValue): number {
    let column = this.#column(key)
    if (column === undefined) {
      column = new Map()
      this.#columns.set(key, column)
    }
    const text = valueText(value)
    let pair = column.get(text)
    if (pair === undefined) {
      pair = this.#values.push(value) - 1
      column.set(text, pair)
    }
    if (typeof value !== 'object') column.set(value, pair)
    return pair
  }

  /** The row with the first `count` pairs of `scratch`. */
  #search(count: number): number {
    const width = this.#width
    if (count > width) return UNKNOWN
    const pairs = this.#pairs
    const slots = this.#slots
    const mask = slots.length - 1
    for (let slot = hash(scratch, 0, count) & mask; ; slot = (slot + 1) & mask) {
      const row = (slots[slot] as number) - 1
      if (row < 0) return UNKNOWN
      const start = row * width
      let same = 0
      while (same < count && pairs[start + same] === scratch[same]) same += 1
      if (same === count && (count === width || pairs[start + count] === 0)) return row
    }
  }

  /** Puts the newest row into the table, and makes room where there is none. */
  #index(row: number, own: Int32Array): void {
    const wider = Math.max(this.#width, own.length)
    if (wider > this.#width || (row + 1) * wider > this.#pairs.length) {
      const rows = 4 + Math.ceil(row * 1.25)
      const pairs = new Int32Array(rows * wider)
      for (let index = 0; index < row; index += 1) {
        pairs.set(this.#pairs.subarray(index * this.#width, (index + 1) * this.#width), index * wider)
      }
      this.#pairs = pairs
      this.#width = wider
    }
    this.#pairs.set(own, row * wider)
    const full = row * 4 >= this.#slots.length * 3
    if (full) this.#slots = new Int32Array(this.#slots.length * 2)
    for (let index = full ? 0 : row; index <= row; index += 1) this.#enter(index)
  }

  #enter(row: number): void {
    const mask = this.#slots.length - 1
    const start = row * this.#width
    let count = 0
    while (count < this.#width && this.#pairs[start + count] !== 0) count += 1
    let slot = hash(this.#pairs, start, count) & mask
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
    this.#slots[slot] = row + 1
  }
}

/** Puts a pair in its place among the first `count` of `scratch`. Returns how many there are now. */
function insert(pair: number, count: number): number {
  let at = count
  while (at > 0 && (scratch[at - 1] as number) > pair) {
    scratch[at] = scratch[at - 1] as number
    at -= 1
  }
  scratch[at] = pair
  return count + 1
}

function hash(pairs: Int32Array, start: number, count: number): number {
  let mixed = count
  for (let index = start; index < start + count; index += 1) {
    mixed = Math.imul(mixed ^ (pairs[index] as number), 0x9e3779b1)
    mixed ^= mixed >>> 15
  }
  return mixed
}
