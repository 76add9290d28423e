// Forwards what the client sends, byte for byte, and puts requests of our own between two of its messages.
import type { Readable, Writable } from 'node:stream'
import type { Forwarding } from './forward.ts'
import { forward } from './forward.ts'
import { createMessageLines } from './message-lines.ts'

export function forwardToServer(
  client: Readable,
  server: Writable,
  { list, queue, observe }: Forwarding,
): Promise<void> {
  const lines = createMessageLines({ large: () => 'kept' })
  /** Whether the last byte that passed ended a message. */
  let isBetween = true
  const write = (bytes: Buffer) => {
    if (bytes.length === 0) return
    forwarded.write(bytes)
    isBetween = bytes.at(-1) === 0x0a
  }
  const writeOwn = () => {
    if (!isBetween) return
    const own = list.take()
    if (own !== undefined) forwarded.write(own)
  }
  /** As long as the client may be about to call a tool of a server that was not asked for its tools, each message is read first. */
  const passByLine = (chunk: Buffer) => {
    queue.flush()
    for (let from = 0; from < chunk.length; ) {
      const at = chunk.indexOf(0x0a, from)
      const piece = chunk.subarray(from, at === -1 ? chunk.length : at + 1)
      const ended = lines.push(piece)
      if (ended.map(({ message }) => list.fromClient(message)).includes(true)) writeOwn()
      write(piece)
      for (const line of ended) observe(line)
      writeOwn()
      from += piece.length
    }
  }
  const forwarded = forward(client, server, (chunk) => {
    if (!list.isSettled) return passByLine(chunk)
    write(chunk)
    queue.add(chunk.length, () => {
      for (const line of lines.push(chunk)) {
        // Too late to ask before the call; its answer waits for the list.
        if (list.fromClient(line.message)) writeOwn()
        observe(line)
      }
    })
  })
  list.onDue = writeOwn
  return forwarded.finished
}
