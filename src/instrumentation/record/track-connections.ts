// A listener in, its open sockets out as `mcp_open_connections`.
import type { Server } from 'node:net'
import { followMeterProvider, instruments } from './instruments.ts'

type Transport = 'http' | 'stdio'

const tracked = new WeakSet<Server>()

/**
 * Counts the open sockets of the server that listens for MCP, once however often it is called. Call it before the server
 * listens: sockets that are open already are not counted.
 *
 * @example trackConnections(httpServer, 'http')
 */
export function trackConnections(server: Server, transport: Transport = 'http'): void {
  start(transport)
  if (tracked.has(server)) return
  tracked.add(server)
  server.on('connection', (socket) => {
    add(transport, 1)
    socket.once('close', () => add(transport, -1))
  })
}

/** Counts one connection that is no socket, such as the client at the other end of stdio. Returns how to end it. */
export function trackConnection(transport: Transport): () => void {
  start(transport)
  add(transport, 1)
  let closed = false
  return () => {
    if (!closed) add(transport, -1)
    closed = true
  }
}

/** The series is there before the first connection; how many there are is carried to each meter provider to come. */
function start(transport: Transport): void {
  followMeterProvider()
  add(transport, 0)
}

function add(transport: Transport, change: number): void {
  instruments.openConnections.record(change, { transport })
}
