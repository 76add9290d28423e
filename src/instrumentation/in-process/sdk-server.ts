// Reads what a server or client object of SDK v1 or v2 keeps to itself: its name, its tools and prompts, who handles its calls, and
// whom it is connected to. There is no public way to ask; property names survive where a bundler renames classes.
import { OTHER } from '../catalog/overflow.ts'
import type { Sdk } from '../catalog/protocol-values.ts'
import { isRecord, member, textMember } from '../outcome/read-value.ts'
import type { OpenConnection } from '../wire/connection.ts'

const REGISTRIES = { tools: '_registeredTools', prompts: '_registeredPrompts' } as const

export type Registered = keyof typeof REGISTRIES

/** What an `McpServer`, a low-level `Server` and a `Client` have in common. */
export interface ConnectableLike {
  connect(transport: never, ...rest: never[]): Promise<void>
}

/** Whether an object speaks the protocol as the SDKs' `Server` and `Client` do. */
export function isProtocol(value: unknown): value is ConnectableLike {
  return isRecord(value) && typeof value['connect'] === 'function' && typeof value['setRequestHandler'] === 'function'
}

/** The object that speaks the protocol: an `McpServer` keeps it in `server`, and its own `connect` calls that one's. */
export function lowLevelServer(server: unknown): ConnectableLike | undefined {
  const inner = member(server, 'server')
  if (isProtocol(inner)) return inner
  return isProtocol(server) ? server : undefined
}

/** The name and version that a server gives itself. */
export function implementationOf(lowLevel: object): { readonly name: string; readonly version: string } {
  const info = member(lowLevel, '_serverInfo')
  return { name: textMember(info, 'name') ?? OTHER, version: textMember(info, 'version') ?? OTHER }
}

/** Which line of the TypeScript SDK an object is of. */
export function sdkOf(lowLevel: object): Sdk {
  return typeof member(lowLevel, 'getNegotiatedProtocolVersion') === 'function' ? 'typescript-v2' : 'typescript-v1'
}

/** What an `McpServer` has registered, by name; undefined for a low-level server. */
export function registryOf(server: object, what: Registered): Record<string, unknown> | undefined {
  const found = member(server, REGISTRIES[what])
  return isRecord(found) ? found : undefined
}

/** Whether an `McpServer` has registered that name. */
export function isRegistered(server: object, what: Registered, name: string): boolean {
  const registry = registryOf(server, what)
  return registry !== undefined && Object.hasOwn(registry, name)
}

/** Who handles `tools/call`: the `McpServer` itself, a handler of the program in its place, or one of the two. */
export type CallHandler = 'the SDK' | 'the program' | 'unknown'

/** Returns a function that says who handles calls now. It is unknown where handlers were set before this was asked. */
export function callHandler(server: object, lowLevel: object): () => CallHandler {
  const current = () => {
    const handlers = member(lowLevel, '_requestHandlers')
    return handlers instanceof Map ? (handlers.get('tools/call') as unknown) : undefined
  }
  const initial = current()
  let own: unknown
  const setHandlers = member(server, 'setToolRequestHandlers')
  if (typeof setHandlers === 'function') {
    const noted = function (this: unknown, ...args: unknown[]): unknown {
      const before = current()
      const set = Reflect.apply(setHandlers, this, args)
      if (current() !== before) own = current()
      return set
    }
    Object.defineProperty(server, 'setToolRequestHandlers', { configurable: true, writable: true, value: noted })
  }
  return () => {
    const now = current()
    if (now === initial) return 'unknown'
    return now === own ? 'the SDK' : 'the program'
  }
}

/** What is known of a connection that was open before it was watched. */
export function openConnectionOf(lowLevel: object): OpenConnection {
  const ask = (method: string): unknown => {
    const asked = member(lowLevel, method)
    return typeof asked === 'function' ? Reflect.apply(asked, lowLevel, []) : undefined
  }
  const clientName = textMember(ask('getClientVersion'), 'name')
  const negotiated = ask('getNegotiatedProtocolVersion')
  return {
    clientName,
    protocolVersion: typeof negotiated === 'string' ? negotiated : undefined,
    initialized: clientName !== undefined || ask('getServerVersion') !== undefined,
  }
}
