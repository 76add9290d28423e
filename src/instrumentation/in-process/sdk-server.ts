// Reads what a server object of SDK v1 or v2 keeps to itself: its name, and the tools and prompts that are registered.
import { OTHER } from '../catalog/overflow.ts'
import { isRecord, member, textMember } from '../outcome/read-value.ts'

const REGISTRIES = { tools: '_registeredTools', prompts: '_registeredPrompts' } as const

export type Registered = keyof typeof REGISTRIES

/** There is no public way to ask a server for its name before it answers; both SDK lines keep it here. */
export function implementationOf(lowLevel: object): { readonly name: string; readonly version: string } {
  const info = member(lowLevel, '_serverInfo')
  return { name: textMember(info, 'name') ?? OTHER, version: textMember(info, 'version') ?? OTHER }
}

/** The server that speaks the protocol: an `McpServer` keeps it in `server`, and its own `connect` calls that one's. */
export function lowLevelServer<S extends object>(server: S): S {
  const inner = member(server, 'server')
  return isRecord(inner) && typeof inner['connect'] === 'function' ? (inner as unknown as S) : server
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
