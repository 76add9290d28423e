// Measures a `tools/call` as the server sees it, from the message to the reply: the lab's series, and the one outcome of the call.
import type { Context } from '@opentelemetry/api'
import { judgeReply } from '../outcome/judge-reply.ts'
import type { Outcome } from '../outcome/outcome.ts'
import { NOT_SENT } from '../outcome/outcome.ts'
import { isRecord, member } from '../outcome/read-value.ts'
import { startHeapWatch } from '../record/heap-growth.ts'
import { instruments } from '../record/instruments.ts'
import { toolSeries } from '../record/tool-series.ts'
import type { ResponseMessage } from './json-rpc.ts'
import { jsonSize } from './json-size.ts'
import type { CalledTool } from './party.ts'

export interface ToolCall {
  readonly tool: CalledTool
  /** The outcome that a reply gives, by the first row of the outcome table that fits. `measured`: bytes of its result, if known. */
  judge(response: ResponseMessage, measured?: number): Outcome
  /** Closes the books: called once. Exemplars are taken from `active`. */
  end(outcome: Outcome, seconds: number, active: Context): void
  /** Closes them without an entry, in place of `end`. */
  discard(active: Context): void
}

/** Opens the books of a call that came in. `argumentBytes`: the size of its arguments, if known. */
export function beginToolCall(
  params: unknown,
  tool: CalledTool,
  measure: { readonly memory: boolean; readonly sizes: boolean },
  active: Context,
  argumentBytes?: number,
): ToolCall {
  const heap = measure.memory ? startHeapWatch() : undefined
  const begunAs = tool.label
  const begun = toolSeries(begunAs)
  begun.begin(active)
  let resultBytes: number | undefined
  return {
    tool,
    judge(response, measured) {
      resultBytes = measure.sizes && response.result !== undefined ? (measured ?? jsonSize(response.result)) : undefined
      return measure.sizes && isRecord(response.result) && resultBytes === undefined
        ? NOT_SENT // It cannot be written as JSON. Not every transport says so: v1 ends an SSE stream empty, as if all were well.
        : judgeReply(response, tool, tool.evidence())
    },
    end(outcome, seconds, active) {
      tool.ended?.()
      const { label } = tool
      begun.end(outcome, seconds, active, label)
      if (measure.sizes) {
        const sent = member(params, 'arguments')
        const bytes = argumentBytes ?? (sent === undefined ? 0 : jsonSize(sent))
        const { requestSize, responseSize } = label === begunAs ? begun : toolSeries(label)
        if (bytes !== undefined) requestSize.record(bytes, active)
        if (resultBytes !== undefined) responseSize.record(resultBytes, active)
      }
      const grown = heap?.end()
      if (grown !== undefined) instruments.toolMemory.record(grown, { 'tool.name': label }, active)
    },
    discard(active) {
      tool.ended?.()
      begun.discard(active)
      heap?.end()
    },
  }
}
