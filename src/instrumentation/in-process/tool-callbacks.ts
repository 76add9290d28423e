// Observes what a tool's own callback does, without changing it. In SDK v1 an unknown tool, refused arguments and a tool that
// threw are all answered with `isError`: only whether the callback ran, and what it threw, tells them apart.
import type { CallEvidence } from '../outcome/judge-reply.ts'
import { isRecord, member } from '../outcome/read-value.ts'
import type { CurrentCall } from '../record/current-call.ts'
import { currentCall, runInCall } from '../record/current-call.ts'
import type { Gives } from '../record/observe-run.ts'
import { isThenable, observeRun } from '../record/observe-run.ts'
import type { CalledTool } from '../wire/party.ts'
import type { CallHandler } from './sdk-server.ts'
import { registryOf } from './sdk-server.ts'

type Callback = (...args: unknown[]) => unknown

const observed = new WeakSet<object>()

/** One call as code of this process: what its callback does is seen from inside that code. */
export function observeCall(mcpServer: object, { toolName, args, offered, handler }: CallFacts): ObservedCall {
  const call: CurrentCall = { toolName, callback: { kind: 'pending' } }
  const isObserved = offered && handler !== 'the program' && observeToolCallback(mcpServer, toolName)
  const evidence = (): CallEvidence => {
    // A function of `trackTool` tells also where the program has a handler of its own.
    if (call.callback.kind !== 'pending') return evidenceOf(call)
    if (!isObserved) return { kind: 'none' }
    return handler === 'the SDK' || refuses(registryOf(mcpServer, 'tools')?.[toolName], args)
      ? { kind: 'refused' }
      : { kind: 'none' }
  }
  return {
    evidence,
    run: (deliver) => runInCall(call, deliver),
    isRunning: () => currentCall() === call,
    ended() {
      call.callback = { kind: 'ended' }
    },
  }
}

interface CallFacts {
  readonly toolName: string
  readonly args: unknown
  readonly offered: boolean
  readonly handler: CallHandler
}

type ObservedCall = Required<Omit<CalledTool, 'label' | 'declared'>>

function evidenceOf({ callback }: CurrentCall): CallEvidence {
  switch (callback.kind) {
    case 'returned':
    case 'threw':
      return callback
    default:
      return { kind: 'accepted' }
  }
}

/**
 * Sees to it that the callback of a registered tool is observed, and says whether it is. Done at each call and not at
 * registration: tools are registered before and after instrumentation, and a tool's callback can be replaced.
 */
function observeToolCallback(mcpServer: object, toolName: string): boolean {
  const tools = registryOf(mcpServer, 'tools')
  if (tools === undefined) return false
  const tool = Object.hasOwn(tools, toolName) ? tools[toolName] : undefined
  if (!isRecord(tool)) return true // It was removed: that its callback does not run is all there is to see.
  // v2 calls `executor`, v1 `handler` (before 1.24 `callback`): a function, or for a tool that makes tasks an object with `createTask`.
  if (typeof tool['executor'] === 'function') return observeMember(tool, 'executor', 'its result')
  if (typeof tool['handler'] === 'function') return observeMember(tool, 'handler', 'its result')
  if (typeof tool['callback'] === 'function') return observeMember(tool, 'callback', 'its result')
  const { handler } = tool
  if (!isRecord(handler) || typeof handler['createTask'] !== 'function') return false
  return observeMember(handler, 'createTask', 'a task')
}

function observeMember(owner: Record<string, unknown>, name: string, gives: Gives): boolean {
  const callback = owner[name] as Callback
  if (observed.has(callback)) return true
  const wrapped: Callback = function (this: unknown, ...args) {
    return observeRun(() => callback.apply(this, args), gives)
  }
  if (!Reflect.set(owner, name, wrapped)) return false // The user's own object, frozen.
  observed.add(wrapped)
  return true
}

/**
 * Whether the SDK refuses these arguments before it runs the tool. Asked only of a call that failed without running its callback,
 * where the handler may be the program's own: the schema is then asked a second time.
 */
function refuses(tool: unknown, args: unknown): boolean {
  // Removed or disabled: that its callback does not run is all there is to see.
  if (!isRecord(tool) || tool['enabled'] === false) return true
  const schema = tool['inputSchema']
  const validate = member(member(schema, '~standard'), 'validate')
  const safeParse = member(schema, 'safeParse')
  if (typeof validate !== 'function' && typeof safeParse !== 'function') return schema !== undefined
  try {
    const given = args ?? {}
    const checked: unknown =
      typeof validate === 'function'
        ? Reflect.apply(validate, undefined, [given])
        : Reflect.apply(safeParse as Callback, schema, [given])
    // An asynchronous schema has not answered yet; it did not let the tool run.
    if (isThenable(checked)) return true
    return member(checked, 'success') === false || Array.isArray(member(checked, 'issues'))
  } catch {
    return true
  }
}
