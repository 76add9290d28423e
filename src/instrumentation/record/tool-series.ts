// Records the lab's series of tool calls, whether they came through an instrumented server or a tracked function.
import type { Context } from '@opentelemetry/api'
import type { Outcome } from '../outcome/outcome.ts'
import type { BoundInstrument } from './instruments.ts'
import { followMeterProvider, instruments } from './instruments.ts'
import { remembered } from './remembered.ts'

/** The series of one tool. */
export interface ToolSeries {
  /** Counts a call as active. */
  begin(active: Context): void
  /** Counts its end, once, under the label that the tool has by then. */
  end(outcome: Outcome, seconds: number, active: Context, endedAs?: string): void
  /** Takes back its beginning: nothing of it is counted. */
  discard(active: Context): void
  readonly duration: BoundInstrument
  readonly requestSize: BoundInstrument
  readonly responseSize: BoundInstrument
}

export const toolSeries: (tool: string) => ToolSeries = remembered((tool = ''): ToolSeries => {
  const labels = { 'tool.name': tool }
  const activeRequests = instruments.activeRequests.bind(labels)
  const duration = instruments.toolDuration.bind(labels)
  return {
    begin(active) {
      followMeterProvider()
      activeRequests.record(1, active)
    },
    end({ status, errorType }, seconds, active, endedAs = tool) {
      // It may have come while the call ran.
      followMeterProvider()
      activeRequests.record(-1, active)
      calls(endedAs, status).record(1, active)
      const ended = endedAs === tool ? duration : toolSeries(endedAs).duration
      ended.record(seconds, active)
      if (errorType !== undefined) errors(endedAs, errorType).record(1, active)
    },
    discard(active) {
      followMeterProvider()
      activeRequests.record(-1, active)
    },
    duration,
    requestSize: instruments.requestSize.bind(labels),
    responseSize: instruments.responseSize.bind(labels),
  }
})

const calls = remembered((tool, status) =>
  instruments.toolCalls.bind({ 'tool.name': tool, status: status as Outcome['status'] }),
)
const errors = remembered((tool, errorType) =>
  instruments.toolErrors.bind({ 'tool.name': tool, 'error.type': errorType }),
)
