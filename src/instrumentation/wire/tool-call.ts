// Measures a `tools/call` as the server sees it, from the message to the reply: the lab's series, and the one outcome of the call.
import type { Context } from '@opentelemetry/api'
import { judgeReply } from '../outcome/judge-reply.ts'
import type { Outcome } from '../outcome/outcome.ts'
import { NOT_SENT } from '../outcome/outcome.ts'
import { isRecord, member } from '../outcome/read-value.ts'
import { startHeapWatch } from '../record/heap-growth.ts'
import { instruments } from '../record/instruments.ts'
import type { ToolSeries } from '../record/tool-series.ts'
import { toolSeries } from '../record/tool-series.ts'
import type { ResponseMessage } from './json-rpc.ts'
import { jsonSize } from './json-size.ts'
import type { CalledTool } from './party.ts'

export interface Measure {
  readonly memory: boolean
  readonly sizes: boolean
}

/** The books of one call, opened when it comes in. */
export class ToolCall {
  readonly tool: CalledTool
  readonly #params: unknown
  readonly #measure: Measure
  readonly #begunAs: string
  readonly #begun: ToolSeries
  readonly #heap: ReturnType<typeof startHeapWatch> | undefined
  readonly #argumentBytes: number | undefined
  #resultBytes: number | undefined

  /** `argumentBytes`: the size of its arguments, if known. */
  constructor(params: unknown, tool: CalledTool, measure: Measure, active: Context, argumentBytes?: number) {
    this.tool = tool
    this.#params = params
    this.#measure = measure
    this.#begunAs = tool.label
    this.#begun = toolSeries(this.#begunAs)
    this.#heap = measure.memory ? startHeapWatch() : undefined
    this.#argumentBytes = argumentBytes
    this.#begun.begin(active)
  }

  /**
   * The outcome that a reply gives, by the first row of the outcome table that fits. `measured`: bytes of its result, if known;
   * else they are counted where `isWanted`.
   */
  judge(response: ResponseMessage, measured: number | undefined, isWanted: boolean): Outcome {
    const { tool } = this
    if (isWanted && this.#measure.sizes && response.result !== undefined) {
      this.#resultBytes = measured ?? jsonSize(response.result)
      // It cannot be written as JSON. Not every transport says so: v1 ends an SSE stream empty, as if all were well.
      if (this.#resultBytes === undefined && isRecord(response.result)) return NOT_SENT
    }
    return judgeReply(response, tool, tool.evidence())
  }

  /** Closes the books: called once. Exemplars are taken from `active`; `isMetered` unless nothing can be recorded. */
  end(outcome: Outcome, seconds: number, active: Context, isReplied: boolean, isMetered: boolean): void {
    const { tool } = this
    tool.ended?.(isReplied)
    const { label } = tool
    this.#begun.end(active)
    const grown = this.#heap?.end()
    if (!isMetered) return
    const series = label === this.#begunAs ? this.#begun : toolSeries(label)
    series.count(outcome, seconds, active)
    if (this.#measure.sizes) {
      const sent = member(this.#params, 'arguments')
      const bytes = this.#argumentBytes ?? (sent === undefined ? 0 : jsonSize(sent))
      if (bytes !== undefined) series.requestSize.record(bytes, active)
      if (this.#resultBytes !== undefined) series.responseSize.record(this.#resultBytes, active)
    }
    if (grown !== undefined) instruments.toolMemory.record(grown, { 'tool.name': label }, active)
  }

  /** Closes the books without an entry, in place of `end`. */
  discard(active: Context): void {
    this.tool.ended?.(false)
    this.#begun.end(active)
    this.#heap?.end()
  }
}
