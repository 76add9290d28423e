import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { instrumentFetchHandler } from '../../../../src/instrumentation/record/instrument-fetch-handler.ts'
import { instrumentHttpHandler } from '../../../../src/instrumentation/record/instrument-http-handler.ts'
import { trackConnection, trackConnections } from '../../../../src/instrumentation/record/track-connections.ts'
import { waitFor } from '../../../support/programs/wait-for.ts'
import type { RecordedSeries } from '../../../support/telemetry/recorded-series.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'

let recorded: RecordedSeries
beforeEach(() => {
  recorded = recordSeries()
})
const closes: (() => void)[] = []
afterEach(() => {
  for (const close of closes.splice(0)) close()
})

async function serve(handler: (request: IncomingMessage, response: ServerResponse) => unknown): Promise<number> {
  const server = createServer(instrumentHttpHandler(handler, { route: '/mcp' }))
  trackConnections(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closes.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

const COUNT = 'http_server_request_duration_seconds_count'
/** A request of the Fetch API does not tell the version of HTTP. */
const ofFetch = (method: string, status: number, error = '') =>
  `${COUNT}{${error}http_request_method="${method}",http_response_status_code="${status}",http_route="/mcp",url_scheme="http"}`
const of = (...facts: Parameters<typeof ofFetch>) =>
  ofFetch(...facts).replace('url_scheme', 'network_protocol_version="1.1",url_scheme')

describe('instrumentHttpHandler', () => {
  it('measures each request with its status, and marks only a 5xx as an error', async () => {
    const port = await serve((request, response) => response.writeHead(Number(request.headers['x-status'])).end())

    for (const status of [200, 401, 403, 413, 500]) {
      await (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers: { 'x-status': `${status}` } })).text()
    }

    await waitFor(async () => (await recorded.value(of('POST', 500, 'error_type="500",'))) === 1)
    for (const status of [200, 401, 403, 413]) expect(await recorded.value(of('POST', status))).toBe(1)
  })

  it('records connection_closed for an interrupted response, and _OTHER for an unknown method', async () => {
    const port = await serve((_, response) => response.write('half'))
    const socket = connect(port, '127.0.0.1')
    socket.write('PROPFIND / HTTP/1.1\r\nhost: x\r\n\r\n')
    await once(socket, 'data')

    socket.destroy()

    await waitFor(async () => (await recorded.value(of('_OTHER', 200, 'error_type="connection_closed",'))) === 1)
  })

  it('measures a standing stream as a success although its client aborts it', async () => {
    const port = await serve((_, response) =>
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders(),
    )
    const abort = new AbortController()
    await fetch(`http://127.0.0.1:${port}/`, { signal: abort.signal })

    abort.abort()

    await waitFor(async () => (await recorded.value(of('GET', 200))) === 1)
  })
})

describe('trackConnections and trackConnection', () => {
  it('count HTTP and stdio connections while they are open', async () => {
    const port = await serve((_, response) => response.end())
    await waitFor(async () => (await recorded.value('mcp_open_connections{transport="http"}')) === 0)
    const sockets = Array.from({ length: 3 }, () => connect(port, '127.0.0.1'))
    await waitFor(async () => (await recorded.value('mcp_open_connections{transport="http"}')) === 3)

    for (const socket of sockets) socket.destroy()

    await waitFor(async () => (await recorded.value('mcp_open_connections{transport="http"}')) === 0)
    const close = trackConnection('stdio')
    expect(await recorded.value('mcp_open_connections{transport="stdio"}')).toBe(1)
    close()
    close()
    expect(await recorded.value('mcp_open_connections{transport="stdio"}')).toBe(0)
  })
})

describe('instrumentFetchHandler', () => {
  it('counts an open subscription in a gauge but not as a request, and keeps the handler working', async () => {
    const handler = createMcpHandler(() => {
      const server = new McpServer({ name: 'listens', version: '1' })
      server.registerTool('t', {}, () => ({ content: [] }))
      return server
    })
    expect(instrumentFetchHandler(handler, { route: '/mcp' })).toBe(handler)
    const transport = new StreamableHTTPClientTransport(new URL('http://127.0.0.1:1/mcp'), {
      fetch: (url, init) => handler.fetch(new Request(url, init)),
    })
    const client = new Client({ name: 'x', version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } })
    await client.connect(transport)
    const before = (await recorded.value(ofFetch('POST', 200))) ?? 0

    const subscription = await client.listen({ toolsListChanged: true })
    await waitFor(async () => (await recorded.value('mcp_active_subscriptions')) === 1)
    await subscription.close()

    await waitFor(async () => (await recorded.value('mcp_active_subscriptions')) === 0)
    expect((await recorded.value(ofFetch('POST', 200))) ?? 0).toBe(before)
    await client.callTool({ name: 't' })
    await waitFor(async () => ((await recorded.value(ofFetch('POST', 200))) ?? 0) === before + 1)
    await client.close()
    await handler.close()
  })

  it('records an unfinished 500 for a handler that throws, and rethrows its error', async () => {
    const failing = instrumentFetchHandler((_: Request) => Promise.reject(new Error('down')), { route: '/mcp' })

    await expect(failing(new Request('http://127.0.0.1/'))).rejects.toThrow('down')

    expect(await recorded.value(ofFetch('GET', 500, 'error_type="connection_closed",'))).toBe(1)
  })
})
