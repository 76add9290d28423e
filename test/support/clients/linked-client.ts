// A server of the SDK in, a client that is connected to it in this process out.
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'

export async function linkedClient(
  server: Pick<McpServer, 'connect'>,
  client = new Client({ name: 'test-client', version: '1' }),
): Promise<Client> {
  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair()
  await server.connect(serverSide)
  await client.connect(clientSide)
  return client
}
