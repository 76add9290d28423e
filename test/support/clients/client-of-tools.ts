// Tools in, a client of a server that offers them out, connected in this process and closed with the test; and what the server logs.
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import type { RequestOptions } from '@modelcontextprotocol/sdk/shared/protocol.js'
import { onTestFinished } from 'vitest'
import { limitConcurrency } from '../../../src/index.ts'
import { createMcp } from '../../../src/server/mcp.ts'
import type { Tool } from '../../../src/server/tools/tool.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'
import { linkedClient } from './linked-client.ts'

export interface ClientOfToolsOptions {
  readonly deadlineMs: number
  /** Calls at once. @default more than a test makes */
  readonly limit?: number
  readonly maxQueue?: number
}

export interface ToolAnswer {
  readonly isError: boolean
  readonly text: string
  /** Empty if there is none. */
  readonly structured: Readonly<Record<string, unknown>>
}

export interface ClientOfTools {
  readonly client: Client
  /** The SDK holds each answer against the tool's output schema, once the tools have been listed. */
  call(name: string, args?: object, options?: RequestOptions): Promise<ToolAnswer>
  /** Lines of the log, of every level. */
  readonly lines: readonly string[]
}

export async function clientOfTools(
  tools: readonly Tool[],
  { deadlineMs, limit = 100, maxQueue }: ClientOfToolsOptions,
): Promise<ClientOfTools> {
  const lines: string[] = []
  const logger = createLogger({ level: 'trace', destination: { write: (line) => void lines.push(line) } })
  const bounds = limitConcurrency({ limit, ...(maxQueue !== undefined && { maxQueue }) })
  const client = await linkedClient(
    createMcp({ name: 'test', version: '1', tools, deadlineMs, limit: bounds, logger }).forSession(),
  )
  onTestFinished(() => client.close())
  return {
    client,
    async call(name, args = {}, options) {
      const result = await client.callTool({ name, arguments: { ...args } }, undefined, options)
      const [content] = result.content as { text: string }[]
      const structured = (result.structuredContent ?? {}) as ToolAnswer['structured']
      return { isError: result.isError === true, text: content?.text ?? '', structured }
    },
    lines,
  }
}
