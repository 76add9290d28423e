// Remembers the JSON size of deeply frozen values: a server that answers every list with the same frozen object is measured once.
import { jsonSize } from './json-size.ts'

/** Values that no longer change, and their sizes. */
const known = new WeakMap<object, number>()
const MAX_DEPTH = 100

/**
 * The same as `jsonSize`. Walks a deeply frozen value once, and any other value each time.
 *
 * @example frozenSize(Object.freeze({ text: 'Zürich' })) // 18
 */
export function frozenSize(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null) return jsonSize(value)
  const remembered = known.get(value)
  if (remembered !== undefined) return remembered
  const size = jsonSize(value)
  if (size !== undefined && isFixed(value, 0)) known.set(value, size)
  return size
}

/** Whether nothing can change what the serialiser reads from it. */
function isFixed(value: unknown, depth: number): boolean {
  if (typeof value === 'function') return false
  if (typeof value !== 'object' || value === null) return true
  if (depth > MAX_DEPTH || !Object.isFrozen(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  if ((prototype !== Object.prototype && prototype !== Array.prototype) || 'toJSON' in value) return false
  return Object.keys(value).every((key) => {
    const property = Object.getOwnPropertyDescriptor(value, key)
    return property !== undefined && 'value' in property && isFixed(property.value, depth + 1)
  })
}
