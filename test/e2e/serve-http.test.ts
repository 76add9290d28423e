import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { connectClient } from '../support/mcp-client.ts'
import { INITIALIZE, MCP_HEADERS, messagesIn, rawHttp, rawSession, toolCall } from '../support/raw-http.ts'
import { scrapeSeries } from '../support/scrape-series.ts'
import { startTestApp } from '../support/test-app.ts'
import { waitFor } from '../support/wait-for.ts'

function tokenFile(...tokens: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'tokens-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'tokens')
  writeFileSync(path, tokens.join('\n'))
  return path
}

const post = (url: string, headers: Record<string, string>, body: string | Buffer = INITIALIZE) =>
  rawHttp(url, { method: 'POST', headers: { ...MCP_HEADERS, ...headers }, body })

describe('a stock client', () => {
  test('calls hello_world in every language and gets the answer as structure and as text', async () => {
    const { url } = await startTestApp()
    const { client } = await connectClient(url)

    const { tools } = await client.listTools()
    const greetings = []
    for (const language of ['en', 'es', 'fr', 'de', 'ja']) {
      const result = await client.callTool({ name: 'hello_world', arguments: { name: 'Ada', language } })
      expect(result.isError).toBeUndefined()
      const [{ text } = { text: '' }] = result.content as { text: string }[]
      expect(JSON.parse(text)).toEqual(result.structuredContent)
      greetings.push((result.structuredContent as { message: string }).message)
    }

    expect(tools.map(({ name }) => name)).toContain('hello_world')
    expect(tools[0]).toMatchObject({
      inputSchema: {
        required: ['name'],
        properties: {
          name: { minLength: 1, maxLength: 100 },
          language: { enum: ['en', 'es', 'fr', 'de', 'ja'], default: 'en' },
        },
      },
      annotations: { readOnlyHint: true },
    })
    expect(greetings).toEqual(['Hello, Ada!', 'Hola, Ada!', 'Bonjour, Ada!', 'Guten Tag, Ada!', 'こんにちは, Ada!'])
  })

  test('leaves the language out and is greeted in English, with the languages there are', async () => {
    const { url } = await startTestApp()
    const { client } = await connectClient(url)

    const { structuredContent } = await client.callTool({ name: 'hello_world', arguments: { name: 'Ada' } })

    expect(structuredContent).toEqual({
      success: true,
      message: 'Hello, Ada!',
      language: 'en',
      supported_languages: ['en', 'es', 'fr', 'de', 'ja'],
    })
  })

  test('may use 100 characters, whatever they take to write, and not one more', async () => {
    const { url } = await startTestApp()
    const { client } = await connectClient(url)
    const greet = (name: string) => client.callTool({ name: 'hello_world', arguments: { name } })

    expect((await greet('👋'.repeat(100))).isError).toBeUndefined()
    expect((await greet('👋'.repeat(101))).isError).toBe(true)
    expect((await greet('a'.repeat(101))).isError).toBe(true)
    expect((await greet('')).isError).toBe(true)
  })

  test('is counted under the series of the lab, which are there before it comes', async () => {
    const { url, metricsUrl } = await startTestApp()
    const before = await scrapeSeries(metricsUrl)
    const { client } = await connectClient(url)
    await client.callTool({ name: 'hello_world', arguments: { name: 'Ada' } })
    await client.callTool({ name: 'hello_world', arguments: { name: '' } })
    await client.callTool({ name: 'goodbye_world', arguments: {} })

    const after = await scrapeSeries(metricsUrl)

    const grown = (series: string) => (after.get(series) ?? Number.NaN) - (before.get(series) ?? 0)
    expect(before.get('mcp_tool_calls_total{status="success",tool_name="hello_world"}')).toBe(0)
    expect(grown('mcp_tool_calls_total{status="success",tool_name="hello_world"}')).toBe(1)
    expect(grown('mcp_tool_calls_total{status="error",tool_name="hello_world"}')).toBe(1)
    expect(grown('mcp_tool_errors_total{error_type="validation_error",tool_name="hello_world"}')).toBe(1)
    expect(grown('mcp_tool_errors_total{error_type="unknown_tool",tool_name="_OTHER"}')).toBe(1)
    expect(grown('mcp_tool_duration_seconds_count{tool_name="hello_world"}')).toBe(2)
    expect(grown('mcp_response_size_bytes_count{tool_name="hello_world"}')).toBe(2)
    expect(grown('mcp_queue_wait_seconds_count{tool_name="hello_world"}')).toBe(1)
    expect(after.get('mcp_active_requests{tool_name="hello_world"}')).toBe(0)
    expect(after.get('mcp_open_connections{transport="http"}')).toBeGreaterThan(0)
  })
})

describe('the front door', () => {
  const EVIL_HOSTS = [
    'evil.example',
    'evil.example:3000',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'a@127.0.0.1',
  ]
  const EVIL_ORIGINS = [
    'http://evil.example',
    'null',
    'http://localhost.evil.example',
    'http://203.0.113.9',
    'file://',
    'http://127.0.0.1@evil.example',
  ]

  test('a foreign host name is refused on every route and method', async () => {
    const { url } = await startTestApp()

    for (const host of EVIL_HOSTS) {
      for (const [method, path] of [
        ['POST', '/mcp'],
        ['GET', '/mcp'],
        ['DELETE', '/mcp'],
        ['OPTIONS', '/mcp'],
        ['GET', '/'],
        ['GET', '/x'],
      ] as const) {
        const answer = await rawHttp(url, { method, path, headers: { host } })
        expect([host, method, path, answer.status]).toEqual([host, method, path, 403])
        expect(JSON.parse(answer.text).error.message).not.toContain('evil')
      }
    }
  })

  test('a foreign web page is refused on every route and method, and may not read the answer', async () => {
    const { url } = await startTestApp()

    for (const origin of EVIL_ORIGINS) {
      for (const [method, path] of [
        ['POST', '/mcp'],
        ['GET', '/mcp'],
        ['DELETE', '/mcp'],
        ['OPTIONS', '/mcp'],
        ['GET', '/'],
      ] as const) {
        const answer = await rawHttp(url, { method, path, headers: { origin } })
        expect([origin, method, path, answer.status]).toEqual([origin, method, path, 403])
        expect(answer.headers['access-control-allow-origin']).toBeUndefined()
      }
    }
  })

  test('hosts and origins of loopback pass, and those that are allowed by name', async () => {
    const { url } = await startTestApp([
      '--allowed-hosts',
      'mcp.example',
      '--allowed-origins',
      'https://app.example:8443',
    ])

    for (const host of [
      'localhost',
      'LOCALHOST:3000',
      '127.0.0.1:1',
      '[::1]:3000',
      '10.1.2.3',
      'mcp.example',
      'mcp.example:443',
    ]) {
      expect([host, (await post(url, { host })).status]).toEqual([host, 200])
    }
    for (const origin of [
      'http://localhost:6274',
      'http://127.0.0.1',
      'http://[::1]:5173',
      'https://app.example:8443',
    ]) {
      const answer = await post(url, { origin })
      expect([origin, answer.status]).toEqual([origin, 200])
      expect(answer.headers['access-control-allow-origin']).toBe(origin)
    }
    expect((await post(url, { origin: 'https://app.example' })).status).toBe(403)
  })

  test('a page of an allowed origin is told in advance what it may send', async () => {
    const { url } = await startTestApp(['--token-file', tokenFile('the-token')])

    const answer = await rawHttp(url, { method: 'OPTIONS', headers: { origin: 'http://localhost:6274' } })

    expect(answer.status).toBe(204)
    expect(answer.headers['access-control-allow-headers']).toContain('mcp-session-id')
  })

  test('without one of the tokens nothing gets through, and the answer says what is missing', async () => {
    const { url } = await startTestApp(['--token-file', tokenFile('the-token', 'another')])

    const none = await post(url, {})
    expect(none.status).toBe(401)
    expect(none.headers['www-authenticate']).toBe('Bearer realm="mcp-hello-server"')
    for (const authorization of [
      'Bearer wrong',
      'Bearer',
      'Basic dGhlLXRva2Vu',
      'Bearer the-token2',
      'the-token',
      'Bearer the-token x',
    ]) {
      const answer = await post(url, { authorization })
      expect([authorization, answer.status]).toEqual([authorization, 401])
      expect(answer.headers['www-authenticate']).toContain('error="invalid_token"')
    }
    expect((await post(url, { authorization: 'Bearer the-token' })).status).toBe(200)
    expect((await post(url, { authorization: 'bearer another' })).status).toBe(200)
  })

  test('what is refused before it is a message shows in the HTTP metrics', async () => {
    const { url, metricsUrl } = await startTestApp(['--token-file', tokenFile('the-token')])
    await post(url, {})
    await post(url, { host: 'evil.example' })

    const series = await scrapeSeries(metricsUrl)

    const counted = [...series.keys()].filter((name) => name.startsWith('http_server_request_duration_seconds_count'))
    expect(counted.some((name) => name.includes('http_response_status_code="401"'))).toBe(true)
    expect(counted.some((name) => name.includes('http_response_status_code="403"'))).toBe(true)
  })
})

describe('what is no message', () => {
  test('is answered as JSON, with the status that fits and no word about the inside', async () => {
    const { url } = await startTestApp()
    const session = await rawSession(url)
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    const deepObject = `${'{"a":'.repeat(300_000)}1${'}'.repeat(300_000)}`
    const batch = JSON.stringify(Array.from({ length: 101 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'ping' })))
    const cases: [string, number, Record<string, string>, string | Buffer][] = [
      ['text', 415, { 'content-type': 'text/plain' }, '{}'],
      ['a form', 415, { 'content-type': 'application/x-www-form-urlencoded' }, 'a=1'],
      ['no JSON', 400, {}, '{"jsonrpc":'],
      ['nothing', 400, {}, ''],
      ['a number', 400, {}, '7'],
      ['an empty list', 400, {}, '[]'],
      ['no method', 400, {}, '{"jsonrpc":"2.0","id":1}'],
      ['a long list', 400, {}, batch],
      ['deep lists', 400, {}, deep],
      ['deep objects', 400, {}, deepObject],
      ['a wrong Accept', 406, { accept: 'text/html' }, toolCall(1, 'hello_world')],
      ['an unknown revision', 400, { 'mcp-protocol-version': '1999-01-01' }, toolCall(1, 'hello_world')],
      ['too much', 413, {}, Buffer.alloc(5 * 1024 * 1024, ' ')],
    ]

    for (const [what, status, headers, body] of cases) {
      const answer = await rawHttp(url, { method: 'POST', headers: { ...session, ...headers }, body })
      expect([what, answer.status]).toEqual([what, status])
      expect(answer.headers['content-type'], what).toContain('application/json')
      expect(JSON.parse(answer.text), what).toMatchObject({ jsonrpc: '2.0', error: { code: expect.any(Number) } })
      expect(answer.text, what).not.toMatch(/\bat .*:\d+|node_modules|src\//)
    }
    const still = await rawHttp(url, {
      method: 'POST',
      headers: session,
      body: toolCall(9, 'hello_world', { name: 'x' }),
    })
    expect(messagesIn(still.text)[0]).toMatchObject({ id: 9, result: { structuredContent: { success: true } } })
  })

  test('a body that is too large without saying so is refused while it comes', async () => {
    const { url } = await startTestApp()
    const { port } = new URL(url)
    const socket = connect(Number(port), '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    socket.on('error', () => {})
    let answer = ''
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text
    })
    socket.write(
      'POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n',
    )
    const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`
    for (let sent = 0; sent < 70; sent++) socket.write(chunk)

    await waitFor(() => answer.includes('\r\n\r\n'))
    expect(answer).toMatch(/^HTTP\/1.1 413 /)
    expect(answer).toMatch(/connection: close/i)
  })

  test('other paths and methods are refused with the right ones named', async () => {
    const { url } = await startTestApp()

    expect((await rawHttp(url, { path: '/' })).text).toContain('/mcp')
    for (const path of ['/', '/mcp/', '/mcp2', '/metrics', '/MCP']) {
      expect([path, (await rawHttp(url, { path })).status]).toEqual([path, 404])
    }
    for (const method of ['PUT', 'PATCH', 'HEAD', 'TRACE']) {
      const answer = await rawHttp(url, { method })
      expect([method, answer.status, answer.headers['allow']]).toEqual([method, 405, 'GET, POST, DELETE'])
    }
  })
})

async function endedSessions(metricsUrl: string): Promise<number> {
  const series = await scrapeSeries(metricsUrl)
  const counts = [...series].filter(([name]) => name.startsWith('mcp_server_session_duration_seconds_count'))
  return counts.reduce((sum, [, count]) => sum + count, 0)
}

describe('sessions', () => {
  test('a request needs the id of one that is open', async () => {
    const { url } = await startTestApp()
    const body = toolCall(1, 'hello_world', { name: 'x' })

    expect((await post(url, {}, body)).status).toBe(400)
    expect((await post(url, { 'mcp-session-id': 'made-up' }, body)).status).toBe(404)
    expect((await rawHttp(url, { headers: { accept: 'text/event-stream', 'mcp-session-id': 'made-up' } })).status).toBe(
      404,
    )
    expect((await rawHttp(url, { method: 'DELETE' })).status).toBe(400)
  })

  test('the id of another principal’s session opens nothing and ends nothing', async () => {
    const { url } = await startTestApp(['--token-file', tokenFile('mine', 'theirs')])
    const mine = await rawSession(url, { authorization: 'Bearer mine' })
    const stolen = { ...mine, authorization: 'Bearer theirs' }
    const body = toolCall(1, 'hello_world', { name: 'x' })

    expect((await rawHttp(url, { method: 'POST', headers: stolen, body })).status).toBe(404)
    expect((await rawHttp(url, { method: 'DELETE', headers: stolen })).status).toBe(404)
    expect((await rawHttp(url, { method: 'POST', headers: mine, body })).status).toBe(200)
  })

  test('are bounded in number; one that ends makes room', async () => {
    const { url } = await startTestApp(['--max-sessions', '3'])
    const [first = {}] = await Promise.all([rawSession(url), rawSession(url), rawSession(url)])

    const refused = await post(url, {})
    expect(refused.status).toBe(503)
    expect(refused.headers['retry-after']).toBeDefined()
    expect((await rawHttp(url, { method: 'DELETE', headers: first })).status).toBe(200)
    expect((await post(url, {})).status).toBe(200)
  })

  test('an initialize that is refused takes no session’s place', async () => {
    const { url } = await startTestApp(['--max-sessions', '1'])

    for (let i = 0; i < 5; i++) expect((await post(url, { accept: 'text/html' })).status).toBe(406)
    await waitFor(async () => (await post(url, {})).status === 200)
  })

  test('end when they were idle, and not while a client listens or waits', async () => {
    const { url, metricsUrl } = await startTestApp(['--session-ttl', '0.3', '--demo-tools', '--max-sessions', '3'])
    const before = await endedSessions(metricsUrl)
    const body = (id: number) => toolCall(id, 'hello_world', { name: 'x' })
    const idle = await rawSession(url)
    const listening = await rawSession(url)
    const waiting = await rawSession(url)
    const stream = await fetch(url, { headers: { ...listening, accept: 'text/event-stream' } })
    const slow = rawHttp(url, { method: 'POST', headers: waiting, body: toolCall(1, 'demo_slow', { seconds: 1.2 }) })

    await waitFor(async () => (await post(url, {})).status === 200)

    const statuses = await Promise.all(
      [idle, listening, waiting].map(
        async (headers) => (await rawHttp(url, { method: 'POST', headers, body: body(2) })).status,
      ),
    )
    expect(statuses).toEqual([404, 200, 200])
    expect(messagesIn((await slow).text)[0]).toMatchObject({ result: { structuredContent: { seconds: 1.2 } } })
    await stream.body?.cancel()
    // With the one that took the idle one's place.
    await waitFor(async () => (await endedSessions(metricsUrl)) === before + 4)
  })

  test('fifty clients that use the same ids get their own answers', async () => {
    const { url } = await startTestApp()
    const clients = await Promise.all(Array.from({ length: 50 }, () => connectClient(url)))

    const answers = await Promise.all(
      clients.flatMap(({ client }, who) =>
        [0, 1, 2, 3].map(async (turn) => {
          const { structuredContent } = await client.callTool({
            name: 'hello_world',
            arguments: { name: `${who}/${turn}` },
          })
          return (structuredContent as { message: string }).message === `Hello, ${who}/${turn}!`
        }),
      ),
    )

    expect(answers).toHaveLength(200)
    expect(answers.every(Boolean)).toBe(true)
  })
})

describe('the rate limit', () => {
  test('refuses what is beyond it with 429 and when to come again, for that principal alone', async () => {
    const { url } = await startTestApp(['--rate-limit', '5', '--token-file', tokenFile('greedy', 'modest')])
    const answers = await Promise.all(Array.from({ length: 30 }, () => post(url, { authorization: 'Bearer greedy' })))

    const refused = answers.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThanOrEqual(15)
    expect(refused.length).toBeLessThanOrEqual(20)
    expect(Number(refused[0]?.headers['retry-after'])).toBeGreaterThanOrEqual(1)
    expect((await post(url, { authorization: 'Bearer modest' })).status).toBe(200)
  })
})
