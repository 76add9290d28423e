// Finds MCP servers as their SDK is loaded: each server object is handed over, without a change to the program. It
// loads nothing else, since a preload runs in every npm and npx too.
import module from 'node:module'
import { APPEARED, rewriteSource } from './rewrite-source.ts'

/** An `McpServer` or a low-level `Server`. */
export interface FoundServer {
  connect(transport: never, ...rest: never[]): Promise<void>
}

export interface LoadHookOptions {
  /** Called with a server when it is complete, or before it connects for the first time. */
  readonly onReady: (server: FoundServer) => void
  /** Called while the constructor of a server runs. */
  readonly onServer?: () => void
}

export interface LoadHook {
  /** Servers that are made from now on are left alone. Modules that are loaded stay as they are. */
  remove(): void
}

/** Whether this runtime can rewrite modules as they load; Bun and Deno cannot. */
export function canHookModules(): boolean {
  return typeof module.registerHooks === 'function'
}

/**
 * Finds every server of MCP SDK v1 or v2 that is made from now on, in modules that are loaded from now on: ES modules and CommonJS,
 * bundled and minified ones too. What the callbacks throw reaches no program.
 *
 * @throws {TypeError} where `canHookModules` is false.
 */
export function installLoadHook({ onReady, onServer }: LoadHookOptions): LoadHook {
  const shared = globalThis as { [APPEARED]?: (instance: unknown) => undefined }
  const before = shared[APPEARED]
  let isActive = true
  shared[APPEARED] = (instance) => {
    if (isActive && isServer(instance)) {
      silently(() => {
        handOver(instance, onReady)
        onServer?.()
      })
    }
    // Each copy of this package may have a hook.
    return before?.(instance)
  }
  const hooks = module.registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      return isActive ? (silently(() => rewritten(loaded)) ?? loaded) : loaded
    },
  })
  return {
    remove() {
      isActive = false
      hooks.deregister()
    },
  }
}

function rewritten(loaded: module.LoadFnOutput): module.LoadFnOutput | undefined {
  const { source } = loaded
  if (source === undefined || source === null) return undefined
  const text = typeof source === 'string' ? source : Buffer.from(source as Uint8Array).toString()
  const changed = rewriteSource(text)
  return changed === undefined ? undefined : { ...loaded, source: changed }
}

/** Another class may have a field of that name. */
function isServer(instance: unknown): instance is FoundServer {
  return typeof (instance as Partial<FoundServer> | undefined)?.connect === 'function'
}

/**
 * Its constructor is still running: an `McpServer` is complete when it sets `server`, and then its handlers are still to be set; a
 * low-level server is handed over at `connect`. The instance has no trace of it afterwards.
 */
function handOver(server: FoundServer & { server?: unknown }, onReady: (server: FoundServer) => void): void {
  if (Object.hasOwn(server, 'connect')) return
  const { connect } = server
  const ready = () => {
    Reflect.deleteProperty(server, 'connect')
    silently(() => onReady(server))
  }
  const first = function (this: unknown, ...args: never[]): unknown {
    // The low-level server of an `McpServer` is instrumented with it, and calls this one.
    if (server.connect !== first) return Reflect.apply(connect, this, args)
    ready()
    return Reflect.apply(server.connect, this, args)
  }
  Object.defineProperty(server, 'connect', { configurable: true, writable: true, value: first })
  if ('setRequestHandler' in server || server.server !== undefined) return
  Object.defineProperty(server, 'server', {
    configurable: true,
    enumerable: true,
    get: () => undefined,
    set(value: unknown) {
      Object.defineProperty(server, 'server', { configurable: true, enumerable: true, writable: true, value })
      if (server.connect === first) ready()
    },
  })
}

function silently<T>(fn: () => T): T | undefined {
  try {
    return fn()
  } catch {
    return undefined
  }
}
