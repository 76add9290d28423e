// A function in, the same function out, measured like a tool call: the lab's decorator, for tools that are not behind an
// instrumented server, and for any other function.
import type { Outcome } from '../outcome/outcome.ts'
import { judgeResult, judgeThrown } from '../outcome/outcome.ts'
import type { CurrentCall } from './current-call.ts'
import { callOf, ENDED, RUNNING, runInCall, trackCalls } from './current-call.ts'
import { followMeterProvider, instruments } from './instruments.ts'
import { observeRun } from './observe-run.ts'
import { recentCalls } from './recent-calls.ts'
import { runningCalls } from './running-calls.ts'
import { startAtZero } from './tool-zeros.ts'
import { watchPromise } from './watch-promise.ts'

export interface TrackToolOptions {
  /** Error types besides the closed ones that the function may have. */
  readonly errorTypes?: readonly string[]
}

/**
 * Counts and times the calls of `fn` under `name`: `mcp_tool_calls_total`, `mcp_tool_duration_seconds`,
 * `mcp_tool_errors_total`, `mcp_active_requests`. Same signature, same `this`, same results, same errors. A returned
 * `{ success: false, error_type }` is a failure, as is a result marked `isError`. Inside an instrumented server's call of the
 * same name it counts nothing: that call is counted already.
 *
 * A promise is handed on as it is, so that nothing is later by our being here, and is watched from the side: a rejection
 * that nobody else looks at is counted, and no `unhandledRejection`. Other thenables (query builders and their like) count
 * as answered when they are returned, since to call their `then` would start their work.
 *
 * @example const lookup = trackTool('lookup', async (city: string) => weather(city))
 */
export function trackTool<F extends (this: never, ...args: never[]) => unknown>(
  name: string,
  fn: F,
  options: TrackToolOptions = {},
): F {
  const declared: ReadonlySet<string> = new Set(options.errorTypes)
  startAtZero(name, declared)
  trackCalls()

  function tracked(this: unknown, ...args: unknown[]): unknown {
    const run = fn as unknown as (...args: unknown[]) => unknown
    const outer = callOf(name)
    // What a call left behind (a timer, say) is still in its asynchronous context when it is over, and no part of it.
    if (outer?.toolName === name && outer.callback.kind !== 'ended') return observeRun(outer, run, this, args)
    const call: CurrentCall = { toolName: name, callback: RUNNING }
    const startedAt = performance.now()
    const running = runningCalls(name)
    followMeterProvider()
    running.begin()
    const end = (outcome: Outcome) => {
      call.callback = ENDED
      const seconds = (performance.now() - startedAt) / 1000
      const { status, errorType } = outcome
      running.end()
      instruments.toolCalls.record(1, { 'tool.name': name, status })
      instruments.toolDuration.record(seconds, { 'tool.name': name })
      if (errorType !== undefined) instruments.toolErrors.record(1, { 'tool.name': name, 'error.type': errorType })
      recentCalls?.add(startedAt, seconds, name, status, errorType, '', undefined, undefined)
    }
    let returned: unknown
    try {
      returned = runInCall(call, () => run.apply(this, args))
    } catch (error) {
      end(judgeThrown(error, declared))
      throw error
    }
    const watched = watchPromise(
      returned,
      (value) => end(judgeResult(value, declared)),
      (error) => end(judgeThrown(error, declared)),
    )
    if (!watched) end(judgeResult(returned, declared))
    return returned
  }
  // Its name and length, and whatever the program has put on it.
  Object.defineProperties(tracked, Object.getOwnPropertyDescriptors(fn))
  return tracked as unknown as F
}
