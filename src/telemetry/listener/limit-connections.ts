// Bounds the open connections of an HTTP server. When all are taken, the one that is idle longest makes room, so that connections that do
// nothing never lock out a probe.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Keeps at most `most` connections open. A new one beyond that closes the connection that has been idle longest (kept alive, still in
 * its TLS handshake, or without a complete request head); if each has a request under way, the new one is closed.
 *
 * Call it before the server listens, instead of setting `server.maxConnections`.
 *
 * @example limitConnections(server, 600)
 */
export function limitConnections(server: Server, most: number): void {
  // By address: a TLS server shows requests on another socket object than connections.
  const open = new Map<string, { readonly socket: Socket; requests: number }>()
  /** The longest idle first. */
  const idle = new Set<string>()
  server.on('connection', (socket: Socket) => {
    if (open.size >= most) {
      const [longest] = idle
      if (longest === undefined) {
        socket.destroy()
        return
      }
      drop(longest)
    }
    const name = nameOf(socket)
    open.set(name, { socket, requests: 0 })
    idle.add(name)
    socket.once('close', () => {
      if (open.get(name)?.socket !== socket) return
      open.delete(name)
      idle.delete(name)
    })
  })
  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const name = nameOf(socket)
    const connection = open.get(name)
    if (connection === undefined) return
    connection.requests += 1
    idle.delete(name)
    response.once('close', () => {
      connection.requests -= 1
      if (connection.requests === 0 && open.get(name) === connection) idle.add(name)
    })
  })

  function drop(name: string): void {
    open.get(name)?.socket.destroy()
    open.delete(name)
    idle.delete(name)
  }
}

function nameOf({ remoteAddress, remotePort, remoteFamily }: Socket): string {
  return `${remoteFamily} ${remoteAddress} ${remotePort}`
}
