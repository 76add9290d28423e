// A port on loopback that somebody else listens on, and answers nothing; free again after the test file.

import type { AddressInfo, Socket } from 'node:net'
import { createServer } from 'node:net'
import { afterAll } from 'vitest'

const undo: (() => void)[] = []
afterAll(() => {
  for (const close of undo) close()
})

/** Listens on a free port of 127.0.0.1; who connects waits for ever. */
export async function busyPort(): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    socket.on('error', () => {})
    sockets.add(socket)
  })
  undo.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
