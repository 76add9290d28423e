// Tests that a silent stream stays open through `mcp-vitals proxy`.
import { get } from 'node:http'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { runProxy } from '../support/programs/attached-program.ts'
import { httpUpstream } from '../support/servers/http-upstream.ts'

/** Longer than the proxy keeps an idle connection. Minutes by command: MCP_VITALS_PROXY_STREAM_SECONDS=300 npm test -- test/e2e/proxy-streams.test.ts */
const SECONDS = Number(process.env['MCP_VITALS_PROXY_STREAM_SECONDS'] ?? 6)
const EVENT = 'data: {"jsonrpc":"2.0","method":"notifications/message","params":{}}\n\n'

describe('mcp-vitals proxy', () => {
  it(`keeps a stream open that is silent for ${SECONDS} s`, { timeout: 60_000 + SECONDS * 2_000 }, async () => {
    const upstream = await httpUpstream((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(EVENT)
      setTimeout(() => response.end(EVENT), SECONDS * 1_000)
    })
    const proxy = await runProxy(upstream, ['--no-list'])
    const headers = { accept: 'text/event-stream', 'mcp-session-id': 's' }
    const received = await new Promise<string>((resolve, reject) => {
      get(proxy.url, { headers }, (response) => text(response).then(resolve, reject)).on('error', reject)
    })

    expect(received).toBe(EVENT + EVENT)
    const series = await proxy.series()
    expect(series.get('mcp_proxy_upstream_errors_total{error_type="ECONNRESET"}')).toBe(0)
  })
})
