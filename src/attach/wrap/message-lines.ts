// Cuts a stream of bytes into its lines, and reads each line as a JSON-RPC message.
import type { ScannedMessage } from './large-message.ts'
import { createLargeMessage } from './large-message.ts'

/** A line that ended and is not blank. */
export interface Line {
  /** The parsed line; undefined if it was not JSON. Of a line over `MAX_COLLECTED`, the members that matter. */
  readonly message: unknown
  /** Set for a line over `MAX_COLLECTED`. */
  readonly scanned?: ScannedMessage | undefined
}

export interface MessageLines {
  /** The next bytes. Returns the lines that end in them, without blank ones. */
  push(bytes: Buffer): Line[]
}

/** Bytes of a line that are collected; a longer line is scanned as it passes. */
export const MAX_COLLECTED = 1_048_576

const LINE_FEED = 0x0a

export function createMessageLines(): MessageLines {
  let pieces: Buffer[] = []
  let collected = 0
  let large: ReturnType<typeof createLargeMessage> | undefined

  const add = (piece: Buffer) => {
    if (large === undefined && collected + piece.length > MAX_COLLECTED) {
      large = createLargeMessage()
      for (const each of pieces) large.push(each)
      pieces = []
    }
    collected += piece.length
    if (large === undefined) pieces.push(piece)
    else large.push(piece)
  }
  const end = (): Line | undefined => {
    const [only] = pieces
    const scanned = large?.end()
    const line =
      large !== undefined
        ? { message: scanned?.message, scanned }
        : parseLine(pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces))
    pieces = []
    collected = 0
    large = undefined
    return line
  }

  return {
    push(bytes) {
      const lines: Line[] = []
      for (let from = 0; from < bytes.length; ) {
        const at = bytes.indexOf(LINE_FEED, from)
        if (at === -1) {
          add(bytes.subarray(from))
          break
        }
        if (at > from) add(bytes.subarray(from, at))
        const line = collected === 0 ? undefined : end()
        if (line !== undefined) lines.push(line)
        from = at + 1
      }
      return lines
    },
  }
}

/** The first bytes that a message, or a batch of them, can have. */
const STARTS: ReadonlySet<number | undefined> = new Set([0x7b, 0x5b])
const SPACES: ReadonlySet<number | undefined> = new Set([0x20, 0x09, 0x0d])

function parseLine(bytes: Buffer): Line | undefined {
  let at = 0
  while (SPACES.has(bytes[at])) at += 1
  if (at === bytes.length) return undefined
  // A server that logs to stdout would cost an exception a line.
  if (!STARTS.has(bytes[at])) return { message: undefined }
  try {
    return { message: JSON.parse(bytes.toString()) }
  } catch {
    return { message: undefined }
  }
}
