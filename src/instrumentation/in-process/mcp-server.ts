// Instruments a server object of an MCP SDK. The hook is the instance's own `connect`: all that clients can send passes at the
// transport, while a wrapper around the tools' callbacks never sees an unknown tool, refused arguments or a cancelled call.
import { guarded } from '../record/guarded.ts'
import { reportOnce } from '../record/report-once.ts'
import type { InstrumentOptions } from '../wire/instrument-options.ts'
import type { ServerParty } from '../wire/server-party.ts'
import { createServerParty } from '../wire/server-party.ts'
import { claim } from './claim.ts'
import type { ConnectableLike } from './sdk-server.ts'
import { callHandler, implementationOf, isRegistered, lowLevelServer, registryOf, sdkOf } from './sdk-server.ts'
import { CallsById, ObservedCall } from './tool-callbacks.ts'
import { watchConnections } from './watch-connect.ts'

/**
 * Measures every request, notification and session of an MCP server, and traces them where a tracer provider is
 * registered. Takes an `McpServer` or a low-level `Server` of `@modelcontextprotocol/sdk` or
 * `@modelcontextprotocol/server`, before or after its tools are registered, before or after `startTelemetry`, and also while it is
 * connected; returns the same object. A second call on the same server changes nothing, whichever copy of this package makes it.
 * Never throws: an object that is not a server of these SDKs is reported in one line on stderr.
 *
 * @example
 * const server = instrumentMcpServer(new McpServer({ name: 'weather', version: '1.0.0' }))
 */
export function instrumentMcpServer<S extends ConnectableLike>(server: S, options: InstrumentOptions = {}): S {
  try {
    attach(server, options)
  } catch {
    reportOnce('a server object cannot be changed (is it frozen?), and its calls are not measured')
  }
  return server
}

function attach(server: ConnectableLike, options: InstrumentOptions): void {
  const lowLevel = lowLevelServer(server)
  if (lowLevel === undefined) {
    reportOnce(
      `instrumentMcpServer was given ${nameOf(server)}, which is not a server of the MCP TypeScript SDK, and measures nothing of it; give it the McpServer or Server inside`,
    )
    return
  }
  if (!claim(lowLevel)) return
  const handler = callHandler(server, lowLevel)
  const calls = new CallsById()
  const party = createServerParty(
    {
      ...implementationOf(lowLevel),
      sdk: sdkOf(lowLevel),
      isRegistered: (what, name) => isRegistered(server, what, name),
      observeCall: (call) => new ObservedCall(server, calls, call, handler()),
    },
    options,
  )
  noteRegistrations(server, party)
  watchConnections(lowLevel, party, () => {
    for (const name of Object.keys(registryOf(server, 'tools') ?? {})) party.offer(name)
  })
}

/** What somebody passed, for a message: the name of its class, or its type. */
function nameOf(value: unknown): string {
  const className = (value as object | null | undefined)?.constructor?.name
  return typeof className === 'string' && className !== ''
    ? `an object of the class ${className}`
    : `a value of type ${typeof value}`
}

/** Tools registered after the connection start at 0 when they are registered, not at their first call. */
function noteRegistrations(server: object, party: ServerParty): void {
  for (const method of ['registerTool', 'tool'] as const) {
    const register = (server as Record<string, unknown>)[method]
    if (typeof register !== 'function') continue
    const noted = function (this: unknown, ...args: unknown[]): unknown {
      const registered = register.apply(this, args)
      const [name] = args
      guarded(() => typeof name === 'string' && isRegistered(server, 'tools', name) && party.offer(name))
      return registered
    }
    Object.defineProperty(server, method, { configurable: true, writable: true, value: noted })
  }
}
