// Attributes as somebody passed them in, attributes that may be a series out: clean, and of at most so many sets in the
// life of the process. Total: what is passed may be anything at all.
import type { Attributes, AttributeValue } from '@opentelemetry/api'
import { OTHER, OVERFLOW_ATTRIBUTE } from '../catalog/attributes.ts'
import { SERIES_LIMIT } from '../catalog/metrics.ts'

/** Longer values and keys are no identifiers; a megabyte of label is written anew at every scrape. */
const MAX_LENGTH = 255
const MAX_ATTRIBUTES = 64

export const OVERFLOW: Attributes = Object.freeze({ [OVERFLOW_ATTRIBUTE]: true })
const EMPTY: Attributes = Object.freeze({})

export interface SeriesBound {
  /** The set to record under, always the same object for the same attributes. */
  admit(attributes: unknown): Attributes
  /** How many sets are admitted, the overflow set not counted. */
  readonly size: number
}

export interface SeriesBoundOptions {
  /** What the stream's view makes of the attributes: only what is left can make a series. */
  readonly reduce?: ((attributes: Attributes) => Attributes) | undefined
  readonly onOverflow: () => void
}

/** A bound of `SERIES_LIMIT` series, the overflow series included. */
export function createSeriesBound({ reduce, onOverflow }: SeriesBoundOptions): SeriesBound {
  const byContent = new Map<string, Attributes>()
  // The catalog's instruments pass one frozen object for each set: it is looked at once.
  const byIdentity = new WeakMap<object, Attributes>()
  return {
    get size() {
      return byContent.size
    },
    admit(attributes) {
      if (attributes === undefined || attributes === null) attributes = EMPTY
      if (typeof attributes !== 'object') return EMPTY
      const known = byIdentity.get(attributes as object)
      if (known !== undefined) return known
      const clean = cleanAttributes(attributes as Record<string, unknown>)
      if (clean[OVERFLOW_ATTRIBUTE] === true) return OVERFLOW
      const reduced = reduce === undefined ? clean : reduce(clean)
      const content = contentKey(reduced)
      let admitted = byContent.get(content)
      if (admitted === undefined) {
        if (byContent.size >= SERIES_LIMIT - 1) {
          onOverflow()
          return OVERFLOW
        }
        admitted = Object.freeze(reduced)
        byContent.set(content, admitted)
      }
      if (Object.isFrozen(attributes)) byIdentity.set(attributes as object, admitted)
      return admitted
    },
  }
}

/** A copy without what cannot be a label: a value that is none becomes `_OTHER`, a key that is none is left out. */
export function cleanAttributes(attributes: Readonly<Record<string, unknown>>): Attributes {
  const clean: Attributes = {}
  let keys: string[]
  try {
    keys = Object.keys(attributes)
  } catch {
    return clean // A proxy that will not say what it has.
  }
  for (const key of keys.slice(0, MAX_ATTRIBUTES)) {
    if (key === '' || key.length > MAX_LENGTH || key === '__proto__') continue
    const value = cleanValue(attributes, key)
    if (value !== undefined) clean[key.toWellFormed()] = value
  }
  return clean
}

function cleanValue(attributes: Readonly<Record<string, unknown>>, key: string): AttributeValue | undefined {
  let value: unknown
  try {
    value = attributes[key]
  } catch {
    return OTHER
  }
  if (value === undefined || value === null) return undefined
  if (Array.isArray(value)) {
    const items = value.slice(0, MAX_ATTRIBUTES).map((item) => (typeof item === 'string' ? item : String(primitive(item))))
    return primitive(items.join()) === OTHER ? OTHER : items.map((item) => item.toWellFormed())
  }
  return primitive(value)
}

function primitive(value: unknown): string | number | boolean {
  if (typeof value === 'string') return value.length > MAX_LENGTH ? OTHER : value.toWellFormed()
  return typeof value === 'number' || typeof value === 'boolean' ? value : OTHER
}

function contentKey(attributes: Attributes): string {
  let content = ''
  for (const key of Object.keys(attributes).sort()) {
    const value = attributes[key]
    const text = typeof value === 'string' ? `s${value}` : `${typeof value}${JSON.stringify(value) ?? ''}`
    content += `${key.length}:${key}${text.length}:${text}`
  }
  return content
}
