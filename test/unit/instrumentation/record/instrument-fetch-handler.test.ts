import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { beforeEach, describe, expect, it } from 'vitest'
import { instrumentFetchHandler } from '../../../../src/instrumentation/record/instrument-fetch-handler.ts'
import { waitFor } from '../../../support/programs/wait-for.ts'
import type { RecordedSeries } from '../../../support/telemetry/recorded-series.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'

let recorded: RecordedSeries
beforeEach(() => {
  recorded = recordSeries()
})

const ROUTE = { route: '/mcp' }
const counts = () => recorded.nonZero('http_server_request_duration_seconds_count')
const subscriptions = () => recorded.value('mcp_active_subscriptions')
const of = (labels: string, scheme = 'http') =>
  `http_server_request_duration_seconds_count{${labels},http_route="/mcp",url_scheme="${scheme}"}`
const POST_200 = of('http_request_method="POST",http_response_status_code="200"')

const STREAM = { 'content-type': 'text/event-stream' }
const post = (headers: Record<string, string> = {}) => new Request('http://127.0.0.1/mcp', { method: 'POST', headers })
const listening = () => post({ 'mcp-method': 'subscriptions/listen' })

/** Creates a response body that the test can end. */
function openBody() {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  const seen = { pulls: 0, cancelled: undefined as unknown }
  const body = new ReadableStream<Uint8Array>(
    {
      start: (given) => {
        controller = given
      },
      pull: () => {
        seen.pulls += 1
      },
      cancel: (reason) => {
        seen.cancelled = reason
      },
    },
    { highWaterMark: 0 },
  )
  return { body, seen, controller: controller as unknown as ReadableStreamDefaultController<Uint8Array> }
}

describe('instrumentFetchHandler', () => {
  it('passes body, status and headers through, and counts the request after its last byte', async () => {
    const headers = new Headers([
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
      ['x-own', 'é'.normalize('NFC')],
    ])
    const fetch = instrumentFetchHandler(
      async (_: Request) => new Response('Zürich', { status: 201, statusText: 'Made', headers }),
      ROUTE,
    )

    const response = await fetch(post())
    expect([response.status, response.statusText]).toEqual([201, 'Made'])
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(response.headers.get('content-type')).toBe('text/plain;charset=UTF-8')
    expect(await counts()).toEqual({})
    expect(await response.text()).toBe('Zürich')

    expect(await counts()).toEqual({ [of('http_request_method="POST",http_response_status_code="201"')]: 1 })
  })

  it('reads nothing from a body before its reader asks for it', async () => {
    const { body, seen } = openBody()
    const response = await instrumentFetchHandler(async (_: Request) => new Response(body), ROUTE)(post())
    await new Promise((resolve) => setImmediate(resolve))
    expect(seen.pulls).toBe(0)
    await response.body?.cancel()
  })

  it.each([
    [
      'that its reader cancels',
      (reader: ReadableStreamDefaultReader, _: ReadableStreamDefaultController) => reader.cancel('enough'),
    ],
    [
      'that fails',
      (reader: ReadableStreamDefaultReader, controller: ReadableStreamDefaultController) => {
        controller.error(new Error('broken'))
        return reader.read().catch(() => {})
      },
    ],
  ])('records connection_closed for a body %s, and informs the other side', async (_, end) => {
    const { body, controller, seen } = openBody()
    const response = await instrumentFetchHandler(async (_: Request) => new Response(body), ROUTE)(post())
    const reader = response.body?.getReader() as ReadableStreamDefaultReader

    await end(reader, controller)

    const closed = of('error_type="connection_closed",http_request_method="POST",http_response_status_code="200"')
    expect(await counts()).toEqual({ [closed]: 1 })
    if (seen.cancelled !== undefined) expect(seen.cancelled).toBe('enough')
    else await expect(reader.closed).rejects.toThrow('broken')
  })

  it.each([
    ['ends', (controller: ReadableStreamDefaultController, _: ReadableStreamDefaultReader) => controller.close()],
    ['errors', (controller: ReadableStreamDefaultController) => controller.error(new Error('x'))],
    ['is cancelled', (_: ReadableStreamDefaultController, reader: ReadableStreamDefaultReader) => reader.cancel()],
  ])('counts a subscription as open until its stream %s, and not as a request', async (_, end) => {
    const { body, controller } = openBody()
    const fetch = instrumentFetchHandler(async (_: Request) => new Response(body, { headers: STREAM }), ROUTE)
    const reader = (await fetch(listening())).body?.getReader() as ReadableStreamDefaultReader
    const reading = reader.read().catch(() => {})
    expect(await subscriptions()).toBe(1)

    end(controller, reader)
    await reading

    await waitFor(async () => (await subscriptions()) === 0)
    expect(await counts()).toEqual({})
  })

  it('counts a subscription as a request if it is rejected or answered without a stream', async () => {
    const refusing = instrumentFetchHandler(
      async (_: Request) => new Response('no', { status: 403, headers: STREAM }),
      ROUTE,
    )
    const answering = instrumentFetchHandler(async (_: Request) => Response.json({}), ROUTE)

    await (await refusing(listening())).text()
    await (await answering(listening())).text()

    expect(await counts()).toEqual({
      [of('http_request_method="POST",http_response_status_code="403"')]: 1,
      [POST_200]: 1,
    })
    expect((await subscriptions()) ?? 0).toBe(0)
  })

  it('counts the standing stream of a GET when it begins', async () => {
    const { body } = openBody()
    const fetch = instrumentFetchHandler(async (_: Request) => new Response(body, { headers: STREAM }), ROUTE)
    const response = await fetch(new Request('https://127.0.0.1/mcp'))

    expect(await counts()).toEqual({ [of('http_request_method="GET",http_response_status_code="200"', 'https')]: 1 })
    await response.body?.cancel()
  })

  it('passes on additional arguments, errors and values that are not a response', async () => {
    const error = new TypeError('x')
    const seen: unknown[] = []
    const fetch = instrumentFetchHandler(async (_: Request, ...rest: unknown[]) => {
      seen.push(...rest)
      if (seen.length > 2) throw error
      return undefined as unknown as Response
    }, ROUTE)

    expect(await fetch(post(), 1 as never, 2 as never)).toBeUndefined()
    expect(seen).toEqual([1, 2])
    await expect(fetch(post(), 3 as never)).rejects.toBe(error)
  })

  it('leaves no subscription open after many subscriptions and calls of real clients', async () => {
    const handler = createMcpHandler(() => {
      const server = new McpServer({ name: 'listens', version: '1' })
      server.registerTool('t', {}, () => ({ content: [] }))
      return server
    })
    instrumentFetchHandler(handler, ROUTE)
    const connect = async () => {
      const transport = new StreamableHTTPClientTransport(new URL('http://127.0.0.1/mcp'), {
        fetch: (url, init) => handler.fetch(new Request(url, init)),
      })
      const client = new Client({ name: 'x', version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } })
      await client.connect(transport)
      return client
    }
    const clients = await Promise.all(Array.from({ length: 5 }, connect))
    const open = await Promise.all(clients.map((client) => client.listen({ toolsListChanged: true })))
    await waitFor(async () => (await subscriptions()) === 5)
    const before = (await recorded.value(POST_200)) ?? 0

    for (let round = 0; round < 4; round += 1)
      await Promise.all(clients.map((client) => client.callTool({ name: 't' })))
    await waitFor(async () => (await recorded.value(POST_200)) === before + 20)
    await open[0]?.close()
    await waitFor(async () => (await subscriptions()) === 4)
    await handler.close()

    await waitFor(async () => (await subscriptions()) === 0)
    expect(await recorded.value(POST_200)).toBe(before + 20)
    for (const client of clients) await client.close()
  })
})
