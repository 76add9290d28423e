// Forwards what the server writes, byte for byte, without the answers to requests of our own.
import type { Readable, Writable } from 'node:stream'
import type { Forwarding } from './forward.ts'
import { forward } from './forward.ts'
import { createMessageLines, MAX_COLLECTED } from './message-lines.ts'

export function forwardToClient(
  server: Readable,
  client: Writable,
  { list, queue, observe }: Forwarding,
): Promise<void> {
  const lines = createMessageLines({ large: () => (list.isExpected ? 'parsed' : 'scanned') })
  /** The pieces of a line that may be an answer to us. */
  let held: Buffer[] = []
  let heldBytes = 0
  /** A part of the current line has passed: the rest passes too. */
  let isPassing = false
  const release = () => {
    for (const piece of held) forwarded.write(piece)
    held = []
    heldBytes = 0
  }
  const passByLine = (chunk: Buffer) => {
    queue.flush()
    for (let from = 0; from < chunk.length; ) {
      const at = chunk.indexOf(0x0a, from)
      const piece = chunk.subarray(from, at === -1 ? chunk.length : at + 1)
      from += piece.length
      if (isPassing) {
        forwarded.write(piece)
      } else {
        held.push(piece)
        heldBytes += piece.length
      }
      for (const line of lines.push(piece)) {
        if (!isPassing && list.answered(line.message)) {
          held = []
          heldBytes = 0
          list.onDue()
          continue
        }
        release()
        list.fromServer(line.message)
        observe(line)
      }
      if (at !== -1) release()
      isPassing = at === -1 && (isPassing || heldBytes > MAX_COLLECTED)
      if (isPassing || (at === -1 && !list.isWaiting)) {
        // Beyond this nothing is collected: an answer of that size passes, and the client meets an id that it does not know.
        release()
        isPassing = true
      }
    }
  }
  const forwarded = forward(server, client, (chunk) => {
    if (list.isWaiting || heldBytes > 0) return passByLine(chunk)
    forwarded.write(chunk)
    isPassing = chunk.at(-1) !== 0x0a
    queue.add(chunk.length, () => {
      for (const line of lines.push(chunk)) {
        list.fromServer(line.message)
        observe(line)
      }
    })
  })
  server.once('end', release)
  return forwarded.finished
}
