// Reads protobuf messages by a table of their fields. Only what OTLP needs: no groups, no maps.

/** How a field is written. */
export type WireType = 'text' | 'bytes' | 'varint' | 'fixed64' | 'sfixed64' | 'double' | 'bool' | 'sint32'

export interface Field {
  readonly name: string
  readonly type: WireType | ProtobufMessage
  readonly repeated?: boolean
}

/** Fields by number. Unknown ones are passed over. */
export type ProtobufMessage = { readonly [number: number]: Field }

export type Decoded = { [name: string]: unknown }

/** Deeper than any OTLP message: values can nest. */
const MAX_DEPTH = 24

/** @throws {RangeError} for bytes that are not such a message. */
export function decodeMessage(bytes: Uint8Array, message: ProtobufMessage): Decoded {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return readMessage({ bytes, view, at: 0 }, bytes.length, message, 0)
}

interface Cursor {
  readonly bytes: Uint8Array
  readonly view: DataView
  at: number
}

function readMessage(cursor: Cursor, end: number, message: ProtobufMessage, depth: number): Decoded {
  if (depth > MAX_DEPTH) throw new RangeError('the message is nested too deeply')
  const decoded: Decoded = {}
  while (cursor.at < end) {
    const tag = Number(readVarint(cursor))
    const field = message[tag >>> 3]
    const wire = tag & 7
    if (field === undefined) skip(cursor, wire)
    else readField(cursor, field, wire, decoded, depth)
  }
  if (cursor.at !== end) throw new RangeError('a field is longer than its message')
  return decoded
}

function readField(cursor: Cursor, { name, type, repeated }: Field, wire: number, into: Decoded, depth: number): void {
  const isLength = wire === 2
  if (repeated !== true) {
    into[name] = readValue(cursor, type, depth)
    return
  }
  into[name] ??= []
  const list = into[name] as unknown[]
  // Numbers of a repeated field may be packed into one run of bytes.
  if (isLength && typeof type === 'string' && type !== 'text' && type !== 'bytes') {
    const end = endOf(cursor)
    while (cursor.at < end) list.push(readValue(cursor, type, depth))
  } else list.push(readValue(cursor, type, depth))
}

function readValue(cursor: Cursor, type: WireType | ProtobufMessage, depth: number): unknown {
  if (typeof type !== 'string') {
    const end = endOf(cursor)
    return readMessage(cursor, end, type, depth + 1)
  }
  switch (type) {
    case 'text':
      return new TextDecoder().decode(readBytes(cursor))
    case 'bytes':
      return Buffer.from(readBytes(cursor)).toString('hex')
    case 'varint':
      return Number(BigInt.asIntN(64, readVarint(cursor)))
    case 'bool':
      return readVarint(cursor) !== 0n
    case 'sint32': {
      const value = Number(readVarint(cursor))
      return (value >>> 1) ^ -(value & 1)
    }
    default: {
      const at = cursor.at
      cursor.at += 8
      if (type === 'double') return cursor.view.getFloat64(at, true)
      return type === 'sfixed64'
        ? Number(cursor.view.getBigInt64(at, true))
        : Number(cursor.view.getBigUint64(at, true))
    }
  }
}

function readBytes(cursor: Cursor): Uint8Array {
  const end = endOf(cursor)
  const bytes = cursor.bytes.subarray(cursor.at, end)
  cursor.at = end
  return bytes
}

function endOf(cursor: Cursor): number {
  const end = Number(readVarint(cursor)) + cursor.at
  if (end > cursor.bytes.length) throw new RangeError('a field is longer than the message')
  return end
}

function readVarint(cursor: Cursor): bigint {
  let value = 0n
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = cursor.bytes[cursor.at]
    if (byte === undefined) throw new RangeError('the message ends in the middle of a number')
    cursor.at += 1
    value |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) return value
  }
  throw new RangeError('a number is too long')
}

function skip(cursor: Cursor, wire: number): void {
  if (wire === 0) readVarint(cursor)
  else if (wire === 1) cursor.at += 8
  else if (wire === 2) cursor.at = endOf(cursor)
  else if (wire === 5) cursor.at += 4
  else throw new RangeError(`there is no wire type ${wire}`)
}
