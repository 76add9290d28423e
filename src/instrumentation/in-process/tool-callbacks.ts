// Observes what a tool's own callback does, without changing it. In SDK v1 an unknown tool, refused arguments and a tool that
// threw are all answered with `isError`: only whether the callback ran, and what it threw, tells them apart.
import { OTHER } from '../catalog/overflow.ts'
import type { CallEvidence } from '../outcome/judge-reply.ts'
import { isRecord, member } from '../outcome/read-value.ts'
import type { CurrentCall } from '../record/current-call.ts'
import { callsAreTracked, currentCall, ENDED, onTrackCalls, PENDING, runInCall } from '../record/current-call.ts'
import type { Gives } from '../record/observe-run.ts'
import { isThenable, observeRun } from '../record/observe-run.ts'
import { waitingNow } from '../wire/deadlines.ts'
import type { MessageId } from '../wire/json-rpc.ts'
import type { CalledTool } from '../wire/party.ts'
import { RunningOperation } from '../wire/running-operation.ts'
import type { ReceivedCall } from '../wire/server-party.ts'
import type { CallHandler } from './sdk-server.ts'
import { registryOf } from './sdk-server.ts'

type Callback = (...args: unknown[]) => unknown

/** Each wrapped callback, with the server that it was wrapped for. */
const observed = new WeakMap<object, { readonly calls: CallsById; isShared: boolean }>()

/**
 * The calls of one server whose code a callback can find by the id that the SDK hands to it, so that they need no
 * AsyncLocalStorage.
 */
export class CallsById {
  readonly #calls = new Map<MessageId, ObservedCall>()
  /** Whether a callback has shown that it gets the id of its call: old releases of the SDK do not hand it on. */
  areFound = false
  areMixedUp = false

  has(id: MessageId): boolean {
    return this.#calls.has(id)
  }

  add(id: MessageId, call: ObservedCall): void {
    this.#calls.set(id, call)
  }

  remove(id: MessageId, call: ObservedCall): void {
    if (this.#calls.get(id) === call) this.#calls.delete(id)
  }

  /** The call that starts a callback with these arguments. The callback may be `isShared` with another server. */
  callOf(args: readonly unknown[], isShared: boolean): CurrentCall | undefined {
    const id = requestIdOf(args.at(-1)) as MessageId
    const byId = this.#calls.get(id)
    const current = currentCall()
    if (!(current instanceof ObservedCall)) return byId
    const isOwn = current.calls === this || isShared
    // A call that is over, and that started the code which makes this one, is in the same asynchronous context.
    if (!isOwn || (current.callback !== PENDING && current.id !== id)) return byId
    if (byId === current && !this.areMixedUp) this.areFound = true
    return current
  }

  /** From now on ids do not tell: a call is over whose callback may still start, or two servers share a callback. */
  mixUp(): void {
    this.areMixedUp = true
    this.areFound = false
  }
}

/** SDK v1 hands a callback the id as `extra.requestId`, v2 as `ctx.mcpReq.id`. */
function requestIdOf(extra: unknown): unknown {
  return member(extra, 'requestId') ?? member(member(extra, 'mcpReq'), 'id')
}

/** One call as code of this process: what its callback does is seen from inside that code. */
export class ObservedCall implements CalledTool, CurrentCall {
  readonly toolName: string
  readonly label: string
  readonly declared: ReadonlySet<string>
  readonly calls: CallsById
  callback: CurrentCall['callback'] = PENDING
  readonly run: CalledTool['run']
  readonly id: MessageId | undefined
  readonly #server: object
  #args: unknown
  readonly #handler: CallHandler
  readonly #isObserved: boolean

  constructor(server: object, calls: CallsById, call: ReceivedCall, handler: CallHandler) {
    const { id, toolName, isOffered } = call
    this.toolName = toolName
    this.label = isOffered ? toolName : OTHER
    this.declared = call.declared
    this.calls = calls
    this.id = id
    this.#server = server
    this.#args = call.args
    this.#handler = handler
    this.#isObserved = isOffered && handler !== 'the program' && observeToolCallback(server, calls, toolName)
    const isFound = id !== undefined && !calls.has(id) && (calls.areFound || !this.#isObserved)
    const isMarked = !isFound || callsAreTracked()
    this.run = isMarked ? (deliver) => runInCall(this, deliver) : undefined
    if (id !== undefined && !calls.has(id) && !(isMarked && calls.areMixedUp)) calls.add(id, this)
  }

  evidence(): CallEvidence {
    const { callback } = this
    // A function of `trackTool` tells also where the program has a handler of its own.
    if (callback.kind === 'returned' || callback.kind === 'threw') return callback
    if (callback.kind !== 'pending') return ACCEPTED
    if (!this.#isObserved) return NONE
    const isRefused =
      this.#handler === 'the SDK' || refuses(registryOf(this.#server, 'tools')?.[this.toolName], this.#args)
    return isRefused ? REFUSED : NONE
  }

  isRunning(): boolean {
    return currentCall() === this
  }

  ended(isReplied: boolean): void {
    if (!isReplied && this.#isObserved && this.callback.kind === 'pending') this.calls.mixUp()
    this.callback = ENDED
    this.#args = undefined
    if (this.id !== undefined) this.calls.remove(this.id, this)
  }
}

const ACCEPTED: CallEvidence = { kind: 'accepted' }
const NONE: CallEvidence = { kind: 'none' }
const REFUSED: CallEvidence = { kind: 'refused' }

onTrackCalls(() =>
  waitingNow().flatMap((operation) => {
    const tool = operation instanceof RunningOperation ? operation.toolCall?.tool : undefined
    return tool instanceof ObservedCall && tool.run === undefined ? [tool] : []
  }),
)

/**
 * Sees to it that the callback of a registered tool is observed, and says whether it is. Done at each call and not at
 * registration: tools are registered before and after instrumentation, and a tool's callback can be replaced.
 */
function observeToolCallback(mcpServer: object, calls: CallsById, toolName: string): boolean {
  const tools = registryOf(mcpServer, 'tools')
  if (tools === undefined) return false
  const tool = Object.hasOwn(tools, toolName) ? tools[toolName] : undefined
  if (!isRecord(tool)) return true // It was removed: that its callback does not run is all there is to see.
  // v2 calls `executor`, v1 `handler` (before 1.24 `callback`): a function, or for a tool that makes tasks an object with `createTask`.
  if (typeof tool['executor'] === 'function') return observeMember(tool, 'executor', calls, 'its result')
  if (typeof tool['handler'] === 'function') return observeMember(tool, 'handler', calls, 'its result')
  if (typeof tool['callback'] === 'function') return observeMember(tool, 'callback', calls, 'its result')
  const { handler } = tool
  if (!isRecord(handler) || typeof handler['createTask'] !== 'function') return false
  return observeMember(handler, 'createTask', calls, 'a task')
}

function observeMember(owner: Record<string, unknown>, name: string, calls: CallsById, gives: Gives): boolean {
  const callback = owner[name] as Callback
  const known = observed.get(callback)
  if (known !== undefined) {
    if (known.calls === calls) return true
    known.isShared = true
    known.calls.mixUp()
    calls.mixUp()
    return true
  }
  const facts = { calls, isShared: false }
  const wrapped: Callback = function (this: unknown, ...args) {
    return observeRun(calls.callOf(args, facts.isShared), callback, this, args, gives)
  }
  if (!Reflect.set(owner, name, wrapped)) return false // The user's own object, frozen.
  observed.set(wrapped, facts)
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
