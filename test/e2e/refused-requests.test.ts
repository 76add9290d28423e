// Tests how the endpoint rejects invalid requests: bodies, sizes, media types, paths and methods.
import { connect } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { messagesIn, rawHttp, rawSession, toolCall } from '../support/clients/raw-http.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { startTestApp } from '../support/servers/test-app.ts'

describe('the MCP endpoint', () => {
  it('rejects invalid messages with a status and a JSON-RPC error without a stack, then serves the next', async () => {
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
      ['deep lists', 413, {}, deep],
      ['deep objects', 413, {}, deepObject],
      [
        '60,000 small members',
        413,
        {},
        `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{${Array.from({ length: 60_000 }, (_, at) => `"k${at}":1`).join()}}}}`,
      ],
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

  it('rejects a chunked body that is too large with 413 while it arrives, and closes the connection', async () => {
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

  it('returns 404 for other paths and 405 for other methods, and names the valid ones', async () => {
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
