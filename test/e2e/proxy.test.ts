// Tests what `mcp-vitals proxy` does to the traffic between clients and a server (nothing), and what it says when the server is away.
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { get, request as httpRequest } from 'node:http'
import { describe, expect, it } from 'vitest'
import { openHttpSession } from '../support/clients/http-session.ts'
import { MCP_HEADERS, rawHttp, rawPost, toolCall } from '../support/clients/raw-http.ts'
import { temporaryFile } from '../support/files/temporary-file.ts'
import { runOutcomes, runProxy } from '../support/programs/attached-program.ts'
import { freePorts } from '../support/programs/free-ports.ts'
import { runVitals } from '../support/programs/run-cli.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { httpUpstream } from '../support/servers/http-upstream.ts'

const CALL = toolCall(1, 'slow')
const event = (message: object, id?: string) =>
  `${id === undefined ? '' : `id: ${id}\r\n`}event: message\ndata: ${JSON.stringify(message)}\n\n`
const RESULT = { jsonrpc: '2.0', id: 1, result: { content: [] } }

const refusedCount = (status: number, method = 'POST', route = '/mcp') =>
  `http_server_request_duration_seconds_count{http_request_method="${method}",http_response_status_code="${status}",http_route="${route}",network_protocol_version="1.1",url_scheme="http"}`

describe.concurrent('mcp-vitals proxy', () => {
  it('passes the chunks of a stream on when they are sent', async () => {
    let streaming: ServerResponse | undefined
    const proxy = await runProxy(
      await httpUpstream((request, response) => {
        request.resume().once('end', () => {
          response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
          streaming = response
        })
      }),
      ['--no-list'],
    )
    const sent = httpRequest(proxy.url, { method: 'POST', headers: MCP_HEADERS })
    sent.end(CALL)
    const [response] = await once(sent, 'response')
    // Its headers are here before there is an event.
    expect(response.headers['content-type']).toBe('text/event-stream')
    for (const piece of ['data: {"jsonrpc":"2.0",', '"method":"notifications/progress"}', '\n\n', event(RESULT)]) {
      const arrived = once(response, 'data')
      streaming?.write(piece)
      expect(String((await arrived)[0])).toBe(piece)
    }
    streaming?.end()
    await once(response, 'end')
    await waitFor(
      async () => (await proxy.series()).get('mcp_tool_calls_total{status="success",tool_name="_OTHER"}') === 1,
    )
  })

  it('passes an OAuth challenge, its documents, redirects and other paths on as they are', async () => {
    const seen: string[] = []
    const upstream = await httpUpstream((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.authorization ?? '-'} ${request.headers.host}`)
      request.resume()
      if (request.url?.startsWith('/.well-known/') === true) {
        response.writeHead(200, {
          'content-type': 'application/json',
          'x-of-server': 'a',
          'set-cookie': ['b=1', 'c=2'],
        })
        response.end('{"resource":"x"}')
      } else if (request.url === '/mcp/') {
        response.writeHead(307, { location: `http://${request.headers.host}/mcp?x=1` }).end()
      } else {
        const challenge = 'Bearer resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource"'
        response.writeHead(401, { 'www-authenticate': challenge }).end('{"error":"invalid_token"}')
      }
    })
    const proxy = await runProxy(upstream, ['--no-list'])
    const { host } = new URL(upstream)

    const challenged = await rawPost(proxy.url, { authorization: 'Bearer stale' }, CALL)
    expect(challenged.status).toBe(401)
    expect(challenged.text).toBe('{"error":"invalid_token"}')
    expect(challenged.headers['www-authenticate']).toContain('https://mcp.example.com/.well-known/')
    const document = await rawHttp(proxy.url, { path: '/.well-known/oauth-protected-resource/mcp?a=b' })
    expect([document.status, document.text, document.headers['x-of-server'], document.headers['set-cookie']]).toEqual([
      200,
      '{"resource":"x"}',
      'a',
      ['b=1', 'c=2'],
    ])
    const redirect = await rawHttp(proxy.url, { method: 'POST', path: '/mcp/', body: CALL })
    expect([redirect.status, redirect.headers['location']]).toEqual([307, '/mcp?x=1'])
    expect(seen).toEqual([
      `POST /mcp Bearer stale ${host}`,
      `GET /.well-known/oauth-protected-resource/mcp?a=b - ${host}`,
      `POST /mcp/ - ${host}`,
    ])
    const series = await proxy.series()
    expect([...series.keys()].filter((name) => name.startsWith('mcp_tool_calls_total'))).toEqual([])
    expect(series.get('mcp_active_requests{tool_name="_OTHER"}')).toBe(0)
    expect(series.get(refusedCount(401))).toBe(1)
    expect(series.get(refusedCount(200, 'GET', '/*'))).toBe(1)
  })

  it('counts a call once whose stream the client loses and resumes', async () => {
    let streams: ServerResponse[] = []
    const bodies: (string | undefined)[] = []
    const upstream = await httpUpstream((request, response) => {
      if (request.method === 'GET') {
        bodies.push(request.headers['last-event-id'] as string | undefined)
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write(event({ jsonrpc: '2.0', method: 'notifications/message', params: {} }, 'e1'))
        response.end(event(RESULT, 'e2'))
        return
      }
      request.resume().once('end', () => {
        response.writeHead(200, { 'content-type': 'text/event-stream', 'mcp-session-id': 's1' })
        response.write('id: e0\ndata:\n\n')
        response.write(event({ jsonrpc: '2.0', method: 'notifications/message', params: {} }, 'e1'))
        streams = [...streams, response]
      })
    })
    const proxy = await runProxy(upstream, ['--no-list'])
    const headers = { ...MCP_HEADERS, 'mcp-session-id': 's1', 'mcp-protocol-version': '2025-11-25' }
    const sent = httpRequest(proxy.url, { method: 'POST', headers })
    sent.end(CALL)
    const [response] = await once(sent, 'response')
    await once(response, 'data')
    response.destroy()
    await waitFor(() => streams[0]?.destroyed)
    const active = 'mcp_active_requests{tool_name="_OTHER"}'
    expect((await proxy.series()).get(active)).toBe(1)

    for (const lastEventId of ['e0', 'e0']) {
      const resumed = await rawHttp(proxy.url, { headers: { ...headers, 'last-event-id': lastEventId } })
      expect(resumed.text).toContain('"result"')
    }
    expect(bodies).toEqual(['e0', 'e0'])
    const series = await proxy.series()
    expect(series.get(active)).toBe(0)
    expect(series.get('mcp_tool_calls_total{status="success",tool_name="_OTHER"}')).toBe(1)
    const notified = [...series].filter(([name]) => name.startsWith('mcp_client_operation_duration_seconds_count'))
    expect(notified.map(([, count]) => count)).toEqual([1])
  })

  it('returns 502 while the server is away, counts it, and works again when the server is back', async () => {
    const [port = 0] = await freePorts(1)
    const first = await runOutcomes('v1', 'bare', `port=${port}`)
    const proxy = await runProxy(first.url)
    const ready = proxy.metricsUrl.replace('/metrics', '/ready')
    const session = await openHttpSession(proxy.url)
    await session.ask('tools/list')
    expect((await fetch(ready)).status).toBe(200)
    const cut = session.begin('tools/call', { name: 'never', arguments: {} })
    await waitFor(async () => (await proxy.series()).get('mcp_active_requests{tool_name="never"}') === 1)

    first.child.kill('SIGKILL')
    await cut.answer
    const refused = await rawPost(proxy.url, session.headers, toolCall(2, 'ok', { text: 'x' }))
    expect([refused.status, JSON.parse(refused.text).error.message]).toEqual([
      502,
      'The MCP server behind this proxy cannot be reached.',
    ])
    expect(await (await fetch(ready)).text()).toContain('does not accept connections')
    const away = await proxy.series()
    const closed = (tool: string) => `mcp_tool_errors_total{error_type="connection_closed",tool_name="${tool}"}`
    expect(away.get(closed('never'))).toBe(1)
    expect(away.get(closed('ok'))).toBe(1)
    expect(away.get('mcp_proxy_upstream_errors_total{error_type="ECONNREFUSED"}')).toBe(1)

    await runOutcomes('v1', 'bare', `port=${port}`)
    const again = await openHttpSession(proxy.url)
    expect(await again.ask('tools/call', { name: 'ok', arguments: { text: 'x' } })).toHaveProperty('result')
    expect((await fetch(ready)).status).toBe(200)
  })

  it('reads from the server as fast as a slow client reads', async () => {
    const piece = Buffer.from(
      event({ jsonrpc: '2.0', method: 'notifications/message', params: { data: 'x'.repeat(65_000) } }),
    )
    let written = 0
    const upstream = await httpUpstream((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const fill = () => {
        while (written < 400_000_000) {
          written += piece.length
          if (!response.write(piece)) return void response.once('drain', fill)
        }
      }
      fill()
    })
    const proxy = await runProxy(upstream, ['--no-list'])
    const memory = async () => (await proxy.series()).get('process_memory_usage_bytes') ?? Number.NaN
    const before = await memory()
    const sent = get(proxy.url, { headers: { accept: 'text/event-stream', 'mcp-session-id': 's' } })
    const [response] = await once(sent, 'response')
    let last = -1
    // Sockets fill up, and then nothing moves.
    await waitFor(async () => {
      const isStill = last === written
      last = written
      await new Promise((resolve) => setTimeout(resolve, 200))
      return isStill && written > 0
    })
    expect(written).toBeLessThan(100_000_000)
    expect((await memory()) - before).toBeLessThan(100_000_000)
    response.destroy()
  })

  it('refuses what the bounds and the rules do not admit, and passes none of it on', async () => {
    let passed = 0
    const upstream = await httpUpstream((request, response) => {
      passed += 1
      request.resume().once('end', () => response.end(request.headers.authorization ?? 'no authorization'))
    })
    const file = temporaryFile('0123456789abcdef')
    const proxy = await runProxy(upstream, [
      '--token-file',
      file,
      '--max-body-bytes',
      '2048',
      '--allowed-hosts',
      'mcp.test',
    ])
    const authorization = 'Bearer 0123456789abcdef'

    const statuses = [
      await rawPost(proxy.url, {}, CALL),
      await rawPost(proxy.url, { authorization: 'Bearer wrong' }, CALL),
      await rawPost(proxy.url, { authorization, host: 'evil.test' }, CALL),
      await rawPost(proxy.url, { authorization, origin: 'https://evil.test' }, CALL),
      await rawPost(proxy.url, { authorization }, 'x'.repeat(2_049)),
      await rawPost(proxy.url, { authorization, 'x-long': 'x'.repeat(20_000) }, CALL),
    ].map(({ status }) => status)
    expect(statuses).toEqual([401, 401, 403, 403, 413, 431])
    expect(passed).toBe(0)
    const admitted = await rawPost(proxy.url, { authorization, host: 'mcp.test' }, CALL)
    // The token is the proxy's.
    expect([admitted.status, admitted.text]).toEqual([200, 'no authorization'])
    const chunked = { authorization, 'transfer-encoding': 'chunked' }
    expect((await rawPost(proxy.url, chunked, 'x'.repeat(4_096))).status).toBe(413)
  })

  it('passes a body that is sent in chunks, and an answer to HEAD', async () => {
    const upstream = await httpUpstream((request, response) => {
      let text = ''
      request.on('data', (chunk: Buffer) => {
        text += chunk.toString()
      })
      request.on('end', () => response.setHeader('x-method', request.method ?? '').end(text))
    })
    const proxy = await runProxy(upstream, ['--no-list'])

    expect((await rawPost(proxy.url, { 'transfer-encoding': 'chunked' }, CALL)).text).toBe(CALL)
    const deleted = { method: 'DELETE', body: 'why', headers: { 'transfer-encoding': 'chunked' } }
    expect((await rawHttp(proxy.url, deleted)).text).toBe('why')
    expect((await rawHttp(proxy.url, { method: 'HEAD' })).headers['x-method']).toBe('HEAD')
  })

  it('stops at SIGTERM with exit code 0, also while a stream is open', async () => {
    const upstream = await httpUpstream((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    })
    const proxy = await runProxy(upstream, ['--no-list'])
    await once(get(proxy.url), 'response').then(([response]) => response.on('error', () => {}))

    proxy.child.kill('SIGTERM')
    expect(await proxy.exited).toBe(0)
  })

  it.each([
    [
      ['--host', '0.0.0.0'],
      /--host: 0\.0\.0\.0 is not a loopback address, so --token-file or --behind-auth-proxy is required/,
    ],
    [['--upstream', 'ftp://x'], /--upstream: "ftp:\/\/x" is not an http or https URL/],
    [['--upstream', 'http://a:b@x/'], /--upstream: a URL without credentials/],
  ])('exits with 2 for %s', async (args, message) => {
    const cli = runVitals(['proxy', '--upstream', 'http://127.0.0.1:1/mcp', ...args])
    expect(await cli.exited).toBe(2)
    expect(cli.stderr()).toMatch(message)
  })

  it('exits with 1 for a port that is taken', async () => {
    const taken = new URL(await httpUpstream(() => {})).port
    const cli = runVitals(['proxy', '--upstream', 'http://127.0.0.1:1/mcp', '--port', taken])
    expect(await cli.exited).toBe(1)
    expect(cli.stderr()).toMatch(/the proxy cannot use 127\.0\.0\.1:\d+ \(EADDRINUSE\)/)
  })
})
