// Measures the shape of a JSON text without parsing it: what a message costs is its number of values, more than its bytes.

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPENING = new Set([0x5b, 0x7b])
const CLOSING = new Set([0x5d, 0x7d])

interface JsonShape {
  /** Members of objects and items of lists, of all levels together. */
  readonly values: number
  readonly depth: number
}

/** Shape of a JSON text in UTF-8. It stops where `most` is exceeded, and is meaningless for what is not JSON. */
export function jsonShape(text: Uint8Array, most: JsonShape): JsonShape {
  let values = 1
  let depth = 0
  let deepest = 0
  for (let at = 0; at < text.length; at++) {
    const byte = text[at] as number
    if (byte === QUOTE) {
      at += 1
      while (at < text.length && text[at] !== QUOTE) at += text[at] === BACKSLASH ? 2 : 1
    } else if (byte === COMMA || byte === COLON) values += 1
    else if (OPENING.has(byte)) {
      depth += 1
      values += 1
      if (depth > deepest) deepest = depth
    } else if (CLOSING.has(byte)) depth -= 1
    if (values > most.values || deepest > most.depth) break
  }
  return { values, depth: deepest }
}
