// Measures a `tools/call` as the server sees it, from the message to the reply: the lab's series, and the one outcome of the call.
import type { Context } from '@opentelemetry/api'
import { OTHER } from '../catalog/overflow.ts'
import { judgeReply } from '../outcome/judge-reply.ts'
import type { Outcome } from '../outcome/outcome.ts'
import { NOT_SENT } from '../outcome/outcome.ts'
import { isRecord, member } from '../outcome/read-value.ts'
import { startHeapWatch } from '../record/heap-growth.ts'
import { instruments } from '../record/instruments.ts'
import type { RunningCalls } from '../record/running-calls.ts'
import { runningCalls } from '../record/running-calls.ts'
import type { ResponseMessage } from './json-rpc.ts'
import { jsonSize } from './json-size.ts'
import type { CalledTool } from './party.ts'

export interface Measure {
  readonly memory: boolean
  readonly sizes: boolean
}

/** In place of the tool of a call that is over, which may hold all that the caller sent: a call may wait to be recorded. */
const OVER: CalledTool = { label: OTHER, declared: new Set(), evidence: () => ({ kind: 'none' }) }

/** The books of one call, opened when it comes in. */
export class ToolCall {
  tool: CalledTool
  /** Bytes, where they are known. */
  argumentBytes: number | undefined
  resultBytes: number | undefined
  readonly #measure: Measure
  readonly #running: RunningCalls
  readonly #heap: ReturnType<typeof startHeapWatch> | undefined

  constructor(tool: CalledTool, measure: Measure, argumentBytes: number | undefined) {
    this.tool = tool
    this.argumentBytes = argumentBytes
    this.#measure = measure
    this.#running = runningCalls(tool.label)
    this.#heap = measure.memory ? startHeapWatch() : undefined
    this.#running.begin()
  }

  /**
   * The outcome that a reply gives, by the first row of the outcome table that fits. `measured`: bytes of its result, if known;
   * else they are counted where `isWanted`.
   */
  judge(response: ResponseMessage, measured: number | undefined, isWanted: boolean): Outcome {
    const { tool } = this
    if (isWanted && this.#measure.sizes && response.result !== undefined) {
      this.resultBytes = measured ?? jsonSize(response.result)
      // It cannot be written as JSON. Not every transport says so: v1 ends an SSE stream empty, as if all were well.
      if (this.resultBytes === undefined && isRecord(response.result)) return NOT_SENT
    }
    return judgeReply(response, tool, tool.evidence())
  }

  /** Closes the books, once. Exemplars are taken from `active`; `isMetered` unless nothing can be recorded. */
  end(params: unknown, active: Context, isReplied: boolean, isMetered: boolean): void {
    const { label } = this.tool
    this.tool.ended?.(isReplied)
    this.tool = OVER
    this.#running.end()
    const grown = this.#heap?.end()
    if (!isMetered) return
    if (this.#measure.sizes) {
      const sent = member(params, 'arguments')
      this.argumentBytes ??= sent === undefined ? 0 : jsonSize(sent)
    } else this.argumentBytes = undefined
    if (grown !== undefined) instruments.toolMemory.record(grown, { 'tool.name': label }, active)
  }
}
