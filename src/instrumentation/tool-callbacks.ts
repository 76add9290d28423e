// What a tool's own callback did, seen without being in its way. In the v1 SDK an unknown tool, refused arguments and a
// tool that threw are all answered with `isError`; only whether the callback ran, and what it threw, tells them apart.
import { currentCall } from './current-call.ts'
import { isRecord } from './json-rpc.ts'

type Callback = (...args: unknown[]) => unknown

const observed = new WeakSet<object>()

/**
 * Sees to it that the callback of a registered tool is observed, and says whether it is. Done at each call and not at
 * registration: tools are registered before and after instrumentation, and a tool's callback can be replaced.
 */
export function observeToolCallback(mcpServer: object, toolName: string): boolean {
  const tools = registry(mcpServer, '_registeredTools')
  if (tools === undefined) return false
  const tool = Object.hasOwn(tools, toolName) ? tools[toolName] : undefined
  if (!isRecord(tool)) return true // It was removed: that its callback does not run is all there is to see.
  // v2 calls `executor`, v1 `handler`: a function, or for a tool that makes tasks an object with `createTask`.
  if (typeof tool['executor'] === 'function') return observeMember(tool, 'executor')
  if (typeof tool['handler'] === 'function') return observeMember(tool, 'handler')
  const { handler } = tool
  return isRecord(handler) && typeof handler['createTask'] === 'function' && observeMember(handler, 'createTask')
}

/** The names that an `McpServer` has registered now. */
export function registeredNames(mcpServer: object, what: '_registeredTools' | '_registeredPrompts'): string[] {
  return Object.keys(registry(mcpServer, what) ?? {})
}

/** Whether it has registered `name`, and not merely inherits something so called. */
export function isRegistered(
  mcpServer: object,
  what: '_registeredTools' | '_registeredPrompts',
  name: string,
): boolean {
  const names = registry(mcpServer, what)
  return names !== undefined && Object.hasOwn(names, name)
}

function registry(mcpServer: object, what: string): Record<string, unknown> | undefined {
  const found = (mcpServer as Record<string, unknown>)[what]
  return isRecord(found) ? found : undefined
}

function observeMember(owner: Record<string, unknown>, name: string): boolean {
  const callback = owner[name] as Callback
  if (observed.has(callback)) return true
  const wrapped: Callback = function (this: unknown, ...args) {
    return observe(() => callback.apply(this, args))
  }
  observed.add(wrapped)
  owner[name] = wrapped
  return true
}

function observe(run: () => unknown): unknown {
  const call = currentCall()
  if (call === undefined) return run()
  call.callback = { kind: 'running' }
  let returned: unknown
  try {
    returned = run()
  } catch (error) {
    call.callback = { kind: 'threw', error }
    throw error
  }
  if (!(returned instanceof Promise)) {
    // A thenable of another kind may start its work each time `then` is called: it is left alone, the reply will tell.
    if (!isThenable(returned)) call.callback = { kind: 'returned', value: returned }
    return returned
  }
  // The SDK awaits the very promise that the tool returned; this only looks at it, and first.
  returned.then(
    (value) => {
      call.callback = { kind: 'returned', value }
    },
    (error) => {
      call.callback = { kind: 'threw', error }
    },
  )
  return returned
}

function isThenable(value: unknown): boolean {
  return isRecord(value) && typeof value['then'] === 'function'
}
