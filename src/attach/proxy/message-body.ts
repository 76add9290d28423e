// Reads JSON bodies as they pass: small ones are collected, large ones scanned, within one bound for all of them.
import { createLargeMessage } from '../wrap/large-message.ts'
import type { Line } from '../wrap/message-lines.ts'
import { MAX_COLLECTED } from '../wrap/message-lines.ts'

export interface MessageBody {
  push(bytes: Buffer): void
  /** What was read, and starts anew; undefined if there was nothing. */
  end(): Line | undefined
}

/** Bytes that all bodies together may hold. Beyond it a body is scanned, whatever its length. */
const MAX_HELD = 67_108_864

/** Returns what makes a body. */
export function createMessageBodies(maxHeld = MAX_HELD): () => MessageBody {
  let held = 0
  return () => {
    let pieces: Buffer[] = []
    let length = 0
    let large: ReturnType<typeof createLargeMessage> | undefined
    const release = () => {
      if (large === undefined) held -= length
      pieces = []
      length = 0
      large = undefined
    }
    return {
      push(bytes) {
        if (large === undefined && (length + bytes.length > MAX_COLLECTED || held + bytes.length > maxHeld)) {
          const scan = createLargeMessage()
          for (const piece of pieces) scan.push(piece)
          release()
          large = scan
        }
        length += bytes.length
        if (large !== undefined) return large.push(bytes)
        held += bytes.length
        pieces.push(bytes)
      },
      end() {
        const scanned = large?.end()
        const read = large === undefined ? parse(pieces) : { message: scanned?.message, scanned }
        const isEmpty = length === 0
        release()
        return isEmpty ? undefined : read
      },
    }
  }
}

function parse(pieces: readonly Buffer[]): Line {
  try {
    return { message: JSON.parse(Buffer.concat(pieces).toString()) }
  } catch {
    return { message: undefined }
  }
}
