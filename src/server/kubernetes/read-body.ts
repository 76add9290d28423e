// Reads whole response bodies, up to a limit for each and for all concurrent ones together.
import type { ReadableStream } from 'node:stream/web'
import { atOnce } from './at-once.ts'
import { ResponseTooLarge } from './cluster-error.ts'

export type ReadBody = (stream: ReadableStream<Uint8Array> | null, signal: AbortSignal) => Promise<Buffer>

/** Up to here each is read as it comes; beyond, a few at a time. */
const SHORT_BYTES = 262_144
const LONG_AT_ONCE = 2

/** Rejects with `ResponseTooLarge` beyond `maxBytes`, and with the signal's reason while it waits for its turn. */
export function bodyReader(maxBytes: number): ReadBody {
  const long = atOnce(LONG_AT_ONCE)
  return async (stream, signal) => {
    if (stream === null) return Buffer.alloc(0)
    const reader = stream.getReader()
    const chunks: Uint8Array[] = []
    let bytes = 0
    /** True when there is no more. */
    const readUpTo = async (most: number): Promise<boolean> => {
      while (bytes <= most) {
        const { done, value } = await reader.read()
        if (done) return true
        bytes += value.byteLength
        chunks.push(value)
      }
      return false
    }
    try {
      const whole =
        (await readUpTo(Math.min(SHORT_BYTES, maxBytes))) ||
        // Whoever waits does not read, and so the other end does not send.
        (await unlessAborted(
          signal,
          long.run(() => readUpTo(maxBytes)),
        ))
      if (!whole) throw new ResponseTooLarge(`more than ${maxBytes} bytes`)
      return Buffer.concat(chunks)
    } finally {
      // A cancelled body also closes its connection.
      await reader.cancel().catch(() => {})
    }
  }
}

/** Ignores the result of a cancelled body. */
function unlessAborted<T>(signal: AbortSignal, result: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    result.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
