// Requests the list of tools from a server, as a client does.
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { ListToolsResult } from '@modelcontextprotocol/sdk/types.js'
import { ListToolsResultSchema } from '@modelcontextprotocol/sdk/types.js'

/** Returns the answer of `server` to `tools/list`. The server must not be connected, and is closed afterwards. */
export async function listedTools(server: McpServer): Promise<ListToolsResult> {
  const [client, transport] = InMemoryTransport.createLinkedPair()
  const answered = new Promise<unknown>((resolve) => {
    client.onmessage = resolve
  })
  await server.connect(transport)
  await client.send({ jsonrpc: '2.0', id: 1, method: 'tools/list' })
  const answer = (await answered) as { readonly result?: unknown }
  await server.close()
  return ListToolsResultSchema.parse(answer.result)
}
