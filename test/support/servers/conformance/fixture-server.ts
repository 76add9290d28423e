// The server that the MCP conformance suite is run against, over Streamable HTTP with sessions. It counts at the HTTP layer
// what it was sent, so that nothing that counts is asked how well it counts.
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { registerContentTools } from './content-tools.ts'
import { registerConversingTools } from './conversing-tools.ts'
import { createEventStore } from './event-store.ts'
import { registerPrompts, registerResources } from './resources-and-prompts.ts'

/** JSON-RPC requests in the bodies that were posted, notifications and responses not among them. */
export interface Posted {
  readonly byMethod: ReadonlyMap<string, number>
  readonly byTool: ReadonlyMap<string, number>
  /** HTTP requests turned away for where they came from; none of them reached MCP. */
  readonly refused: number
}

export interface FixtureServer {
  readonly url: string
  readonly posted: Posted
  close(): Promise<void>
}

/** @param instrument Is given the server of each session before it is connected. */
export async function startFixtureServer(
  instrument: (server: McpServer) => McpServer = (server) => server,
): Promise<FixtureServer> {
  const sessions = new Map<string, StreamableHTTPServerTransport>()
  const posted = { byMethod: new Map<string, number>(), byTool: new Map<string, number>(), refused: 0 }

  const transportOf = async (request: IncomingMessage) => {
    const known = sessions.get(String(request.headers['mcp-session-id']))
    if (known !== undefined) return known
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void sessions.set(id, transport),
      eventStore: createEventStore(),
      retryInterval: 100,
    })
    await instrument(createFixtures()).connect(transport)
    return transport
  }

  const http = createServer(async (request, response) => {
    if (!isLocal(request)) {
      posted.refused++
      response.writeHead(403).end()
      return
    }
    const body = request.method === 'POST' ? await json(request) : undefined
    if (body !== undefined) for (const message of [body].flat()) count(message, posted)
    await (await transportOf(request)).handleRequest(request, response, body)
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    posted,
    async close() {
      for (const transport of sessions.values()) await transport.close()
      const closed = new Promise((resolve) => http.close(resolve))
      http.closeAllConnections()
      await closed
    },
  }
}

function createFixtures(): McpServer {
  const server = new McpServer({ name: 'conformance', version: '1.0.0' }, { capabilities: { logging: {} } })
  registerContentTools(server)
  registerConversingTools(server)
  registerResources(server)
  registerPrompts(server)
  return server
}

/** A page of elsewhere whose name has come to resolve to this machine tells so by its `Host` and its `Origin`. */
function isLocal({ headers: { host, origin } }: IncomingMessage): boolean {
  return [`http://${host}`, origin].every((url) => url === undefined || LOCAL.test(url))
}
const LOCAL = /^https?:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/

function count(message: unknown, posted: { byMethod: Map<string, number>; byTool: Map<string, number> }): void {
  const { id, method, params } = message as { id?: unknown; method?: string; params?: { name?: string } }
  if (id === undefined || method === undefined) return
  posted.byMethod.set(method, (posted.byMethod.get(method) ?? 0) + 1)
  if (method !== 'tools/call') return
  const tool = String(params?.name)
  posted.byTool.set(tool, (posted.byTool.get(tool) ?? 0) + 1)
}
