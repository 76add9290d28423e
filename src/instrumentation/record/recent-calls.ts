// Keeps the facts of the latest tool calls in a ring of fixed size, for the live page. Writing one costs a few array stores and no allocation.
import { recordBatch } from './batches.ts'

/** How one tool call ended. Nothing of its content. */
export interface RecentCall {
  /** When it came in, in milliseconds since the epoch. */
  readonly at: number
  readonly seconds: number
  /** Bounded, as on metrics. */
  readonly tool: string
  readonly status: string
  readonly errorType: string | undefined
  /** Bounded, as on metrics. */
  readonly client: string
  readonly protocolVersion: string | undefined
  /** Of its span, where there is one. */
  readonly traceId: string | undefined
}

/** 2,048 calls of nine fields: 150 kB, and at most 0.2 MB of trace ids. */
export const RECENT_CALLS = 2_048

const TIME_ORIGIN = performance.timeOrigin

class CallRing {
  readonly #at = new Float64Array(RECENT_CALLS)
  readonly #seconds = new Float64Array(RECENT_CALLS)
  readonly #names: (string | undefined)[][] = Array.from({ length: RECENT_CALLS }, () => [])
  /** Calls that were ever written. */
  written = 0

  /** `startedAt`: by `performance.now()`. */
  add(
    startedAt: number,
    seconds: number,
    tool: string,
    status: string,
    errorType: string | undefined,
    client: string,
    protocolVersion: string | undefined,
    traceId: string | undefined,
  ): void {
    const slot = this.written % RECENT_CALLS
    this.written += 1
    this.#at[slot] = TIME_ORIGIN + startedAt
    this.#seconds[slot] = seconds
    const names = this.#names[slot] as (string | undefined)[]
    names[0] = tool
    names[1] = status
    names[2] = errorType
    names[3] = client
    names[4] = protocolVersion
    names[5] = traceId
  }

  since(written: number): RecentCall[] {
    const calls: RecentCall[] = []
    for (let each = Math.max(written, this.written - RECENT_CALLS); each < this.written; each += 1) {
      const slot = each % RECENT_CALLS
      const [tool = '', status = '', errorType, client = '', protocolVersion, traceId] = this.#names[slot] ?? []
      const at = this.#at[slot] ?? 0
      const seconds = this.#seconds[slot] ?? 0
      calls.push({ at, seconds, tool, status, errorType, client, protocolVersion, traceId })
    }
    return calls
  }
}

/** Undefined until somebody wants to know the calls. */
export let recentCalls: CallRing | undefined

/** Starts to keep the latest calls of this process; later calls do nothing. */
export function keepRecentCalls(): void {
  recentCalls ??= new CallRing()
}

/** The calls after the first `written` ones of this process, oldest first: at most the ring's size. `written` is for the next time. */
export function recentCallsSince(written: number): { readonly calls: RecentCall[]; readonly written: number } {
  recordBatch()
  return { calls: recentCalls?.since(written) ?? [], written: recentCalls?.written ?? 0 }
}
