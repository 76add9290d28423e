// What a tool's own callback did, seen without being in its way. In the v1 SDK an unknown tool, refused arguments and a
// tool that threw are all answered with `isError`; only whether the callback ran, and what it threw, tells them apart.
import { currentCall } from '../record/current-call.ts'
import { watchPromise } from '../record/watch-promise.ts'
import { isRecord } from '../wire/json-rpc.ts'

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
  if (typeof tool['executor'] === 'function') return observeMember(tool, 'executor', 'its result')
  if (typeof tool['handler'] === 'function') return observeMember(tool, 'handler', 'its result')
  const { handler } = tool
  if (!isRecord(handler) || typeof handler['createTask'] !== 'function') return false
  return observeMember(handler, 'createTask', 'a task')
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

/** What a callback gives back. A task is not yet the result that the SDK may answer with: the reply will tell. */
type Gives = 'its result' | 'a task'

function observeMember(owner: Record<string, unknown>, name: string, gives: Gives): boolean {
  const callback = owner[name] as Callback
  if (observed.has(callback)) return true
  const wrapped: Callback = function (this: unknown, ...args) {
    return observe(() => callback.apply(this, args), gives)
  }
  if (!Reflect.set(owner, name, wrapped)) return false // The user's own object, frozen.
  observed.add(wrapped)
  return true
}

function observe(run: () => unknown, gives: Gives): unknown {
  const call = currentCall()
  // Not a callback that a running one calls, nor one that starts when the books are closed.
  if (call?.callback.kind !== 'pending') return run()
  call.callback = { kind: 'running' }
  let returned: unknown
  try {
    returned = run()
  } catch (error) {
    call.callback = { kind: 'threw', error }
    throw error
  }
  const watched = watchPromise(
    returned,
    (value) => {
      if (gives === 'its result' && call.callback.kind === 'running') call.callback = { kind: 'returned', value }
    },
    (error) => {
      if (call.callback.kind === 'running') call.callback = { kind: 'threw', error }
    },
  )
  // A thenable of another kind is left alone: the reply will tell.
  if (!watched && gives === 'its result' && !isThenable(returned)) call.callback = { kind: 'returned', value: returned }
  return returned
}

function isThenable(value: unknown): boolean {
  return isRecord(value) && typeof value['then'] === 'function'
}
