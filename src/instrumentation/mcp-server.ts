// A server object in, the same object out, every request to it measured. The hook is the instance's own `connect`: what
// passes at the transport is all that clients can send, while a wrapper round the tools' callbacks never sees an unknown
// tool, refused arguments or a cancelled call.

import { OTHER } from '../catalog/attributes.ts'
import type { AttributeValue } from './bounds.ts'
import { watchConnection } from './connection.ts'
import { followMeterProvider, instruments, onMeterProvider } from './instruments.ts'
import { isRecord, textMember } from './json-rpc.ts'
import { listedNames, offeredBy, startAtZero } from './offered.ts'
import type { Role, Settings } from './role.ts'
import { isRegistered, observeToolCallback, registeredNames } from './tool-callbacks.ts'
import type { Captured } from './tracing.ts'
import type { TransportLike } from './transport.ts'
import { watchTransport } from './transport.ts'

/** A tool's own settings. */
export interface ToolOptions {
  /** Error types besides the closed ones that this tool may have; at most 100 over all tools are admitted. */
  readonly errorTypes?: readonly string[]
  /** Milliseconds, in place of the server's `deadlineMs`. */
  readonly deadlineMs?: number
}

export interface InstrumentOptions {
  /** Tools that are offered though they are neither registered nor listed, or more about those that are. */
  readonly tools?: readonly string[] | Readonly<Record<string, ToolOptions>>
  /**
   * Milliseconds after which a call that was never answered is counted as `timeout`. It only closes the books: the call
   * goes on, and a late reply is sent.
   * @default 600_000
   */
  readonly deadlineMs?: number
  /** Whether `mcp.tool.memory` is recorded. Costs two readings of the heap's statistics a call. @default false */
  readonly memory?: boolean
  /** Whether sizes of arguments and results are recorded. Costs one walk over each; see `jsonSize`. @default true */
  readonly sizes?: boolean
  /** Names of clients that may be labels besides those known. */
  readonly clients?: readonly string[]
  /** Content that is put on spans, each by name. Any of it may be somebody's secret. @default [] */
  readonly capture?: readonly Captured[]
}

/** What an `McpServer` or a low-level `Server` of SDK v1 or v2 has in common. */
export interface ConnectableLike {
  connect(transport: never, ...rest: never[]): Promise<void>
}

type Connect = (transport: TransportLike, ...rest: unknown[]) => Promise<void>

const instrumented = new WeakSet<object>()
const DEFAULT_DEADLINE_MS = 600_000
/** Node's timers fire at once when they are asked to wait longer (24.8 days). */
const MAX_DEADLINE_MS = 2 ** 31 - 1

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
  const role = serverRole(server, lowLevel, settingsOf(options), options)
  watchConnections(lowLevel, role)
  noteRegistrations(server, role)
  return server
}

/** An `McpServer` keeps the server that speaks the protocol in `server`, and its own `connect` calls that one's. */
function lowLevelServer(server: ConnectableLike): ConnectableLike {
  const inner = (server as { server?: unknown }).server
  return isRecord(inner) && typeof inner['connect'] === 'function' ? (inner as unknown as ConnectableLike) : server
}

/** Overrides `connect` on the instance; a transport that is connected already is watched from now on. */
export function watchConnections(connectable: ConnectableLike, role: Role & { readonly connecting: () => void }): void {
  const connect = connectable.connect as unknown as Connect
  const watch = (transport: TransportLike) => {
    followMeterProvider()
    role.connecting()
    watchTransport(transport, watchConnection(transport, role))
  }
  const watchedConnect: Connect = function (this: unknown, transport, ...rest) {
    // Connected a second time, which the SDK refuses, it goes on serving the calls that its watcher knows.
    if (isRecord(transport) && currentTransport(connectable) !== transport) watch(transport as unknown as TransportLike)
    return connect.call(this, transport, ...rest)
  }
  Object.defineProperty(connectable, 'connect', { configurable: true, writable: true, value: watchedConnect })
  const connected = currentTransport(connectable)
  if (!isRecord(connected) || typeof connected['send'] !== 'function') return
  const transport = connected as unknown as TransportLike
  watch(transport)
  // Assigned again, so that the callbacks which the SDK has set already pass through the watcher.
  Object.assign(transport, { onmessage: transport.onmessage, onclose: transport.onclose })
}

function currentTransport(connectable: ConnectableLike): unknown {
  return (connectable as { transport?: unknown }).transport
}

/** The user's options with the defaults. */
export function settingsOf(options: InstrumentOptions): Settings {
  const tools = toolOptions(options)
  const deadlineMs = deadline(options.deadlineMs, DEFAULT_DEADLINE_MS)
  return {
    deadlineMs: (name) => deadline(name === undefined ? undefined : tools.get(name)?.deadlineMs, deadlineMs),
    memory: options.memory ?? false,
    sizes: options.sizes ?? true,
    capture: new Set(options.capture),
    clients: new Set(options.clients),
  }
}

/** `Infinity` is the longest that a timer can wait; what is no time to wait at all is as if it were not given. */
function deadline(givenMs: number | undefined, otherwiseMs: number): number {
  return givenMs !== undefined && givenMs > 0 ? Math.min(givenMs, MAX_DEADLINE_MS) : otherwiseMs
}

function toolOptions({ tools = {} }: InstrumentOptions): ReadonlyMap<string, ToolOptions> {
  return new Map(Array.isArray(tools) ? tools.map((name: string) => [name, {}]) : Object.entries(tools))
}

function serverRole(server: object, lowLevel: object, settings: Settings, options: InstrumentOptions) {
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
    settings,
    label: (method: string, name: string) => (isOffered(method, name) ? name : OTHER),
    calledTool(name: string) {
      const label = isOffered('tools/call', name) ? name : OTHER
      if (label !== OTHER) offer(name)
      return {
        label,
        declared: declared.get(name) ?? none,
        observed: label !== OTHER && observeToolCallback(server, name),
      }
    },
    listed(method: string, result: unknown) {
      if (method === 'tools/list') for (const name of listedNames(result, 'tools')) offer(name)
      if (method === 'prompts/list') for (const name of listedNames(result, 'prompts')) offered.prompts.add(name)
    },
    connecting() {
      for (const name of registeredNames(server, '_registeredTools')) offer(name)
    },
    registered(name: string) {
      if (isRegistered(server, '_registeredTools', name)) offer(name)
    },
  } as const satisfies Role & { connecting: () => void; registered: (name: string) => void }
}

/** Tools registered after the connection start at 0 when they are registered, not at their first call. */
function noteRegistrations(server: object, role: { readonly registered: (name: string) => void }): void {
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
      'node.version': process.version satisfies AttributeValue,
    })
  announced.set(key, record)
  record()
}

onMeterProvider(() => {
  for (const record of announced.values()) record()
})
