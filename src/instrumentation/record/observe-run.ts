// Notes how the code of a tool call ends, without changing it.
import { isRecord } from '../outcome/read-value.ts'
import type { CurrentCall } from './current-call.ts'
import { RUNNING } from './current-call.ts'
import { watchPromise } from './watch-promise.ts'

/** What a callback gives back. A task is not yet the result that the SDK may answer with: the reply will tell. */
export type Gives = 'its result' | 'a task'

type Callback = (...args: unknown[]) => unknown

/** Runs a tool's own code, and notes in its call how it ends. */
export function observeRun(
  call: CurrentCall | undefined,
  run: Callback,
  self: unknown,
  args: unknown[],
  gives: Gives = 'its result',
): unknown {
  // Not a callback that a running one calls, nor one that starts when the books are closed.
  if (call?.callback.kind !== 'pending') return run.apply(self, args)
  call.callback = RUNNING
  let returned: unknown
  try {
    returned = run.apply(self, args)
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
