import { describe, expect, test } from 'vitest'
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

describe('sessions', () => {
  test('a request needs the id of one that is open', async () => {
    const { url } = await startTestApp()
    const body = toolCall(1, 'hello_world', { name: 'x' })

    expect((await rawPost(url, {}, body)).status).toBe(400)
    expect((await rawPost(url, { 'mcp-session-id': 'made-up' }, body)).status).toBe(404)
    expect((await rawHttp(url, { headers: { accept: 'text/event-stream', 'mcp-session-id': 'made-up' } })).status).toBe(
      404,
    )
    expect((await rawHttp(url, { method: 'DELETE' })).status).toBe(400)
  })

  test('the id of another principal’s session opens nothing and ends nothing', async () => {
    const { url } = await startTestApp(['--token-file', temporaryFile('mine\ntheirs')])
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

    const refused = await rawPost(url, {})
    expect(refused.status).toBe(503)
    expect(refused.headers['retry-after']).toBeDefined()
    expect((await rawHttp(url, { method: 'DELETE', headers: first })).status).toBe(200)
    expect((await rawPost(url, {})).status).toBe(200)
  })

  test('an initialize that is refused takes no session’s place', async () => {
    const { url } = await startTestApp(['--max-sessions', '1'])

    for (let i = 0; i < 5; i++) expect((await rawPost(url, { accept: 'text/html' })).status).toBe(406)
    await waitFor(async () => (await rawPost(url, {})).status === 200)
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

    await waitFor(async () => (await rawPost(url, {})).status === 200)

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
