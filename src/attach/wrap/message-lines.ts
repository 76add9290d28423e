// Cuts a stream of bytes into its lines, and reads each line as a JSON-RPC message.
import type { ScannedMessage } from './large-message.ts'
import { createLargeMessage } from './large-message.ts'

/** A line that ended and is not blank. */
export interface Line {
  /** The parsed line; undefined if it was not JSON. Of a line over `MAX_PARSED`, the members that matter. */
  readonly message: unknown
  /** Set for a line that was scanned as it passed. */
  readonly scanned?: ScannedMessage | undefined
  /** Parses a scanned line, where it was collected all the same. */
  readonly read?: (() => unknown) | undefined
}

export interface MessageLines {
  /** The next bytes. Returns the lines that end in them, without blank ones. */
  push(bytes: Buffer): Line[]
}

export interface MessageLinesOptions {
  /** What happens to a line over `MAX_PARSED`: it is scanned and forgotten; scanned, and kept to be read later; parsed. */
  readonly large: () => 'scanned' | 'kept' | 'parsed'
}

/** Bytes of a line that is parsed at once: what parsing leaves to the garbage collector is a few times as much. */
export const MAX_PARSED = 65_536
/** Bytes of a line that are collected. */
export const MAX_COLLECTED = 1_048_576

const LINE_FEED = 0x0a
const BATCH_START = 0x5b

export function createMessageLines({ large: treat }: MessageLinesOptions): MessageLines {
  let pieces: Buffer[] = []
  let collected = 0
  let large: ReturnType<typeof createLargeMessage> | undefined

  const add = (piece: Buffer) => {
    collected += piece.length
    // A batch of messages is parsed, or not read at all.
    const isParsed = collected <= MAX_COLLECTED && (pieces[0]?.[0] === BATCH_START || treat() === 'parsed')
    if (large === undefined && collected > MAX_PARSED && !isParsed) {
      large = createLargeMessage()
      for (const each of pieces) large.push(each)
    }
    large?.push(piece)
    if (large === undefined || (collected <= MAX_COLLECTED && treat() === 'kept')) pieces.push(piece)
    else pieces = []
  }
  const end = (): Line | undefined => {
    const whole = pieces
    const scanned = large?.end()
    const isKept = scanned !== undefined && whole.length > 0
    const line =
      large !== undefined
        ? { message: scanned?.message, scanned, ...(isKept && { read: () => parseLine(joined(whole))?.message }) }
        : parseLine(joined(whole))
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

function joined(pieces: readonly Buffer[]): Buffer {
  const [only] = pieces
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces)
}

/** The first bytes that a message, or a batch of them, can have. */
const STARTS: ReadonlySet<number | undefined> = new Set([0x7b, BATCH_START])
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
