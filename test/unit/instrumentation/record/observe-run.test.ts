import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { CallToolRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it } from 'vitest'
import { instrumentMcpServer, ToolError, trackTool } from '../../../../src/index.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'

const { value } = recordSeries()

describe('trackTool inside a low-level server of the same tool name', () => {
  it('gives the call its error type, and counts it once', async () => {
    const lookup = trackTool('observed_lookup', async (city: string) => {
      if (city === 'nowhere') throw new ToolError('not_found', 'There is no such city.')
      if (city === 'bug') throw new RangeError('a bug')
      return 'fair'
    })
    const bare = new Server({ name: 'observed', version: '1' }, { capabilities: { tools: {} } })
    const server = instrumentMcpServer(bare, { tools: ['observed_lookup'] })
    server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
      try {
        return { content: [{ type: 'text', text: await lookup(String(params.arguments?.['city'])) }] }
      } catch {
        return { content: [], isError: true }
      }
    })
    const [clientSide, serverSide] = InMemoryTransport.createLinkedPair()
    await server.connect(serverSide)
    const client = new Client({ name: 'x', version: '1' })
    await client.connect(clientSide)

    for (const city of ['lyon', 'nowhere', 'bug'])
      await client.callTool({ name: 'observed_lookup', arguments: { city } })
    await client.close()

    expect(await value('mcp_tool_calls_total{status="success",tool_name="observed_lookup"}')).toBe(1)
    expect(await value('mcp_tool_calls_total{status="error",tool_name="observed_lookup"}')).toBe(2)
    expect(await value('mcp_tool_errors_total{error_type="not_found",tool_name="observed_lookup"}')).toBe(1)
    expect(await value('mcp_tool_errors_total{error_type="RangeError",tool_name="observed_lookup"}')).toBe(1)
  })
})
