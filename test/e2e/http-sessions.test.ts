// Tests the sessions of Streamable HTTP: their ids, owners, limit and expiry.
import { describe, expect, it } from 'vitest'
import { connectClient } from '../support/clients/mcp-client.ts'
import { messagesIn, rawHttp, rawPost, rawSession, toolCall } from '../support/clients/raw-http.ts'
import { temporaryFile } from '../support/files/temporary-file.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { scrapeSeries } from '../support/prometheus/scrape-series.ts'
import { startTestApp } from '../support/servers/test-app.ts'

async function endedSessions(metricsUrl: string): Promise<number> {
  const series = await scrapeSeries(metricsUrl)
  const counts = [...series].filter(([name]) => name.startsWith('mcp_server_session_duration_seconds_count'))
  return counts.reduce((sum, [, count]) => sum + count, 0)
}

describe('the MCP endpoint', () => {
  it('returns 400 for a missing session id, and 404 for an unknown one', async () => {
    const { url } = await startTestApp()
    const body = toolCall(1, 'hello_world', { name: 'x' })

    expect((await rawPost(url, {}, body)).status).toBe(400)
    expect((await rawPost(url, { 'mcp-session-id': 'made-up' }, body)).status).toBe(404)
    expect((await rawHttp(url, { headers: { accept: 'text/event-stream', 'mcp-session-id': 'made-up' } })).status).toBe(
      404,
    )
    expect((await rawHttp(url, { method: 'DELETE' })).status).toBe(400)
  })

  it('returns 404 to a principal that uses or deletes the session of another, and keeps it open', async () => {
    const { url } = await startTestApp(['--token-file', temporaryFile('mine\ntheirs')])
    const mine = await rawSession(url, { authorization: 'Bearer mine' })
    const stolen = { ...mine, authorization: 'Bearer theirs' }
    const body = toolCall(1, 'hello_world', { name: 'x' })

    expect((await rawHttp(url, { method: 'POST', headers: stolen, body })).status).toBe(404)
    expect((await rawHttp(url, { method: 'DELETE', headers: stolen })).status).toBe(404)
    expect((await rawHttp(url, { method: 'POST', headers: mine, body })).status).toBe(200)
  })

  it('returns 503 with Retry-After beyond --max-sessions, until a session is deleted', async () => {
    const { url } = await startTestApp(['--max-sessions', '3'])
    const [first = {}] = await Promise.all([rawSession(url), rawSession(url), rawSession(url)])

    const refused = await rawPost(url, {})
    expect(refused.status).toBe(503)
    expect(refused.headers['retry-after']).toBeDefined()
    expect((await rawHttp(url, { method: 'DELETE', headers: first })).status).toBe(200)
    expect((await rawPost(url, {})).status).toBe(200)
  })

  it('reserves no session for a rejected initialize request', async () => {
    const { url } = await startTestApp(['--max-sessions', '1'])

    for (let i = 0; i < 5; i++) expect((await rawPost(url, { accept: 'text/html' })).status).toBe(406)
    await waitFor(async () => (await rawPost(url, {})).status === 200)
  })

  it('expires and records idle sessions after --session-ttl, but none with an open stream or call', async () => {
    const { url, metricsUrl } = await startTestApp(['--session-ttl', '0.3', '--demo-tools', '--max-sessions', '3'])
    const before = await endedSessions(metricsUrl)
    const body = (id: number) => toolCall(id, 'hello_world', { name: 'x' })
    const idle = await rawSession(url)
    const listening = await rawSession(url)
    const waiting = await rawSession(url)
    const stream = await fetch(url, { headers: { ...listening, accept: 'text/event-stream' } })
    const slow = rawHttp(url, { method: 'POST', headers: waiting, body: toolCall(1, 'demo_slow', { seconds: 1.2 }) })

    await waitFor(async () => (await rawPost(url, {})).status === 200)

    const statuses = await Promise.all(
      [idle, listening, waiting].map(
        async (headers) => (await rawHttp(url, { method: 'POST', headers, body: body(2) })).status,
      ),
    )
    expect(statuses).toEqual([404, 200, 200])
    expect(messagesIn((await slow).text)[0]).toMatchObject({ result: { structuredContent: { seconds: 1.2 } } })
    await stream.body?.cancel()
    // Four with the session that replaced the idle one.
    await waitFor(async () => (await endedSessions(metricsUrl)) === before + 4)
  })

  it('returns each of 50 clients its own responses when all use the same request ids', async () => {
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
