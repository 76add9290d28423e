// Passes bytes through with a limit on line length, and no faster than the reader takes the answers.
import { Transform } from 'node:stream'

const NEWLINE = 0x0a

interface BoundedLinesOptions {
  /** Bytes of a line after this limit are dropped, so the reader sees a shorter line. */
  readonly maxBytes: number
  /** Returns a promise to wait for if the reader is slow, or undefined to continue. */
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
      // The last message may lack its newline.
      if (length > 0) this.push('\n')
      done()
    },
  })
}
