// A server and the user's options in, what is particular to watching a server out: which names it offered, what its tools
// declare, and what it is called.
import { OTHER } from '../catalog/overflow.ts'
import { instruments, onMeterProvider } from '../record/instruments.ts'
import type { InstrumentOptions } from '../wire/instrument-options.ts'
import { settingsOf, toolOptions } from '../wire/instrument-options.ts'
import { textMember } from '../wire/json-rpc.ts'
import { listedNames, offeredBy, startAtZero } from '../wire/offered.ts'
import type { Role } from '../wire/role.ts'
import { isRegistered, observeToolCallback, registeredNames } from './tool-callbacks.ts'

export interface ServerRole extends Role {
  /** A tool of that name was registered. */
  registered(name: string): void
}

/** `server` may be an `McpServer`, with the registry of its tools; `lowLevel` is the one that speaks the protocol. */
export function serverRole(server: object, lowLevel: object, options: InstrumentOptions): ServerRole {
  const { name: serverName, version } = implementationOf(lowLevel)
  const offered = offeredBy(serverName)
  const declared = new Map([...toolOptions(options)].map(([name, { errorTypes = [] }]) => [name, new Set(errorTypes)]))
  const none: ReadonlySet<string> = new Set()
  const offer = (tool: string) => {
    offered.tools.add(tool)
    startAtZero(tool, declared.get(tool))
  }
  const isOffered = (method: string, name: string) =>
    method === 'tools/call'
      ? isRegistered(server, '_registeredTools', name) || offered.tools.has(name)
      : isRegistered(server, '_registeredPrompts', name) || offered.prompts.has(name)
  for (const tool of declared.keys()) offer(tool)
  announce(serverName, version)
  return {
    kind: 'server',
    settings: settingsOf(options),
    label: (method, name) => (isOffered(method, name) ? name : OTHER),
    calledTool(name) {
      const label = isOffered('tools/call', name) ? name : OTHER
      if (label !== OTHER) offer(name)
      return {
        label,
        declared: declared.get(name) ?? none,
        observed: label !== OTHER && observeToolCallback(server, name),
      }
    },
    listed(method, result) {
      if (method === 'tools/list') for (const name of listedNames(result, 'tools')) offer(name)
      if (method === 'prompts/list') for (const name of listedNames(result, 'prompts')) offered.prompts.add(name)
    },
    connecting() {
      for (const name of registeredNames(server, '_registeredTools')) offer(name)
    },
    registered(name) {
      if (isRegistered(server, '_registeredTools', name)) offer(name)
    },
  }
}

/** There is no public way to ask a server for its name before it answers; both SDK lines keep it here. */
function implementationOf(lowLevel: object): { name: string; version: string } {
  const info = (lowLevel as { _serverInfo?: unknown })._serverInfo
  return { name: textMember(info, 'name') ?? OTHER, version: textMember(info, 'version') ?? OTHER }
}

const announced = new Map<string, () => void>()

/** `mcp_server_info` of each server, now and on every meter provider to come. */
function announce(serverName: string, version: string): void {
  const key = JSON.stringify([serverName, version])
  if (announced.has(key) || announced.size >= 50) return
  const record = () =>
    instruments.serverInfo.record(1, {
      'server.name': serverName,
      version,
      'node.version': process.version,
    })
  announced.set(key, record)
  record()
}

onMeterProvider(() => {
  for (const record of announced.values()) record()
})
