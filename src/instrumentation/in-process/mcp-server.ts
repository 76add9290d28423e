// A server object in, the same object out, every request to it measured. The hook is the instance's own `connect`: what
// passes at the transport is all that clients can send, while a wrapper round the tools' callbacks never sees an unknown
// tool, refused arguments or a cancelled call.
import type { InstrumentOptions } from '../wire/instrument-options.ts'
import { isRecord } from '../wire/json-rpc.ts'
import type { ServerRole } from './server-role.ts'
import { serverRole } from './server-role.ts'
import type { ConnectableLike } from './watch-connect.ts'
import { watchConnections } from './watch-connect.ts'

const instrumented = new WeakSet<object>()

/**
 * Measures every request, notification and session of an MCP server, and traces them where a tracer provider is
 * registered. Takes an `McpServer` or a low-level `Server` of `@modelcontextprotocol/sdk` or
 * `@modelcontextprotocol/server`, before or after its tools are registered, before or after `startTelemetry`; returns the
 * same object. A second call on the same server changes nothing.
 *
 * @example
 * const server = instrumentMcpServer(new McpServer({ name: 'weather', version: '1.0.0' }))
 */
export function instrumentMcpServer<S extends ConnectableLike>(server: S, options: InstrumentOptions = {}): S {
  const lowLevel = lowLevelServer(server)
  if (instrumented.has(lowLevel)) return server
  instrumented.add(lowLevel)
  const role = serverRole(server, lowLevel, options)
  watchConnections(lowLevel, role)
  noteRegistrations(server, role)
  return server
}

/** An `McpServer` keeps the server that speaks the protocol in `server`, and its own `connect` calls that one's. */
function lowLevelServer(server: ConnectableLike): ConnectableLike {
  const inner = (server as { server?: unknown }).server
  return isRecord(inner) && typeof inner['connect'] === 'function' ? (inner as unknown as ConnectableLike) : server
}

/** Tools registered after the connection start at 0 when they are registered, not at their first call. */
function noteRegistrations(server: object, role: ServerRole): void {
  for (const method of ['registerTool', 'tool'] as const) {
    const register = (server as Record<string, unknown>)[method]
    if (typeof register !== 'function') continue
    const noted = function (this: unknown, ...args: unknown[]): unknown {
      const registered = register.apply(this, args)
      if (typeof args[0] === 'string') role.registered(args[0])
      return registered
    }
    Object.defineProperty(server, method, { configurable: true, writable: true, value: noted })
  }
}
