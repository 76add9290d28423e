// A `tools/call` as the server sees it, message in to reply out: the lab's series, and the one outcome of the call.
import type { Context } from '@opentelemetry/api'
import { OTHER } from '../catalog/overflow.ts'
import type { Outcome } from '../outcome/outcome.ts'
import { failed, judgeErrorCode, judgeResult, judgeThrown, NOT_SENT } from '../outcome/outcome.ts'
import type { CurrentCall } from '../record/current-call.ts'
import { startHeapWatch } from '../record/heap-growth.ts'
import { instruments } from '../record/instruments.ts'
import { countToolCall } from '../record/tool-series.ts'
import type { ResponseMessage } from './json-rpc.ts'
import { isRecord, member, textMember } from './json-rpc.ts'
import { jsonSize } from './json-size.ts'

/** What is known of a tool that is being called. */
export interface CalledTool {
  /** The name if the server offered it, else `_OTHER`. */
  readonly label: string
  readonly declared: ReadonlySet<string>
  /** Whether what the tool's callback does can be seen; in a low-level server only the reply can. */
  readonly observed: boolean
}

export interface ToolCall {
  /** For the code that the call runs: `runInCall(call.current, …)`. */
  readonly current: CurrentCall
  /** The outcome that a reply tells, by the first row of the outcome table that fits. */
  judge(response: ResponseMessage): Outcome
  /** Closes the books: called once. `active` is the context that exemplars are taken from. */
  end(outcome: Outcome, seconds: number, active: Context): void
}

/** Opens the books of a call that came in. */
export function beginToolCall(
  params: unknown,
  tool: CalledTool,
  measure: { readonly memory: boolean; readonly sizes: boolean },
): ToolCall {
  const labels = { 'tool.name': tool.label }
  const current: CurrentCall = { toolName: textMember(params, 'name') ?? '', callback: { kind: 'pending' } }
  const heap = measure.memory ? startHeapWatch() : undefined
  const ended = countToolCall(tool.label)
  let resultBytes: number | undefined
  return {
    current,
    judge(response) {
      resultBytes = measure.sizes && response.result !== undefined ? jsonSize(response.result) : undefined
      return measure.sizes && isRecord(response.result) && resultBytes === undefined
        ? NOT_SENT // It has no JSON. Not every transport says so: v1 ends an SSE stream empty, as if all were well.
        : judgeReply(response, tool, current)
    },
    end(outcome, seconds, active) {
      current.callback = { kind: 'ended' }
      ended(outcome, seconds, active)
      if (measure.sizes) {
        const sent = member(params, 'arguments')
        const argumentBytes = sent === undefined ? 0 : jsonSize(sent)
        if (argumentBytes !== undefined) instruments.requestSize.record(argumentBytes, labels, active)
        if (resultBytes !== undefined) instruments.responseSize.record(resultBytes, labels, active)
      }
      const grown = heap?.end()
      if (grown !== undefined) instruments.toolMemory.record(grown, labels, active)
    },
  }
}

function judgeReply({ error, result }: ResponseMessage, tool: CalledTool, { callback }: CurrentCall): Outcome {
  const refused = error !== undefined || member(result, 'isError') === true
  if (refused && tool.label === OTHER) return failed('unknown_tool')
  if (refused && tool.observed) {
    if (callback.kind === 'pending') return failed('validation_error')
    if (callback.kind === 'threw') return judgeThrown(callback.error, tool.declared)
    // The tool answered and was not at fault by its own word: what it answered did not fit its output schema.
    if (callback.kind === 'returned' && member(callback.value, 'isError') !== true) return failed('internal_error')
    // Its arguments were accepted, or it would not have run: what the code refuses is what it answered.
    if (callback.kind === 'running' && member(error, 'code') === -32602) return failed('internal_error')
  }
  if (error !== undefined) return judgeErrorCode(member(error, 'code'))
  return isRecord(result) ? judgeResult(result, tool.declared) : failed('internal_error')
}
