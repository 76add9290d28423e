// The server of outcome kinds over Streamable HTTP, as a process: `node outcomes-over-http.ts v1|v2 [bare] [json] [resumable] [port=<n>]`.
// Not bare, it has the two lines. It says on stderr where it is and where its metrics are.
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { InMemoryEventStore } from '@modelcontextprotocol/sdk/examples/shared/inMemoryEventStore.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { createMcpHandler } from '@modelcontextprotocol/server'
import { startTelemetry } from '../../../src/index.ts'
import { createOutcomeServer } from './outcome-kinds.ts'
import { createV2OutcomeServer } from './outcome-kinds-v2.ts'

const [, , line, ...flags] = process.argv
const bare = flags.includes('bare')
const port = Number(flags.find((flag) => flag.startsWith('port='))?.slice(5) ?? 0)

function serveV1(): RequestListener {
  const sessions = new Map<string, StreamableHTTPServerTransport>()
  return async (request, response) => {
    const id = request.headers['mcp-session-id']
    const known = typeof id === 'string' ? sessions.get(id) : undefined
    if (known !== undefined) return known.handleRequest(request, response)
    if (id !== undefined) return void response.writeHead(404).end()
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      enableJsonResponse: flags.includes('json'),
      ...(flags.includes('resumable') && { eventStore: new InMemoryEventStore() }),
      onsessioninitialized: (started) => void sessions.set(started, transport),
    })
    transport.onclose = () => sessions.delete(transport.sessionId ?? '')
    await createOutcomeServer('outcomes', { bare }).connect(transport as never)
    await transport.handleRequest(request, response)
  }
}

function serveV2(): RequestListener {
  const handler = createMcpHandler(() => createV2OutcomeServer({ bare }))
  return async (request, response) => {
    const answer = await handler.fetch(toFetch(request, response))
    response.writeHead(answer.status, Object.fromEntries(answer.headers))
    if (answer.body === null) response.end()
    else
      Readable.fromWeb(answer.body as never)
        .on('error', () => response.destroy())
        .pipe(response)
  }
}

function toFetch(request: IncomingMessage, response: ServerResponse): Request {
  const abort = new AbortController()
  response.once('close', () => abort.abort())
  const { method = 'GET', url = '/', headers } = request
  return new Request(new URL(url, `http://${headers.host}`), {
    method,
    headers: headers as Record<string, string>,
    signal: abort.signal,
    ...(method === 'POST' && { body: Readable.toWeb(request) as never, duplex: 'half' }),
  } as RequestInit)
}

const telemetry = bare ? undefined : await startTelemetry({ metricsPort: 0 })
const listener = line === 'v1' ? serveV1() : serveV2()
const server = createServer((request, response) => {
  response.on('error', () => {})
  void (listener(request, response) as unknown as Promise<void>)
})
server.listen(port, '127.0.0.1', () => {
  process.stderr.write(`serves at http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp\n`)
  if (telemetry !== undefined) process.stderr.write(`metrics at ${telemetry.metricsUrl}\n`)
})
