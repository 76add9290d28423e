// The tools that speak with the client before they answer: log lines, progress, sampling, elicitation, and a stream that
// closes half-way.
import { setTimeout as delay } from 'node:timers/promises'
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import type { CallToolResult, ElicitRequestFormParams } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import { DEFAULTS, ENUMS, USER } from './requested-schemas.ts'

/** The pause that the suite asks for between two notifications. */
const PAUSE_MS = 50

const text = (line: string): CallToolResult => ({ content: [{ type: 'text', text: line }] })

export function registerConversingTools(server: McpServer): void {
  server.registerTool('test_tool_with_logging', { description: 'Logs three lines' }, async ({ sendNotification }) => {
    for (const [index, data] of ['started', 'processing data', 'completed'].entries()) {
      if (index > 0) await delay(PAUSE_MS)
      await sendNotification({ method: 'notifications/message', params: { level: 'info', data: `Tool ${data}` } })
    }
    return text('Logged.')
  })

  server.registerTool(
    'test_tool_with_progress',
    { description: 'Reports its progress' },
    async ({ sendNotification, _meta }) => {
      for (const progress of [0, 50, 100]) {
        if (progress > 0) await delay(PAUSE_MS)
        const { progressToken } = _meta ?? {}
        if (progressToken === undefined) continue
        await sendNotification({
          method: 'notifications/progress',
          params: { progressToken, progress, total: 100 },
        })
      }
      return text('Done.')
    },
  )

  server.registerTool(
    'test_sampling',
    { description: "Asks the client's model", inputSchema: { prompt: z.string() } },
    async ({ prompt }, { requestId }) => {
      const { content } = await server.server.createMessage(
        { messages: [{ role: 'user', content: { type: 'text', text: prompt } }], maxTokens: 100 },
        { relatedRequestId: requestId },
      )
      return text(`LLM response: ${content.type === 'text' ? content.text : content.type}`)
    },
  )

  server.registerTool(
    'test_elicitation',
    { description: 'Asks the user', inputSchema: { message: z.string() } },
    async ({ message }, { requestId }) => {
      const { action, content } = await server.server.elicitInput(
        { message, requestedSchema: USER },
        { relatedRequestId: requestId },
      )
      return text(`User response: action: ${action}, content: ${JSON.stringify(content)}`)
    },
  )

  const elicit = (name: string, requestedSchema: ElicitRequestFormParams['requestedSchema']) =>
    server.registerTool(name, { description: `Elicits what ${name} is about` }, async ({ requestId }) => {
      const { action, content } = await server.server.elicitInput(
        { message: 'Please fill in the form', requestedSchema },
        { relatedRequestId: requestId },
      )
      return text(`Elicitation completed: action=${action}, content=${JSON.stringify(content)}`)
    })
  elicit('test_elicitation_sep1034_defaults', DEFAULTS)
  elicit('test_elicitation_sep1330_enums', ENUMS)

  server.registerTool(
    'test_reconnection',
    { description: 'Closes its stream before it answers' },
    async ({ requestId, sendNotification }) => {
      // Something with an event id has to come first: it is what the client resumes after.
      await sendNotification({ method: 'notifications/message', params: { level: 'info', data: 'Closing the stream' } })
      ;(server.server.transport as StreamableHTTPServerTransport).closeSSEStream(requestId)
      await delay(PAUSE_MS)
      return text('Answered after the stream was closed.')
    },
  )
}
