// A wrapper for servers in, the server that the conformance suite asks for out, on Streamable HTTP at a free loopback port.
// What is posted is counted where HTTP ends, before anything that knows MCP: a count that is not the metrics' own.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { registerContentTools } from './conformance/content-tools.ts'
import { registerConversingTools } from './conformance/conversing-tools.ts'
import { createEventStore } from './conformance/event-store.ts'
import { registerPrompts, registerResources } from './conformance/resources-and-prompts.ts'

export interface ConformanceServer {
  readonly url: string
  /** Requests that were let in (answered with a 2xx): by method, and of those the tool calls by tool. */
  readonly posted: { readonly byMethod: ReadonlyMap<string, number>; readonly byTool: ReadonlyMap<string, number> }
  close(): Promise<void>
}

/** @param instrument What each session's server goes through before it is connected. */
export async function startConformanceServer(
  instrument: (server: McpServer) => McpServer = (server) => server,
): Promise<ConformanceServer> {
  const posted = { byMethod: new Map<string, number>(), byTool: new Map<string, number>() }
  const transports = new Map<string, StreamableHTTPServerTransport>()

  async function transportFor({ headers }: IncomingMessage, body: unknown) {
    const session = headers['mcp-session-id']
    if (typeof session === 'string') return transports.get(session)
    if ((body as { method?: unknown } | undefined)?.method !== 'initialize') return undefined
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: createEventStore(),
      retryInterval: 50,
      onsessioninitialized: (id) => void transports.set(id, transport),
    })
    await instrument(createFixtures()).connect(transport as Parameters<McpServer['connect']>[0])
    return transport
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A page that resolves its own name to this address is to get nothing.
    if (!/^(127\.0\.0\.1|localhost):\d+$/.test(request.headers.host ?? '')) return void response.writeHead(403).end()
    const body = request.method === 'POST' ? await json(request) : undefined
    response.once('close', () => response.statusCode < 300 && note(body))
    const transport = await transportFor(request, body)
    if (transport === undefined) return void response.writeHead(404).end()
    await transport.handleRequest(request, response, body)
  }

  function note(body: unknown): void {
    const { id, method, params } = (body ?? {}) as { id?: unknown; method?: string; params?: { name?: string } }
    if (id === undefined || method === undefined) return
    increment(posted.byMethod, method)
    if (method === 'tools/call') increment(posted.byTool, params?.name ?? '')
  }

  const http = createServer((request, response) => {
    handle(request, response).catch(() => response.writeHead(500).end())
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    posted,
    async close() {
      for (const transport of transports.values()) await transport.close()
      const closed = once(http, 'close')
      http.close()
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

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
