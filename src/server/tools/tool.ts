// Declares a tool of this server: data and one function. The server adds measurement, limits and error handling.
import type { ToolAnnotations } from '@modelcontextprotocol/sdk/types.js'
import type { ZodRawShape, z } from 'zod'

export interface ToolContext {
  /** Aborted when the client cancels, the deadline passes or the connection closes. */
  readonly signal: AbortSignal
}

export interface Tool<I extends ZodRawShape = ZodRawShape, O extends ZodRawShape = ZodRawShape> {
  /** snake_case, verb and noun, as MCP clients expect. */
  readonly name: string
  readonly title: string
  /** For the model: what the tool does, and when to use it. */
  readonly description: string
  readonly input: I
  readonly output: O
  readonly annotations: ToolAnnotations
  /** Throws a `ToolError` for what the model can act on; anything else thrown is a bug. */
  run(input: z.output<z.ZodObject<I>>, context: ToolContext): Promise<z.output<z.ZodObject<O>>>
  /** The result as short text, for clients without structured content. By default, its JSON. */
  text?(output: z.output<z.ZodObject<O>>): string
}

/** A tool whose `run` is typed by its schemas. */
export function defineTool<I extends ZodRawShape, O extends ZodRawShape>(tool: Tool<I, O>): Tool {
  return tool as unknown as Tool
}
