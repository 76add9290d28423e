// A listener in, its open sockets out as `mcp_open_connections`.
import type { Server } from 'node:net'
import { followMeterProvider, instruments, onMeterProvider } from './instruments.ts'

type Transport = 'http' | 'stdio'

const open: Record<Transport, number> = { http: 0, stdio: 0 }
const started = new Set<Transport>()

// An up-down counter on a new meter provider knows nothing of what was open before.
onMeterProvider(() => {
  for (const transport of started) instruments.openConnections.record(open[transport], { transport })
})

/**
 * Counts the open sockets of the server that listens for MCP. Call it before the server listens.
 *
 * @example trackConnections(httpServer, 'http')
 */
export function trackConnections(server: Server, transport: Transport = 'http'): void {
  start(transport)
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

function start(transport: Transport): void {
  followMeterProvider()
  if (started.has(transport)) return
  started.add(transport)
  instruments.openConnections.record(0, { transport })
}

function add(transport: Transport, change: 1 | -1): void {
  instruments.openConnections.record(change, { transport })
  open[transport] += change
}
