// Attributes as somebody passed them in, attributes that can be labels out. Total: what is passed may be anything at all,
// and the code that passed it must not hear of it.

import { OTHER } from '@mcp-vitals/instrumentation'
import type { Attributes, AttributeValue } from '@opentelemetry/api'

/** Longer ones are no identifiers: they are refused whole, since cut ones would collide. */
const MAX_LENGTH = 128
const MAX_ATTRIBUTES = 64

interface CleanAttributes {
  readonly attributes: Attributes
  /** False if something was replaced or left out: then two that look alike now may have been different. */
  readonly exact: boolean
}

/**
 * A copy of what can be a label: a value that is none becomes `_OTHER`, a key that is none is left out. Empty values are
 * left out too, since Prometheus takes an empty label for an absent one. Never throws.
 */
export function cleanAttributes(attributes: unknown): CleanAttributes {
  const clean: Attributes = {}
  if (attributes === undefined) return { attributes: clean, exact: true }
  if (typeof attributes !== 'object' || attributes === null || Array.isArray(attributes)) {
    return { attributes: clean, exact: false }
  }
  let exact = true
  try {
    const keys = Object.keys(attributes)
    if (keys.length > MAX_ATTRIBUTES) exact = false
    for (const key of keys.slice(0, MAX_ATTRIBUTES)) {
      if (!isKey(key)) {
        exact = false
        continue
      }
      const value = read(attributes as Readonly<Record<string, unknown>>, key)
      const cleaned = cleanValue(value)
      if (cleaned !== undefined) clean[key] = cleaned
      if (cleaned === OTHER && value !== OTHER) exact = false
    }
  } catch {
    exact = false // A proxy that will not say what it has.
  }
  return { attributes: clean, exact }
}

/** One text for all values that come out as the same label: `1` and `'1'` are one series in Prometheus. */
export function valueText(value: AttributeValue | undefined): string {
  return typeof value === 'string' ? value : typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** One text for all attribute sets that come out as the same labels. */
export function labelsId(attributes: Attributes): string {
  let id = ''
  for (const key of Object.keys(attributes).sort()) {
    const text = valueText(attributes[key])
    // Lengths keep two sets apart whatever their texts contain.
    id += `${key.length}:${key}${text.length}:${text}`
  }
  return id
}

function isKey(key: string): boolean {
  return key !== '' && key !== '__proto__' && key.length <= MAX_LENGTH && key.isWellFormed()
}

/** A getter that throws costs its attribute, not the measurement. */
function read(attributes: Readonly<Record<string, unknown>>, key: string): unknown {
  try {
    return attributes[key]
  } catch {
    return Symbol('unreadable')
  }
}

function cleanValue(value: unknown): AttributeValue | undefined {
  switch (typeof value) {
    case 'string':
      if (value === '') return undefined
      // In one spelling: two that look alike would come out as one series written twice.
      return value.length <= MAX_LENGTH && value.isWellFormed() ? value.normalize('NFC') : OTHER
    case 'number':
      return Number.isFinite(value) ? value : OTHER
    case 'boolean':
      return value
    case 'undefined':
      return undefined
    default:
      if (value === null) return undefined
      return Array.isArray(value) ? cleanArray(value) : OTHER
  }
}

function cleanArray(value: readonly unknown[]): AttributeValue {
  if (value.length > MAX_ATTRIBUTES) return OTHER
  const items: string[] = []
  let length = 0
  // By index: an iterator of the caller's could be endless.
  for (let index = 0; index < value.length; index += 1) {
    const item = cleanValue(value[index])
    if (typeof item === 'object' || item === OTHER) return OTHER
    items.push(String(item ?? ''))
    length += items[index]?.length ?? 0
  }
  return length <= MAX_LENGTH ? items : OTHER
}
