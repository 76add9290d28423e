// Instruments a client object of an MCP SDK. Its requests carry the trace context on, so that a server's spans become children
// of the client's.
import { OTHER } from '../catalog/overflow.ts'
import { reportOnce } from '../record/report-once.ts'
import type { InstrumentOptions } from '../wire/instrument-options.ts'
import { settingsOf, toolOptions } from '../wire/instrument-options.ts'
import { listedNames, nameSet } from '../wire/offered.ts'
import { claim } from './claim.ts'
import type { ConnectableLike } from './sdk-server.ts'
import { isProtocol } from './sdk-server.ts'
import { watchConnections } from './watch-connect.ts'

/**
 * Measures every request, notification and session of an MCP client (`Client` of `@modelcontextprotocol/sdk` or
 * `@modelcontextprotocol/client`), traces them where a tracer provider is registered, and puts the trace context into
 * `params._meta`. Returns the same object. Tool names are labels only if the server listed them or `options.tools` has
 * them.
 *
 * @example
 * const client = instrumentMcpClient(new Client({ name: 'desk', version: '1.0.0' }))
 */
export function instrumentMcpClient<C extends ConnectableLike>(client: C, options: InstrumentOptions = {}): C {
  try {
    attach(client, options)
  } catch {
    reportOnce('a client object cannot be changed (is it frozen?), and its requests are not measured')
  }
  return client
}

function attach(client: ConnectableLike, options: InstrumentOptions): void {
  if (!isProtocol(client)) {
    reportOnce(
      'instrumentMcpClient was given an object that is not a client of the MCP TypeScript SDK, and measures nothing of it',
    )
    return
  }
  if (!claim(client)) return
  const tools = nameSet()
  const prompts = nameSet()
  for (const name of toolOptions(options).keys()) tools.add(name)
  watchConnections(client, {
    kind: 'client',
    settings: settingsOf(options),
    label: (method, name) => ((method === 'tools/call' ? tools : prompts).has(name) ? name : OTHER),
    listed(method, result) {
      if (method === 'tools/list') for (const name of listedNames(result, 'tools')) tools.add(name)
      if (method === 'prompts/list') for (const name of listedNames(result, 'prompts')) prompts.add(name)
    },
  })
}
