// Tests that the reference server serves both protocol revisions on one URL, and counts the calls of both.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { describe, expect, it, onTestFinished } from 'vitest'
import { connectClient } from '../support/clients/mcp-client.ts'
import { rawHttp } from '../support/clients/raw-http.ts'
import { statelessRequest } from '../support/clients/stateless-request.ts'
import { temporaryFile } from '../support/files/temporary-file.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { scrapeSeries } from '../support/prometheus/scrape-series.ts'
import { startTestApp } from '../support/servers/test-app.ts'

/** A stock client of the newer SDK line, which speaks `revision`. */
async function connect(url: string, revision: '2025-11-25' | '2026-07-28', token?: string): Promise<Client> {
  const mode = revision === '2026-07-28' ? ({ pin: revision } as const) : 'legacy'
  const client = new Client({ name: 'claude-code', version: '1.0.0' }, { versionNegotiation: { mode } })
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }))
  onTestFinished(() => client.close())
  return client
}

describe('mcp-vitals-server', () => {
  it('serves clients of both SDK lines and both revisions on one URL, and counts each call once', async () => {
    const app = await startTestApp()
    const { client: first } = await connectClient(app.url)
    const clients = [await connect(app.url, '2025-11-25'), await connect(app.url, '2026-07-28')]
    for (const client of [first, ...clients]) {
      const { tools } = await client.listTools()
      expect(tools.map(({ name }) => name)).toContain('hello_world')
      for (const name of ['Ada', '']) {
        const result = await client.callTool({ name: 'hello_world', arguments: { name } })
        expect(result.isError ?? false).toBe(name === '')
      }
    }
    const series = await scrapeSeries(app.metricsUrl)
    const calls = (status: string) => series.get(`mcp_tool_calls_total{status="${status}",tool_name="hello_world"}`)
    expect([calls('success'), calls('error')]).toEqual([3, 3])
    expect(series.get('mcp_tool_errors_total{error_type="validation_error",tool_name="hello_world"}')).toBe(3)
    expect(series.get('mcp_active_requests{tool_name="hello_world"}')).toBe(0)
    const versions = [...series.keys()].flatMap(
      (key) => /^mcp_client_requests_total.*protocol_version="([^"]+)"/.exec(key)?.[1] ?? [],
    )
    expect(versions).toEqual(expect.arrayContaining(['2025-11-25', '2026-07-28']))
  })

  it('counts a call of revision 2026-07-28 as cancelled when its client closes the stream', async () => {
    const app = await startTestApp(['--demo-tools'])
    const client = await connect(app.url, '2026-07-28')
    const abort = new AbortController()
    const call = client.callTool({ name: 'demo_slow', arguments: { seconds: 60 } }, { signal: abort.signal })
    const value = async (key: string) => (await scrapeSeries(app.metricsUrl)).get(key)
    await waitFor(async () => (await value('mcp_active_requests{tool_name="demo_slow"}')) === 1)

    abort.abort()
    await expect(call).rejects.toThrow()
    await waitFor(async () => (await value('mcp_tool_calls_total{status="cancelled",tool_name="demo_slow"}')) === 1)
    expect(await value('mcp_active_requests{tool_name="demo_slow"}')).toBe(0)
  })

  it('answers a call of revision 2026-07-28 that is under way when the server stops', async () => {
    const app = await startTestApp(['--demo-tools'])
    const client = await connect(app.url, '2026-07-28')
    const call = client.callTool({ name: 'demo_slow', arguments: { seconds: 60 } })
    const failed = expect(call).rejects.toThrow('ended by the server')
    await waitFor(
      async () => (await scrapeSeries(app.metricsUrl)).get('mcp_active_requests{tool_name="demo_slow"}') === 1,
    )
    await app.stop()
    await failed
  })

  it('holds its limits for revision 2026-07-28: bytes, values, tokens and requests in flight', async () => {
    const tokens = temporaryFile('first-0123456789ab\nsecond-0123456789ab\n')
    const limits = ['--concurrency', '4', '--max-message-bytes', '65536']
    const app = await startTestApp(['--token-file', tokens, '--demo-tools', ...limits])
    const post = (method: string, params: object = {}, token = 'first-0123456789ab') => {
      const { headers, body } = statelessRequest(method, params)
      return rawHttp(app.url, { method: 'POST', headers: { ...headers, authorization: `Bearer ${token}` }, body })
    }
    const statusOf = async (...args: Parameters<typeof post>) => (await post(...args)).status
    expect(await statusOf('tools/list', {}, 'made-up')).toBe(401)
    expect(await statusOf('tools/list')).toBe(200)
    expect(await statusOf('tools/list', { padding: 'x'.repeat(70_000) })).toBe(413)
    expect(await statusOf('tools/list', { padding: Array(10_001).fill(1) })).toBe(413)

    const slow = () => statusOf('tools/call', { name: 'demo_slow', arguments: { seconds: 1 } })
    expect((await Promise.all([slow(), slow(), slow(), slow()])).toSorted()).toEqual([200, 200, 200, 429])

    const client = await connect(app.url, '2026-07-28', 'first-0123456789ab')
    // The list of tools never changes, so the stream ends at once.
    const subscription = await client.listen({ toolsListChanged: true })
    await subscription.closed
    expect(await statusOf('tools/list', {}, 'second-0123456789ab')).toBe(200)
  })
})
