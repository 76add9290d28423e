// Bounds the open connections of an HTTP server. When there are too many, idle ones of the address that has the most are closed, so that
// connections that do nothing never lock out a probe.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

interface Connection {
  readonly name: string
  readonly socket: Socket
  readonly peer: Peer
  requests: number
  /** Greater for connections that became idle later. */
  idleSince: number
}

/** All connections from one address. */
interface Peer {
  readonly open: Set<Connection>
  /** The longest idle first. */
  readonly idle: Set<Connection>
}

/**
 * Keeps at most `most` connections open. A new one beyond that closes an idle one (kept alive, still in its TLS handshake, or without a
 * complete request head): of the address with the most connections, the one that has been idle longest. So a burst from one address
 * closes its own. If each has a request under way, the new one is closed.
 *
 * Call it before the server listens, instead of setting `server.maxConnections`.
 *
 * @example limitConnections(server, 600)
 */
export function limitConnections(server: Server, most: number): void {
  // By address and port: a TLS server shows requests on another socket object than connections.
  const open = new Map<string, Connection>()
  const peers = new Map<string, Peer>()
  let sequence = 0

  server.on('connection', (socket: Socket) => {
    if (open.size >= most) {
      const victim = longestIdle()
      if (victim === undefined) {
        socket.destroy()
        return
      }
      forget(victim)
      victim.socket.destroy()
    }
    const address = socket.remoteAddress ?? ''
    const peer = peers.get(address) ?? { open: new Set(), idle: new Set() }
    const connection: Connection = { name: nameOf(socket), socket, peer, requests: 0, idleSince: 0 }
    peers.set(address, peer)
    open.set(connection.name, connection)
    peer.open.add(connection)
    rest(connection)
    socket.once('close', () => {
      forget(connection)
      if (peer.open.size === 0 && peers.get(address) === peer) peers.delete(address)
    })
  })
  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const connection = open.get(nameOf(socket))
    if (connection === undefined) return
    connection.requests += 1
    connection.peer.idle.delete(connection)
    response.once('close', () => {
      connection.requests -= 1
      if (connection.requests === 0 && open.get(connection.name) === connection) rest(connection)
    })
  })

  function rest(connection: Connection): void {
    connection.idleSince = sequence++
    connection.peer.idle.add(connection)
  }

  function forget(connection: Connection): void {
    if (open.get(connection.name) === connection) open.delete(connection.name)
    connection.peer.open.delete(connection)
    connection.peer.idle.delete(connection)
  }

  function longestIdle(): Connection | undefined {
    let count = 0
    let longest: Connection | undefined
    for (const peer of peers.values()) {
      const [first] = peer.idle
      if (first === undefined || peer.open.size < count) continue
      if (longest !== undefined && peer.open.size === count && first.idleSince > longest.idleSince) continue
      count = peer.open.size
      longest = first
    }
    return longest
  }
}

function nameOf({ remoteAddress, remotePort, remoteFamily }: Socket): string {
  return `${remoteFamily} ${remoteAddress} ${remotePort}`
}
