// Tests that every call gets one response and is counted under the right status.
import { describe, expect, it } from 'vitest'
import { connectClient } from '../support/clients/mcp-client.ts'
import { messagesIn, rawHttp, rawSession, toolCall } from '../support/clients/raw-http.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { scrapeSeries } from '../support/prometheus/scrape-series.ts'
import { startTestApp } from '../support/servers/test-app.ts'

const active = async (metricsUrl: string) =>
  (await scrapeSeries(metricsUrl)).get('mcp_active_requests{tool_name="demo_slow"}')

describe('tools/call over HTTP', () => {
  it('stops a tool at the deadline, returns an error, and counts a timeout', async () => {
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

  it.each([
    ['conflict', 'conflict'],
    ['unavailable', 'unavailable'],
    ['validation_error', 'validation_error'],
    ['bug', 'TypeError'],
  ])('counts a failure of kind %s as error_type %s', async (kind, errorType) => {
    const { url, metricsUrl } = await startTestApp(['--demo-tools'])
    const { client } = await connectClient(url)

    const result = await client.callTool({ name: 'demo_fail', arguments: { kind } })

    expect(result.isError).toBe(true)
    const series = await scrapeSeries(metricsUrl)
    expect(series.get(`mcp_tool_errors_total{error_type="${errorType}",tool_name="demo_fail"}`)).toBe(1)
  })

  it('neither lists nor runs demo tools without --demo-tools', async () => {
    const { client } = await connectClient((await startTestApp()).url)

    expect(await client.callTool({ name: 'demo_slow', arguments: {} })).toMatchObject({ isError: true })
    expect((await client.listTools()).tools.filter(({ name }) => name.startsWith('demo_'))).toEqual([])
  })

  it('queues calls beyond --concurrency, measures depth and wait, and rejects those beyond --max-queue', async () => {
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

describe('the MCP endpoint', () => {
  it('rejects a request id in use with 400, also within a batch, and accepts it again after the response', async () => {
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

  it('responds to each request of a batch, with ids 1 and "1" as different ids', async () => {
    const { url } = await startTestApp()
    const headers = await rawSession(url)

    const answer = await rawHttp(url, {
      method: 'POST',
      headers,
      body: `[${toolCall(1, 'hello_world', { name: 'a' })},${toolCall('1', 'hello_world', { name: 'b' })}]`,
    })

    expect(messagesIn(answer.text).map(({ id }) => id)).toEqual([1, '1'])
  })

  it('stops and answers the call of a deleted session, counts connection_closed, then returns 404', async () => {
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

  it('stops a cancelled call without a response, frees its id and slot, and counts it once', async () => {
    const { url, metricsUrl } = await startTestApp(['--demo-tools', '--concurrency', '1'])
    const headers = await rawSession(url)
    const call = rawHttp(url, { method: 'POST', headers, body: toolCall('c', 'demo_slow', { seconds: 60 }) })
    await waitFor(async () => (await active(metricsUrl)) === 1)
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'c' } }

    await rawHttp(url, { method: 'POST', headers, body: JSON.stringify(cancel) })

    // The protocol forbids a response to a cancelled request, so the stream ends without one.
    expect(messagesIn((await call).text)).toEqual([])
    const next = await rawHttp(url, { method: 'POST', headers, body: toolCall('c', 'hello_world', { name: 'x' }) })
    expect(messagesIn(next.text)).toMatchObject([{ id: 'c', result: {} }])
    const series = await scrapeSeries(metricsUrl)
    expect(series.get('mcp_tool_calls_total{status="cancelled",tool_name="demo_slow"}')).toBe(1)
    expect(series.get('mcp_active_requests{tool_name="demo_slow"}')).toBe(0)
  })

  it('accepts the id of a call again, and counts no active call, after its client has disconnected', async () => {
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
