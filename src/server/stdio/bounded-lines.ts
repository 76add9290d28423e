// Bytes in, the same bytes out, with no line longer than a bound, and no faster than answers are taken.
import { Transform } from 'node:stream'

const NEWLINE = 0x0a

interface BoundedLinesOptions {
  /** Of what comes after this in a line, nothing is passed on: its reader sees a line that ends there. */
  readonly maxBytes: number
  /** Whether to hold back, and how to hear that it is over: undefined means go on. */
  readonly held: () => Promise<unknown> | undefined
}

export function boundedLines({ maxBytes, held }: BoundedLinesOptions): Transform {
  let length = 0
  return new Transform({
    async transform(chunk: Buffer, _encoding, done) {
      await held()
      for (let start = 0; start < chunk.length; ) {
        const newline = chunk.indexOf(NEWLINE, start)
        const end = newline === -1 ? chunk.length : newline
        const room = Math.max(0, maxBytes - length)
        if (room > 0) this.push(chunk.subarray(start, Math.min(end, start + room)))
        length += end - start
        if (newline !== -1) {
          this.push('\n')
          length = 0
        }
        start = end + 1
      }
      done()
    },
    flush(done) {
      // A last message without its newline is one all the same.
      if (length > 0) this.push('\n')
      done()
    },
  })
}
