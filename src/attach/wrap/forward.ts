// Forwards bytes from one stream to another as a pipe does: unchanged, in order, no faster than they are taken.
import type { Readable, Writable } from 'node:stream'
import type { Line } from './message-lines.ts'
import type { ObservationQueue } from './observation-queue.ts'
import type { OwnList } from './own-list.ts'

/** What each direction of a wrapped server works with. */
export interface Forwarding {
  readonly list: OwnList
  readonly queue: ObservationQueue
  readonly observe: (line: Line) => void
}

export interface Forwarded {
  /** Resolves when the source has ended and all of it was handed to the target, or when either of them broke. */
  readonly finished: Promise<void>
  /** Writes to the target. */
  write(bytes: Buffer): void
}

/**
 * Forwards each chunk through `pass`, which writes it, in whole or in parts. A target that is closed by its reader closes the source
 * in turn, so that the writer sees it, as with a pipe.
 */
export function forward(source: Readable, target: Writable, pass: (chunk: Buffer) => void): Forwarded {
  const { promise: finished, resolve } = Promise.withResolvers<void>()
  let waiting = false
  source.on('data', (chunk: Buffer) => pass(chunk))
  source.once('end', resolve)
  source.once('error', () => resolve())
  source.once('close', resolve)
  target.on('error', () => source.destroy())
  target.once('close', () => source.destroy())
  return {
    finished,
    write(bytes) {
      if (bytes.length === 0 || target.destroyed || target.write(bytes) || waiting) return
      waiting = true
      source.pause()
      target.once('drain', () => {
        waiting = false
        source.resume()
      })
    },
  }
}
