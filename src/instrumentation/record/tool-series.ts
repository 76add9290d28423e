// Records the lab's series of tool calls, whether they came through an instrumented server or a tracked function.
import type { Context } from '@opentelemetry/api'
import type { Outcome } from '../outcome/outcome.ts'
import type { BoundInstrument } from './instruments.ts'
import { instruments } from './instruments.ts'
import { remembered } from './remembered.ts'

/** The series of one tool, each found once. They record where `followMeterProvider` was told last. */
export class ToolSeries {
  readonly requestSize: BoundInstrument
  readonly responseSize: BoundInstrument
  readonly #tool: string
  readonly #active: BoundInstrument
  readonly #duration: BoundInstrument
  readonly #calls = new Map<string, BoundInstrument>()
  readonly #errors = new Map<string, BoundInstrument>()

  constructor(tool: string) {
    const labels = { 'tool.name': tool }
    this.#tool = tool
    this.#active = instruments.activeRequests.bind(labels)
    this.#duration = instruments.toolDuration.bind(labels)
    this.requestSize = instruments.requestSize.bind(labels)
    this.responseSize = instruments.responseSize.bind(labels)
  }

  /** Counts a call as active. */
  begin(active: Context): void {
    this.#active.record(1, active)
  }

  /** A call that was counted as active is over. */
  end(active: Context): void {
    this.#active.record(-1, active)
  }

  /** Counts how a call ended, under the name that the tool has by then. */
  count({ status, errorType }: Outcome, seconds: number, active: Context): void {
    let calls = this.#calls.get(status)
    if (calls === undefined) {
      calls = instruments.toolCalls.bind({ 'tool.name': this.#tool, status })
      this.#calls.set(status, calls)
    }
    calls.record(1, active)
    this.#duration.record(seconds, active)
    if (errorType === undefined) return
    let errors = this.#errors.get(errorType)
    if (errors === undefined) {
      errors = instruments.toolErrors.bind({ 'tool.name': this.#tool, 'error.type': errorType })
      this.#errors.set(errorType, errors)
    }
    errors.record(1, active)
  }
}

export const toolSeries: (tool: string) => ToolSeries = remembered((tool) => new ToolSeries(tool))
