// Tests stock clients of the TypeScript SDKs through `mcp-vitals proxy`, and many sessions at once.
import { readFileSync } from 'node:fs'
import { Client as ClientV2, StreamableHTTPClientTransport as TransportV2 } from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { describe, expect, it } from 'vitest'
import type { HttpSession } from '../support/clients/http-session.ts'
import { openHttpSession } from '../support/clients/http-session.ts'
import { runOutcomes, runProxy } from '../support/programs/attached-program.ts'
import { waitFor } from '../support/programs/wait-for.ts'

const calls = (tool: string, status: string) => `mcp_tool_calls_total{status="${status}",tool_name="${tool}"}`

/** 10,000 by command: MCP_VITALS_PROXY_SESSIONS=10000 npm test -- test/e2e/proxy-clients.test.ts */
const SESSIONS = Number(process.env['MCP_VITALS_PROXY_SESSIONS'] ?? 1_000)

function residentBytes(pid: number | undefined): number {
  // proc(5): the second number is that of resident pages, of 4 KiB.
  return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4_096
}

describe.concurrent('mcp-vitals proxy', () => {
  it.each([
    ['streams', []],
    ['JSON', ['json']],
    ['streams that can be resumed', ['resumable']],
  ])('serves a client of SDK v1 with %s', async (_, flags) => {
    const proxy = await runProxy((await runOutcomes('v1', 'bare', ...flags)).url)
    const transport = new StreamableHTTPClientTransport(new URL(proxy.url))
    const client = new Client({ name: 'claude-code', version: '1' })
    await client.connect(transport as Parameters<Client['connect']>[0])
    expect((await client.listTools()).tools.length).toBeGreaterThan(5)
    expect(await client.callTool({ name: 'ok', arguments: { text: 'hi' } })).toMatchObject({
      content: [{ text: 'hi' }],
    })
    expect(await client.callTool({ name: 'throws_error' })).toMatchObject({ isError: true })
    await expect(client.callTool({ name: 'waits' }, undefined, { timeout: 300 })).rejects.toThrow(/timed out/i)
    await transport.terminateSession()
    await client.close()

    await waitFor(async () => {
      const names = [...(await proxy.series()).keys()]
      return names.some((name) => name.startsWith('mcp_server_session_duration_seconds_count'))
    })
    const series = await proxy.series()
    expect(series.get(calls('ok', 'success'))).toBe(1)
    expect(series.get(calls('throws_error', 'error'))).toBe(1)
    expect(series.get(calls('waits', 'cancelled'))).toBe(1)
    expect([...series].filter(([name, value]) => name.startsWith('mcp_active_requests') && value !== 0)).toEqual([])
    const known = /^mcp_client_requests_total\{client_name="claude-code",protocol_version="2025-11-25"\}/
    expect([...series.keys()].some((name) => known.test(name))).toBe(true)
  })

  it('serves a client of SDK v2, with its subscription', async () => {
    const proxy = await runProxy((await runOutcomes('v2', 'bare')).url)
    const client = new ClientV2({ name: 'x', version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } })
    await client.connect(new TransportV2(new URL(proxy.url)))
    expect((await client.listTools()).tools.length).toBeGreaterThan(5)
    expect(await client.callTool({ name: 'ok', arguments: { text: 'hi' } })).toMatchObject({
      content: [{ text: 'hi' }],
    })
    await expect(client.callTool({ name: 'waits' }, { timeout: 300 })).rejects.toThrow(/timed out/i)
    const subscription = await client.listen({ toolsListChanged: true })
    await waitFor(async () => (await proxy.series()).get('mcp_active_subscriptions') === 1)
    await subscription.close()
    await waitFor(async () => (await proxy.series()).get('mcp_active_subscriptions') === 0)
    await client.close()

    const series = await proxy.series()
    expect(series.get(calls('ok', 'success'))).toBe(1)
    expect(series.get(calls('waits', 'cancelled'))).toBe(1)
    expect([...series].filter(([name, value]) => name.startsWith('mcp_active_requests') && value !== 0)).toEqual([])
  })

  it(`holds ${SESSIONS} sessions in bounded memory, and none once they have ended`, { timeout: 300_000 }, async () => {
    const proxy = await runProxy((await runOutcomes('v1', 'bare', 'json')).url)
    const warm = await openHttpSession(proxy.url)
    await warm.ask('tools/list')
    const before = residentBytes(proxy.child.pid)
    const sessions: HttpSession[] = []
    const open = async () => {
      while (sessions.length < SESSIONS) {
        const at = sessions.push(warm) - 1
        const session = await openHttpSession(proxy.url)
        sessions[at] = session
        await session.ask('tools/call', { name: 'ok', arguments: { text: 'x' } })
      }
    }
    await Promise.all(Array.from({ length: 8 }, open))
    const series = await proxy.series()
    expect(series.get(calls('ok', 'success'))).toBe(SESSIONS)
    const grown = residentBytes(proxy.child.pid) - before
    console.log(`${SESSIONS} sessions: ${(grown / 1_048_576).toFixed(1)} MiB more`)
    expect(grown).toBeLessThan(64 * 1_048_576 + SESSIONS * 16_384)

    for (const session of sessions) await session.end()
    const ended = [...(await proxy.series())].filter(([name]) =>
      name.startsWith('mcp_server_session_duration_seconds_count'),
    )
    expect(ended.map(([, count]) => count)).toEqual([SESSIONS])
  })
})
