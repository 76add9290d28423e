// The tool call whose code is running, found from inside that code. An own AsyncLocalStorage, since OTel's context needs
// a context manager, and who only counts has none registered.
import { AsyncLocalStorage } from 'node:async_hooks'

/** What a tool's callback did, as far as it has come. */
type CallbackState =
  | { readonly kind: 'pending' | 'running' }
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'threw'; readonly error: unknown }
  /** The call is over: what lives on in its asynchronous context (a pooled socket, a timer) keeps no result alive. */
  | { readonly kind: 'ended' }

export const PENDING: CallbackState = { kind: 'pending' }
export const RUNNING: CallbackState = { kind: 'running' }
export const ENDED: CallbackState = { kind: 'ended' }

export interface CurrentCall {
  /** The name that the client called, as it was sent. */
  readonly toolName: string
  callback: CallbackState
}

const storage = new AsyncLocalStorage<CurrentCall>()

/** The call that the caller's code belongs to, if an instrumented server or `trackTool` is running it. */
export function currentCall(): CurrentCall | undefined {
  return storage.getStore()
}

/** Runs `fn` as the code of `call`. Costs a fifth of an in-memory call, so calls that nobody asks for are run without. */
export function runInCall<T>(call: CurrentCall, fn: () => T): T {
  return storage.run(call, fn)
}

let areTracked = false
/** Calls that ran already, without `runInCall`, when functions of the program came to ask. */
const earlier = new Set<CurrentCall>()
let runningBefore = (): readonly CurrentCall[] => []

/** Whether functions of the program ask for the call that they are in. */
export function callsAreTracked(): boolean {
  return areTracked
}

/** From now on all calls run in `runInCall`. */
export function trackCalls(): void {
  if (areTracked) return
  areTracked = true
  for (const call of runningBefore()) earlier.add(call)
}

/** Sets who knows the calls that run without `runInCall`. */
export function onTrackCalls(running: () => readonly CurrentCall[]): void {
  runningBefore = running
}

/** As `currentCall`, for a function of this name: a call of that name that ran before functions were tracked has no other. */
export function callOf(name: string): CurrentCall | undefined {
  const call = currentCall()
  if (call !== undefined || earlier.size === 0) return call
  for (const one of earlier) if (one.callback.kind === 'ended') earlier.delete(one)
  return [...earlier].find(({ toolName }) => toolName === name)
}
