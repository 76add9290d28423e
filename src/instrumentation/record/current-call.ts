// The tool call whose code is running, found from inside that code. An own AsyncLocalStorage, since OTel's context needs
// a context manager, and who only counts has none registered.
import { AsyncLocalStorage } from 'node:async_hooks'

/** What a tool's callback did, as far as it has come. */
type CallbackState =
  | { readonly kind: 'pending' }
  | { readonly kind: 'running' }
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'threw'; readonly error: unknown }
  /** The call is over: what lives on in its asynchronous context (a pooled socket, a timer) keeps no result alive. */
  | { readonly kind: 'ended' }

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

/** Runs `fn` as the code of `call`. */
export function runInCall<T>(call: CurrentCall, fn: () => T): T {
  return storage.run(call, fn)
}
