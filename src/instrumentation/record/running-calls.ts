// Counts the calls of each tool that are under way, for `mcp.active_requests`.
import { ROOT_CONTEXT } from '@opentelemetry/api'
import type { Entry } from './batches.ts'
import { inBatch } from './batches.ts'
import { instruments } from './instruments.ts'
import { onLabelReset } from './label-state.ts'
import type { BoundInstrument } from './sink.ts'

export class RunningCalls implements Entry {
  readonly #active: BoundInstrument
  #running = 0
  #recorded = 0
  #isInBatch = false

  constructor(tool: string) {
    this.#active = instruments.activeRequests.bind({ 'tool.name': tool })
  }

  begin(): void {
    this.#add(1)
  }

  end(): void {
    this.#add(-1)
  }

  record(): void {
    this.#isInBatch = false
    const change = this.#running - this.#recorded
    this.#recorded = this.#running
    // A tool with none under way has a series, with 0.
    this.#active.record(change, ROOT_CONTEXT)
  }

  #add(calls: number): void {
    this.#running += calls
    if (this.#isInBatch) return
    this.#isInBatch = true
    inBatch(this)
  }
}

/** Names that user code makes up for `trackTool` have no bound of their own. */
const MAX_TOOLS = 5_000

const byTool = new Map<string, RunningCalls>()
onLabelReset(() => byTool.clear())

/** The calls of one tool. They are recorded where `followMeterProvider` was told last. */
export function runningCalls(tool: string): RunningCalls {
  let running = byTool.get(tool)
  if (running === undefined) {
    running = new RunningCalls(tool)
    if (byTool.size < MAX_TOOLS) byTool.set(tool, running)
  }
  return running
}
