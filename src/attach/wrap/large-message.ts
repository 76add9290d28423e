// Reads what matters of a message that is too large to be collected: its pieces are scanned as they pass, and forgotten.
import { createEscapeReader, scalarChange } from './canonical-size.ts'
import type { Shape } from './message-shape.ts'
import { KEPT, MESSAGE } from './message-shape.ts'

export interface ScannedMessage {
  /** The message with the kept members alone. */
  readonly message: Readonly<Record<string, unknown>>
  /** Bytes of `params.arguments` as JSON.stringify writes them; undefined if there are none. */
  readonly argumentBytes: number | undefined
  /** Bytes of `result`, likewise. */
  readonly resultBytes: number | undefined
}

export interface LargeMessage {
  /** The next bytes of the message. Nothing of them is kept but short values of the members above. */
  push(bytes: Uint8Array): void
  /** What the message was; undefined if it was not a JSON object. */
  end(): ScannedMessage | undefined
}

/** Deeper than this is no message that a peer could read. */
const MAX_DEPTH = 10_000
/** Longer names and ids are not kept. */
const MAX_TEXT = 4_096
/** Elements of a list that are kept: more tools or prompts than this are `_OTHER` on metrics. */
const MAX_ITEMS = 1_000

interface Frame {
  readonly isObject: boolean
  readonly shape: Shape | undefined
  readonly value: Record<string, unknown> | unknown[] | undefined
  /** Of the value that is open in it. */
  key: string
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

export function createLargeMessage(): LargeMessage {
  const root: Record<string, unknown> = {}
  const frames: Frame[] = []
  const sizes: { argumentBytes?: number; resultBytes?: number } = {}
  /** Open members whose size is measured, with the position at which each begins. */
  const measured: { readonly depth: number; readonly size: 'argumentBytes' | 'resultBytes'; readonly from: number }[] =
    []
  /** Bytes so far, as JSON.stringify writes them. */
  let position = 0
  /** Bytes that were pushed. */
  let total = 0
  let state: 'value' | 'key' | 'after' | 'done' | 'broken' = 'value'
  let inString = false
  /** The number or literal that is read, if it is kept or measured. */
  let scalar: string | undefined
  let inScalar = false
  const escapes = createEscapeReader()
  /** The bytes of the value or key that is kept, while it is read. */
  let kept: Uint8Array[] | undefined
  let keptLength = 0
  /** The shape of the value that is read. */
  let current: Shape | undefined = MESSAGE

  const keep = (bytes: Uint8Array) => {
    if (kept === undefined) return
    keptLength += bytes.length
    if (keptLength > MAX_TEXT) kept = undefined
    else kept.push(Uint8Array.from(bytes))
  }
  const startText = (wanted: boolean) => {
    kept = wanted ? [] : undefined
    keptLength = 0
  }
  const text = (): unknown => (kept === undefined ? undefined : parse(Buffer.concat(kept).toString()))
  const attach = (value: unknown) => {
    const parent = frames.at(-1)
    if (parent?.value === undefined || value === undefined) return
    if (Array.isArray(parent.value)) parent.value.push(value)
    else if (parent.key !== '__proto__') parent.value[parent.key] = value
  }
  const startValue = () => {
    const parent = frames.at(-1)
    if (parent !== undefined && !parent.isObject) {
      const { value } = parent
      current = Array.isArray(value) && value.length < MAX_ITEMS ? parent.shape?.items : undefined
    }
    if (current?.size !== undefined) measured.push({ depth: frames.length, size: current.size, from: position })
  }
  const endValue = () => {
    const open = measured.at(-1)
    if (open !== undefined && open.depth === frames.length) {
      measured.pop()
      sizes[open.size] = position - open.from
    }
    state = frames.length === 0 ? 'done' : 'after'
  }
  const open = (isObject: boolean) => {
    if (state !== 'value' || frames.length >= MAX_DEPTH || (frames.length === 0 && !isObject)) {
      state = 'broken'
      return
    }
    startValue()
    const shape = current
    const value = shape === undefined ? undefined : frames.length === 0 ? root : isObject ? {} : []
    attach(value)
    frames.push({ isObject, shape, value, key: '' })
    state = isObject ? 'key' : 'value'
  }
  const close = (isObject: boolean) => {
    if (frames.at(-1)?.isObject !== isObject) {
      state = 'broken'
      return
    }
    frames.pop()
    // The bracket itself belongs to the value.
    position += 1
    endValue()
    position -= 1
  }
  const endString = () => {
    inString = false
    const frame = frames.at(-1)
    if (state === 'key' && frame !== undefined) {
      const name = frame.shape?.members === undefined ? undefined : text()
      frame.key = typeof name === 'string' ? name : ''
      const members = frame.shape?.members
      current = members !== undefined && Object.hasOwn(members, frame.key) ? members[frame.key] : undefined
      return
    }
    if (current === KEPT) attach(text())
    endValue()
  }
  const endScalar = () => {
    inScalar = false
    if (scalar !== undefined) {
      position += scalarChange(scalar)
      if (current !== undefined) attach(parse(scalar))
    }
    endValue()
  }

  /** Where the next backslash of these bytes is, looked for once per backslash and not once per string; -1 for none. */
  let slash = 0
  const nextBackslash = (bytes: Buffer, from: number): number => {
    if (slash !== -1 && slash < from) slash = bytes.indexOf(BACKSLASH, from)
    return slash
  }

  /** Reads the bytes of a string from `at` on; returns where it stops. */
  const readString = (bytes: Buffer, at: number): number => {
    let from = at
    let ended = false
    while (from < bytes.length && !ended) {
      if (escapes.isOpen) {
        position += escapes.push(bytes[from] as number, total + from)
        from += 1
        continue
      }
      const quote = bytes.indexOf(QUOTE, from)
      const backslash = nextBackslash(bytes, from)
      if (backslash !== -1 && (quote === -1 || backslash < quote)) {
        escapes.push(BACKSLASH, total + backslash)
        from = backslash + 1
      } else {
        ended = quote !== -1
        from = ended ? quote + 1 : bytes.length
      }
    }
    keep(bytes.subarray(at, from))
    position += from - at
    if (ended) endString()
    return from
  }

  const addToScalar = (byte: number) => {
    if (scalar !== undefined) scalar = scalar.length < MAX_TEXT ? scalar + String.fromCharCode(byte) : undefined
  }

  const readByte = (byte: number, bytes: Buffer, at: number) => {
    const isSpace = byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
    const isMark = byte === 0x2c || byte === 0x3a || byte === 0x7b || byte === 0x7d || byte === 0x5b || byte === 0x5d
    if (inScalar) {
      if (!isSpace && !isMark) {
        addToScalar(byte)
        position += 1
        return
      }
      endScalar()
    }
    if (isSpace) return
    switch (byte) {
      case QUOTE:
        if (frames.length === 0 || state === 'after') {
          state = 'broken'
          return
        }
        if (state === 'value') startValue()
        startText(state === 'key' ? frames.at(-1)?.shape?.members !== undefined : current === KEPT)
        keep(bytes.subarray(at, at + 1))
        inString = true
        break
      case 0x7b:
      case 0x5b:
        open(byte === 0x7b)
        break
      case 0x7d:
      case 0x5d:
        close(byte === 0x7d)
        break
      case 0x2c:
        state = frames.at(-1)?.isObject === true ? 'key' : 'value'
        break
      case 0x3a:
        state = 'value'
        break
      default:
        if (state !== 'value') {
          state = 'broken'
          return
        }
        startValue()
        scalar = current !== undefined || measured.length > 0 ? String.fromCharCode(byte) : undefined
        inScalar = true
    }
    position += 1
  }

  return {
    push(given) {
      const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength)
      slash = bytes.indexOf(BACKSLASH)
      for (let at = 0; at < bytes.length && state !== 'broken'; ) {
        if (inString) {
          at = readString(bytes, at)
        } else {
          readByte(bytes[at] as number, bytes, at)
          at += 1
        }
      }
      total += bytes.length
    },
    end() {
      if (state !== 'done') return undefined
      return { message: root, argumentBytes: sizes.argumentBytes, resultBytes: sizes.resultBytes }
    },
  }
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
