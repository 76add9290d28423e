// Notes how the code of the current tool call ends, without changing it.
import { isRecord } from '../outcome/read-value.ts'
import { currentCall } from './current-call.ts'
import { watchPromise } from './watch-promise.ts'

/** What a callback gives back. A task is not yet the result that the SDK may answer with: the reply will tell. */
export type Gives = 'its result' | 'a task'

/** Runs a tool's own code, and notes in the current call how it ends. */
export function observeRun(run: () => unknown, gives: Gives = 'its result'): unknown {
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

export function isThenable(value: unknown): boolean {
  return isRecord(value) && typeof value['then'] === 'function'
}
