// Instruments a server object of an MCP SDK. The hook is the instance's own `connect`: all that clients can send passes at the
// transport, while a wrapper around the tools' callbacks never sees an unknown tool, refused arguments or a cancelled call.
import type { InstrumentOptions } from '../wire/instrument-options.ts'
import type { ServerParty } from '../wire/server-party.ts'
import { createServerParty } from '../wire/server-party.ts'
import { implementationOf, isRegistered, lowLevelServer, registryOf } from './sdk-server.ts'
import { observeCall } from './tool-callbacks.ts'
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
  const lowLevel = lowLevelServer<ConnectableLike>(server)
  if (instrumented.has(lowLevel)) return server
  instrumented.add(lowLevel)
  const party = createServerParty(
    {
      ...implementationOf(lowLevel),
      isRegistered: (what, name) => isRegistered(server, what, name),
      observeCall: (toolName, offered) => observeCall(server, toolName, offered),
    },
    options,
  )
  watchConnections(lowLevel, party, () => {
    for (const name of Object.keys(registryOf(server, 'tools') ?? {})) party.offer(name)
  })
  noteRegistrations(server, party)
  return server
}

/** Tools registered after the connection start at 0 when they are registered, not at their first call. */
function noteRegistrations(server: object, party: ServerParty): void {
  for (const method of ['registerTool', 'tool'] as const) {
    const register = (server as Record<string, unknown>)[method]
    if (typeof register !== 'function') continue
    const noted = function (this: unknown, ...args: unknown[]): unknown {
      const registered = register.apply(this, args)
      const [name] = args
      if (typeof name === 'string' && isRegistered(server, 'tools', name)) party.offer(name)
      return registered
    }
    Object.defineProperty(server, method, { configurable: true, writable: true, value: noted })
  }
}
