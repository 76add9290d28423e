// Reads the tool calls of a server that only follows OpenTelemetry's conventions for MCP out of its operation durations.
import { METRICS, OTHER } from '@mcp-vitals/instrumentation'
import type { Reading } from './reading.ts'
import { numberReading } from './reading.ts'

const { toolCalls, toolErrors, toolDuration, serverOperationDuration } = METRICS

/**
 * Yields the readings; those of the conventions' duration of `tools/call` become calls, errors and durations as our own instruments
 * have them, unless the server records those itself.
 */
export function* withToolCalls(readings: readonly Reading[], hasOwn: boolean): Generator<Reading> {
  for (const reading of readings) {
    yield reading
    const { metric, attributes, value, isDelta } = reading
    if (hasOwn || metric !== serverOperationDuration.name || attributes['mcp.method.name'] !== 'tools/call') continue
    const tool = { 'tool.name': attributes['gen_ai.tool.name'] ?? OTHER }
    const cause = attributes['error.type']
    // A caller's fault has a code, and no error type.
    const failure =
      cause ??
      ((attributes['rpc.status_code'] ?? attributes['rpc.response.status_code']) === undefined
        ? undefined
        : 'validation_error')
    const status = failure === undefined ? 'success' : failure === 'cancelled' ? 'cancelled' : 'error'
    yield numberReading(toolCalls.name, 'sum', value, { ...tool, status }, isDelta)
    yield { ...reading, metric: toolDuration.name, attributes: tool }
    if (status === 'error') {
      yield numberReading(toolErrors.name, 'sum', value, { ...tool, 'error.type': failure }, isDelta)
    }
  }
}

/** Whether a server records its tool calls with our instruments. */
export function hasOwnCalls(readings: readonly Reading[]): boolean {
  return readings.some(({ metric }) => metric === toolCalls.name)
}
