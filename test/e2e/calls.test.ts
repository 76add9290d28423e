// Every call gets its answer, whatever the client or the tool does; and is counted as what it was.
import { describe, expect, test } from 'vitest'
import { connectClient } from '../support/clients/mcp-client.ts'
import { messagesIn, rawHttp, rawSession, toolCall } from '../support/clients/raw-http.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { scrapeSeries } from '../support/prometheus/scrape-series.ts'
import { startTestApp } from '../support/servers/test-app.ts'

const active = async (metricsUrl: string) =>
  (await scrapeSeries(metricsUrl)).get('mcp_active_requests{tool_name="demo_slow"}')

describe('the tool', () => {
  test('that is too slow is stopped at the deadline, answered for, and counted as timeout', async () => {
    const { url, metricsUrl } = await startTestApp(['--demo-tools', '--deadline', '0.2'])
    const { client } = await connectClient(url)
    const startedAt = performance.now()

    const result = await client.callTool({ name: 'demo_slow', arguments: { seconds: 30 } })

    expect(performance.now() - startedAt).toBeLessThan(5_000)
    expect(result).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('within 0.2 s') }] })
    const series = await scrapeSeries(metricsUrl)
    expect(series.get('mcp_tool_errors_total{error_type="timeout",tool_name="demo_slow"}')).toBe(1)
    expect(series.get('mcp_active_requests{tool_name="demo_slow"}')).toBe(0)
  })

  test.each([
    ['conflict', 'conflict'],
    ['unavailable', 'unavailable'],
    ['validation_error', 'validation_error'],
    ['bug', 'TypeError'],
  ])('that fails with %s is counted as %s', async (kind, errorType) => {
    const { url, metricsUrl } = await startTestApp(['--demo-tools'])
    const { client } = await connectClient(url)

    const result = await client.callTool({ name: 'demo_fail', arguments: { kind } })

    expect(result.isError).toBe(true)
    const series = await scrapeSeries(metricsUrl)
    expect(series.get(`mcp_tool_errors_total{error_type="${errorType}",tool_name="demo_fail"}`)).toBe(1)
  })

  test('that is for demonstrations is there only when asked for', async () => {
    const { client } = await connectClient((await startTestApp()).url)

    expect(await client.callTool({ name: 'demo_slow', arguments: {} })).toMatchObject({ isError: true })
    expect((await client.listTools()).tools.filter(({ name }) => name.startsWith('demo_'))).toEqual([])
  })

  test('waits its turn, and how many wait is a metric', async () => {
    const { url, metricsUrl } = await startTestApp(['--demo-tools', '--concurrency', '1', '--max-queue', '2'])
    const { client } = await connectClient(url)
    const slow = () => client.callTool({ name: 'demo_slow', arguments: { seconds: 0.4 } })
    const calls = [slow(), slow(), slow(), slow()]

    await waitFor(async () => (await scrapeSeries(metricsUrl)).get('mcp_queue_depth{tool_name="demo_slow"}') === 2)

    const results = await Promise.all(calls)
    expect(results.map(({ isError }) => isError === true)).toEqual([false, false, false, true])
    const series = await scrapeSeries(metricsUrl)
    expect(series.get('mcp_queue_depth{tool_name="demo_slow"}')).toBe(0)
    expect(series.get('mcp_queue_wait_seconds_count{tool_name="demo_slow"}')).toBe(3)
    expect(series.get('mcp_tool_errors_total{error_type="unavailable",tool_name="demo_slow"}')).toBe(1)
  })
})

describe('the client', () => {
  test('that uses an id twice at once gets an error for the second and the answer to the first', async () => {
    const { url } = await startTestApp(['--demo-tools'])
    const headers = await rawSession(url)
    const send = (body: string) => rawHttp(url, { method: 'POST', headers, body })
    const first = send(toolCall(7, 'demo_slow', { seconds: 0.5 }))

    const second = await waitFor(async () => {
      const answer = await send(toolCall(7, 'hello_world', { name: 'x' }))
      return answer.status === 400 ? answer : undefined
    })

    expect(JSON.parse(second.text)).toMatchObject({ id: 7, error: { code: -32_600 } })
    expect(messagesIn((await first).text)).toMatchObject([{ id: 7, result: { structuredContent: { seconds: 0.5 } } }])
    expect((await send(toolCall(7, 'hello_world', { name: 'x' }))).status).toBe(200)
    const twice = await send(
      `[${toolCall(8, 'hello_world', { name: 'x' })},${toolCall(8, 'hello_world', { name: 'y' })}]`,
    )
    expect(twice.status).toBe(400)
  })

  test('that sends several messages at once gets all the answers', async () => {
    const { url } = await startTestApp()
    const headers = await rawSession(url)

    const answer = await rawHttp(url, {
      method: 'POST',
      headers,
      body: `[${toolCall(1, 'hello_world', { name: 'a' })},${toolCall('1', 'hello_world', { name: 'b' })}]`,
    })

    expect(messagesIn(answer.text).map(({ id }) => id)).toEqual([1, '1'])
  })

  test('that deletes its session gets an answer to what was under way, which is stopped', async () => {
    const { url, metricsUrl } = await startTestApp(['--demo-tools'])
    const headers = await rawSession(url)
    const call = rawHttp(url, { method: 'POST', headers, body: toolCall(1, 'demo_slow', { seconds: 60 }) })
    await waitFor(async () => (await active(metricsUrl)) === 1)

    const deleted = await rawHttp(url, { method: 'DELETE', headers })

    expect(deleted.status).toBe(200)
    expect(messagesIn((await call).text)).toMatchObject([{ id: 1, error: { code: -32_000 } }])
    const series = await scrapeSeries(metricsUrl)
    expect(series.get('mcp_active_requests{tool_name="demo_slow"}')).toBe(0)
    expect(series.get('mcp_tool_errors_total{error_type="connection_closed",tool_name="demo_slow"}')).toBe(1)
    expect((await rawHttp(url, { method: 'DELETE', headers })).status).toBe(404)
  })

  test('that cancels a call gets its connection back, and the call stops', async () => {
    const { url, metricsUrl } = await startTestApp(['--demo-tools', '--concurrency', '1'])
    const headers = await rawSession(url)
    const call = rawHttp(url, { method: 'POST', headers, body: toolCall('c', 'demo_slow', { seconds: 60 }) })
    await waitFor(async () => (await active(metricsUrl)) === 1)
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'c' } }

    await rawHttp(url, { method: 'POST', headers, body: JSON.stringify(cancel) })

    // The protocol asks for no answer to a cancelled request: the stream ends without one.
    expect(messagesIn((await call).text)).toEqual([])
    const next = await rawHttp(url, { method: 'POST', headers, body: toolCall('c', 'hello_world', { name: 'x' }) })
    expect(messagesIn(next.text)).toMatchObject([{ id: 'c', result: {} }])
    const series = await scrapeSeries(metricsUrl)
    expect(series.get('mcp_tool_calls_total{status="cancelled",tool_name="demo_slow"}')).toBe(1)
    expect(series.get('mcp_active_requests{tool_name="demo_slow"}')).toBe(0)
  })

  test('that goes away without a word leaves nothing behind when the call is done', async () => {
    const { url, metricsUrl } = await startTestApp(['--demo-tools'])
    const headers = await rawSession(url)
    const leaving = new AbortController()
    const call = fetch(url, {
      method: 'POST',
      headers,
      body: toolCall(1, 'demo_slow', { seconds: 0.5 }),
      signal: leaving.signal,
    })
    await call
    await waitFor(async () => (await active(metricsUrl)) === 1)

    leaving.abort()

    await waitFor(async () => (await active(metricsUrl)) === 0)
    const again = await rawHttp(url, { method: 'POST', headers, body: toolCall(1, 'hello_world', { name: 'x' }) })
    expect(messagesIn(again.text)).toMatchObject([{ id: 1, result: {} }])
  })
})
