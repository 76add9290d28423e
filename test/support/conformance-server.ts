// A wrapper for servers in, the conformance suite's fixtures served over Streamable HTTP on a free loopback port out, with
// a count of the messages that were let in, taken where HTTP ends and before anything knows MCP.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { EventStore } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { createConformanceFixtures } from './conformance-fixtures.ts'

export interface ConformanceServer {
  readonly url: string
  /** Requests and notifications that were answered with a 2xx, by method. */
  readonly received: ReadonlyMap<string, number>
  /** Those of them that were tool calls, by tool. */
  readonly calledTools: ReadonlyMap<string, number>
  close(): Promise<void>
}

/** @param wrap What each session's server goes through before it is connected. */
export async function startConformanceServer(wrap: (server: McpServer) => McpServer): Promise<ConformanceServer> {
  const received = new Map<string, number>()
  const calledTools = new Map<string, number>()
  const transports = new Map<string, StreamableHTTPServerTransport>()

  async function transportFor(request: IncomingMessage, body: unknown) {
    const id = request.headers['mcp-session-id']
    if (typeof id === 'string') return transports.get(id)
    if ((body as { method?: unknown } | undefined)?.method !== 'initialize') return undefined
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: createEventStore(),
      retryInterval: 50,
      onsessioninitialized: (session) => void transports.set(session, transport),
    })
    await wrap(createConformanceFixtures()).connect(transport as Parameters<McpServer['connect']>[0])
    return transport
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!/^(127\.0\.0\.1|localhost):\d+$/.test(request.headers.host ?? '')) return void response.writeHead(403).end()
    const body = request.method === 'POST' ? await json(request) : undefined
    response.once('close', () => response.statusCode < 300 && note(body))
    const transport = await transportFor(request, body)
    if (transport === undefined) return void response.writeHead(404).end()
    await transport.handleRequest(request, response, body)
  }

  function note(body: unknown): void {
    const { method, params } = (body ?? {}) as { method?: string; params?: { name?: string } }
    if (method === undefined) return
    received.set(method, (received.get(method) ?? 0) + 1)
    if (method !== 'tools/call') return
    const tool = params?.name ?? ''
    calledTools.set(tool, (calledTools.get(tool) ?? 0) + 1)
  }

  const http = createServer((request, response) => {
    handle(request, response).catch(() => response.writeHead(500).end())
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    received,
    calledTools,
    async close() {
      for (const transport of transports.values()) await transport.close()
      http.closeAllConnections()
      http.close()
      await once(http, 'close')
    },
  }
}

/** What was sent on each stream, so that a client can go on with it on another connection. */
function createEventStore(): EventStore {
  const events: { id: string; stream: string; message: JSONRPCMessage }[] = []
  return {
    async storeEvent(stream, message) {
      const id = String(events.length + 1)
      events.push({ id, stream, message })
      return id
    },
    async replayEventsAfter(lastId, { send }) {
      const last = events.findIndex(({ id }) => id === lastId)
      const stream = events[last]?.stream ?? ''
      for (const event of events.slice(last + 1)) if (event.stream === stream) await send(event.id, event.message)
      return stream
    },
  }
}
