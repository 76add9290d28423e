// Answers tools/list and tools/call for all sessions from one table, so that a session holds no tools of its own.
import type { CallToolRequest, CallToolResult, ListToolsResult } from '@modelcontextprotocol/sdk/types.js'
import { ToolError, trackTool } from 'mcp-vitals'
import { z } from 'zod'
import type { CallRules } from './guarded-call.ts'
import { guardedCall } from './guarded-call.ts'
import type { Tool, ToolContext } from './tools/tool.ts'

export interface ToolHandlers {
  readonly list: ListToolsResult
  /** Never rejects: a model reads errors as text of a result. */
  call(request: CallToolRequest, context: ToolContext): Promise<CallToolResult>
}

export function toolHandlers(tools: readonly Tool[], rules: CallRules): ToolHandlers {
  const calls = new Map(tools.map((tool) => [tool.name, callOf(tool, rules)]))
  return {
    // Frozen, so that the instrumentation measures it once and not for each client.
    list: deepFreeze({ tools: tools.map(listed) }),
    async call({ params }, context) {
      const call = calls.get(params.name)
      if (call === undefined) return failure(`Tool ${params.name} not found`)
      try {
        return await call(params.arguments ?? {}, context)
      } catch (error) {
        return failure(error instanceof Error ? error.message : String(error))
      }
    },
  }
}

/** Checks the arguments, runs the tool within its bounds, and checks what it returns. */
function callOf(tool: Tool, rules: CallRules) {
  const input = z.object(tool.input)
  const output = z.object(tool.output)
  const guarded = guardedCall(tool, rules)
  // Tracked, because the instrumentation learns from it what was thrown: the reply has only the text.
  const run = trackTool(tool.name, async (args: unknown, context: ToolContext) => {
    const { data, error } = input.safeParse(args)
    if (data === undefined) throw new ToolError('validation_error', invalid('Input', 'arguments', tool, error))
    return guarded(data, context)
  })
  return async (args: unknown, context: ToolContext): Promise<CallToolResult> => {
    const result = await run(args, context)
    const { error } = output.safeParse(result.structuredContent)
    if (error !== undefined) throw new Error(invalid('Output', 'structured content', tool, error))
    return result
  }
}

function listed({ name, title, description, input, output, annotations }: Tool): ListToolsResult['tools'][number] {
  const schema = (shape: Tool['input'], io: 'input' | 'output') =>
    z.toJSONSchema(z.object(shape), { target: 'draft-7', io }) as ListToolsResult['tools'][number]['inputSchema']
  return {
    name,
    title,
    description,
    inputSchema: schema(input, 'input'),
    outputSchema: schema(output, 'output'),
    annotations,
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const part of Object.values(value)) deepFreeze(part)
  return Object.freeze(value)
}

function invalid(side: 'Input' | 'Output', what: string, { name }: Tool, error: z.ZodError): string {
  return `${side} validation error: Invalid ${what} for tool ${name}: ${z.prettifyError(error)}`
}

function failure(text: string): CallToolResult {
  return { content: [{ type: 'text', text }], isError: true }
}
