// A value in, the bytes of its JSON out, without writing that JSON: the transport serialises each message itself, and a
// second text of a large result would double its cost in time and in garbage.

/** Only what JSON escapes; text without any of these is its UTF-8 bytes and two quotes. */
const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/

/**
 * The UTF-8 bytes of `JSON.stringify(value)`; undefined where that gives no text or throws (a cycle, a BigInt, a getter
 * that throws). Never throws itself. It is one walk over the value, and calls `toJSON` as the serialiser does.
 */
export function jsonSize(value: unknown): number | undefined {
  try {
    return sizeOf('', value, [])
  } catch {
    return undefined
  }
}

/** Undefined is what JSON leaves out: undefined itself, functions and symbols. */
function sizeOf(key: string, given: unknown, path: object[]): number | undefined {
  const value = plain(key, given)
  switch (typeof value) {
    case 'string':
      return textSize(value)
    case 'number':
      return Number.isFinite(value) ? String(value).length : 4
    case 'boolean':
      return value ? 4 : 5
    case 'object':
      if (value === null) return 4
      if (path.includes(value)) throw new TypeError('a cycle has no JSON')
      path.push(value)
      try {
        return Array.isArray(value) ? arraySize(value, path) : objectSize(value as Record<string, unknown>, path)
      } finally {
        path.pop()
      }
    case 'bigint':
      throw new TypeError('a BigInt has no JSON')
    default:
      return undefined
  }
}

/** What JSON.stringify makes of a value before it looks at its type: `toJSON`, then boxed primitives. */
function plain(key: string, given: unknown): unknown {
  let value = given
  if ((typeof value === 'object' && value !== null) || typeof value === 'bigint') {
    const { toJSON } = value as { toJSON?: unknown }
    if (typeof toJSON === 'function') value = toJSON.call(value, key)
  }
  if (value instanceof Number) return Number(value)
  if (value instanceof String) return String(value)
  if (value instanceof Boolean || value instanceof BigInt) return value.valueOf()
  return value
}

function textSize(text: string): number {
  // A text with anything to escape is left to the serialiser; that is rare, and it knows surrogates too.
  return ESCAPED.test(text) ? Buffer.byteLength(JSON.stringify(text)) : Buffer.byteLength(text) + 2
}

function arraySize(items: readonly unknown[], path: object[]): number {
  let bytes = 2 + Math.max(0, items.length - 1)
  for (let index = 0; index < items.length; index += 1) bytes += sizeOf(String(index), items[index], path) ?? 4
  return bytes
}

function objectSize(object: Record<string, unknown>, path: object[]): number {
  let bytes = 2
  let members = 0
  for (const key of Object.keys(object)) {
    const size = sizeOf(key, object[key], path)
    if (size === undefined) continue
    bytes += textSize(key) + 1 + size
    members += 1
  }
  return bytes + Math.max(0, members - 1)
}
