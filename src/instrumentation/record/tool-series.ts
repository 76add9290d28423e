// One tool call in, the lab's series of it out, whether it came through an instrumented server or a tracked function.
import type { Context } from '@opentelemetry/api'
import type { Outcome } from '../outcome/outcome.ts'
import { instruments } from './instruments.ts'

/**
 * Counts a call under `tool` as active. Call what it returns once, when the call has ended; `endedAs` is the tool's label by then,
 * if it is another.
 */
export function countToolCall(
  tool: string,
): (outcome: Outcome, seconds: number, active?: Context, endedAs?: string) => void {
  const begun = { 'tool.name': tool }
  instruments.activeRequests.record(1, begun)
  return ({ status, errorType }, seconds, active, endedAs = tool) => {
    instruments.activeRequests.record(-1, begun)
    const labels = endedAs === tool ? begun : { 'tool.name': endedAs }
    instruments.toolCalls.record(1, { ...labels, status }, active)
    instruments.toolDuration.record(seconds, labels, active)
    if (errorType !== undefined) instruments.toolErrors.record(1, { ...labels, 'error.type': errorType }, active)
  }
}
