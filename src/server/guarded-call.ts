// Runs a tool call with a concurrency limit and a deadline, and turns its errors into safe answers. The kind of an error is
// kept, because the instrumentation counts it.
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import type { limitConcurrency, Telemetry } from 'mcp-vitals'
import { ToolError } from 'mcp-vitals'
import { describeError } from './describe-error.ts'
import type { Tool, ToolContext } from './tools/tool.ts'

export interface CallRules {
  /** Milliseconds from the arrival of the call, including time in the queue. */
  readonly deadlineMs: number
  /** Shared by the whole process. */
  readonly limit: ReturnType<typeof limitConcurrency>
  readonly logger: Telemetry['logger']
}

export function guardedCall(tool: Tool, { deadlineMs, limit, logger }: CallRules) {
  return async (input: Record<string, unknown>, { signal }: ToolContext): Promise<CallToolResult> => {
    const deadline = new AbortController()
    const late = new Promise<never>((_, reject) => {
      deadline.signal.addEventListener('abort', () => reject(deadline.signal.reason))
    })
    const timer = setTimeout(() => deadline.abort(timeoutError(tool.name, deadlineMs)), deadlineMs)
    const ended = AbortSignal.any([signal, deadline.signal])
    try {
      const running = limit.run(tool.name, () => tool.run(input, { signal: ended }), { signal: ended })
      // A tool that ignores its signal keeps its slot, because it keeps its resources; its client still gets an answer.
      return resultOf(tool, await Promise.race([running, late]))
    } catch (error) {
      if (deadline.signal.aborted) throw deadline.signal.reason
      // No client waits for the answer of a cancelled call, so this is not an error.
      if (signal.aborted) throw error
      if (error instanceof ToolError) {
        logger.warn({ tool: tool.name, kind: error.kind }, 'tool call failed')
        throw error
      }
      logger.error({ tool: tool.name, ...describeError(error) }, 'tool call failed because of a bug')
      throw withoutDetails(error, tool.name)
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Also as text, for clients without structured content. A value that JSON cannot represent throws here, not during sending. */
function resultOf(tool: Tool, value: Record<string, unknown>): CallToolResult {
  const json = JSON.stringify(value)
  return { content: [{ type: 'text', text: tool.text?.(value) ?? json }], structuredContent: value }
}

function timeoutError(toolName: string, deadlineMs: number): ToolError {
  return new ToolError(
    'timeout',
    `${toolName} did not finish within ${deadlineMs / 1000} s and was stopped. Narrow the request, or try again later.`,
  )
}

/** Keeps the class of the error, but replaces its message with one plain sentence for the client. */
function withoutDetails(error: unknown, toolName: string): unknown {
  const sentence = `${toolName} failed because of a bug in the server. The error is logged; the same call would fail again.`
  return error instanceof Error ? Object.create(error, { message: { value: sentence } }) : sentence
}
