// A tool in, the callback that is registered for it out: limited in number, ended by a deadline, and with an answer that
// says neither more nor less than the client needs. What it throws keeps its kind, since the instrumentation counts that.
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import type { limitConcurrency, Telemetry } from 'mcp-vitals'
import { ToolError } from 'mcp-vitals'
import { describeError } from './describe-error.ts'
import type { Tool, ToolContext } from './tools/tool.ts'

export interface CallRules {
  /** Milliseconds from the call's arrival, time in the queue included. */
  readonly deadlineMs: number
  /** One for the whole process. */
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
      // A tool that ignores its signal keeps its place in the limit, as it keeps its resources; its client gets an answer.
      return resultOf(tool, await Promise.race([running, late]))
    } catch (error) {
      if (deadline.signal.aborted) throw deadline.signal.reason
      // Nobody waits for the answer of a call that was cancelled, and ending it is no fault.
      if (signal.aborted) throw error
      if (error instanceof ToolError) {
        logger.warn({ tool: tool.name, kind: error.kind }, 'tool call failed')
        throw error
      }
      logger.error({ tool: tool.name, ...describeError(error) }, 'tool call failed by a bug')
      throw withoutDetails(error, tool.name)
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Also as text, for clients that know no structured content. What JSON cannot say throws here, not while it is sent. */
function resultOf(tool: Tool, value: Record<string, unknown>): CallToolResult {
  const json = JSON.stringify(value)
  return { content: [{ type: 'text', text: tool.text?.(value) ?? json }], structuredContent: value }
}

function timeoutError(toolName: string, deadlineMs: number): ToolError {
  return new ToolError(
    'timeout',
    `${toolName} did not finish within ${deadlineMs / 1000} s and was stopped. Ask for less, or try again later.`,
  )
}

/** The same error to whoever asks for its class, with one plain sentence for the client in place of its message. */
function withoutDetails(error: unknown, toolName: string): unknown {
  const sentence = `${toolName} failed because of a fault in the server. The fault was logged; calling again with the same arguments will not help.`
  return error instanceof Error ? Object.create(error, { message: { value: sentence } }) : sentence
}
