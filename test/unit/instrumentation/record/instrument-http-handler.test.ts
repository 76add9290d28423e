import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { createServer as createHttp2Server, connect as http2Connect } from 'node:http2'
import type { AddressInfo, Server } from 'node:net'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { instrumentHttpHandler } from '../../../../src/instrumentation/record/instrument-http-handler.ts'
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

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown

async function listen(server: Server & { closeAllConnections?(): void }): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closes.push(() => {
    server.closeAllConnections?.()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

const serve = (handler: Handler) => listen(createServer(instrumentHttpHandler(handler, { route: '/mcp' })))

const COUNT = 'http_server_request_duration_seconds_count'
const SUM = 'http_server_request_duration_seconds_sum'
const counts = () => recorded.nonZero(COUNT)
const of = (name: string, labels: string, version = '1.1') =>
  `${name}{${labels},http_route="/mcp",network_protocol_version="${version}",url_scheme="http"}`

describe('instrumentHttpHandler', () => {
  it.each<[string, Handler]>([
    [
      'passed to writeHead',
      (_, response) => response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write(':\n\n'),
    ],
    [
      'passed to writeHead as a flat list after a reason',
      (_, response) =>
        response.writeHead(200, 'fine', ['x', 'content-type', 'content-type', 'text/event-stream']).write(':\n\n'),
    ],
    [
      'set with setHeader',
      (_, response) => {
        response.setHeader('content-type', 'text/event-stream; charset=utf-8')
        response.write(':\n\n')
      },
    ],
  ])('counts the standing stream of a GET once, while it is open, with its type %s', async (_, handler) => {
    const port = await serve(handler)
    const abort = new AbortController()
    await fetch(`http://127.0.0.1:${port}/mcp`, { signal: abort.signal })

    const sample = of(COUNT, 'http_request_method="GET",http_response_status_code="200"')
    await waitFor(async () => (await recorded.value(sample)) === 1)
    abort.abort()
    await (await fetch(`http://127.0.0.1:${port}/mcp`, { method: 'POST' }).then((response) => response.body))?.cancel()

    await waitFor(async () => Object.keys(await counts()).length === 2)
    expect(await recorded.value(sample)).toBe(1)
  })

  it('measures the stream of a POST to its end, but that of subscriptions/listen to its headers', async () => {
    const port = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
      setTimeout(() => response.end(), 60)
    })
    const post = async (mcpMethod: string) =>
      (await fetch(`http://127.0.0.1:${port}/mcp`, { method: 'POST', headers: { 'mcp-method': mcpMethod } })).text()
    const sum = of(SUM, 'http_request_method="POST",http_response_status_code="200"')

    await post('subscriptions/listen')
    const standing = (await recorded.value(sum)) ?? Number.NaN
    await post('tools/call')

    expect(standing).toBeLessThan(0.05)
    await waitFor(async () => ((await recorded.value(sum)) ?? 0) > 0.05)
  })

  it('records no status for a client that disconnects before the response', async () => {
    const arrived = Promise.withResolvers<void>()
    const port = await serve(() => arrived.resolve())
    const socket = connect(port, '127.0.0.1')
    socket.write('POST /mcp HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\n')
    await arrived.promise

    socket.destroy()

    await waitFor(async () => Object.keys(await counts()).length === 1)
    expect(await counts()).toEqual({ [of(COUNT, 'error_type="connection_closed",http_request_method="POST"')]: 1 })
  })

  it('counts each of many requests on one connection once', async () => {
    const port = await serve((_, response) => response.end('x'))
    for (let request = 0; request < 20; request += 1) await (await fetch(`http://127.0.0.1:${port}/mcp`)).text()

    const sample = of(COUNT, 'http_request_method="GET",http_response_status_code="200"')
    await waitFor(async () => (await recorded.value(sample)) === 20)
  })

  it('returns and throws exactly what the handler returns and throws', () => {
    const promise = Promise.resolve(1)
    const error = new Error('x')
    const unusable = {} as IncomingMessage & ServerResponse

    expect(instrumentHttpHandler(() => promise, { route: '/mcp' })(unusable, unusable)).toBe(promise)
    expect(() =>
      instrumentHttpHandler(
        () => {
          throw error
        },
        { route: '/mcp' },
      )(unusable, unusable),
    ).toThrow(error)
  })

  it('measures HTTP/2 requests like HTTP/1 requests', async () => {
    const handler = instrumentHttpHandler((_, response) => response.end('x'), { route: '/mcp' })
    const port = await listen(createHttp2Server(handler as never))
    const session = http2Connect(`http://127.0.0.1:${port}`)
    const stream = session.request({ ':path': '/mcp' }).resume()
    await once(stream, 'end')
    session.close()

    const sample = of(COUNT, 'http_request_method="GET",http_response_status_code="200"', '2')
    await waitFor(async () => (await recorded.value(sample)) === 1)
    expect(Object.keys(await counts())).toEqual([sample])
  })
})
