// Tests `mcp-vitals hub` with five servers at once: three of ours over each protocol of OTLP, a wrapped server in Python, and one that only
// follows OpenTelemetry's conventions for MCP.
import { fileURLToPath } from 'node:url'
import { describe, expect, inject, it } from 'vitest'
import { readPage } from '../support/browser/page-data.ts'
import { connectClient } from '../support/clients/mcp-client.ts'
import { openSession, stdioSession } from '../support/clients/stdio-session.ts'
import { runCli, runVitals } from '../support/programs/run-cli.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { conventionsOnly } from '../support/servers/conventions-only.ts'

const PYTHON_SERVER = fileURLToPath(new URL('../support/servers/fastmcp-server.py', import.meta.url))
const START_MS = 120_000
const PROTOCOLS = ['http/protobuf', 'http/json', 'grpc'] as const

describe('mcp-vitals hub', () => {
  it('shows five servers, over each protocol of OTLP, with their own figures', async () => {
    const hub = runVitals(['hub', '--port', '0', '--otlp-http-port', '0', '--otlp-grpc-port', '0'])
    const said = (pattern: RegExp) => waitFor(() => pattern.exec(hub.stderr())?.[1], START_MS, `${pattern}`)
    const pageUrl = await said(/page +(\S+)\n/)
    const [http, grpc] = [await said(/HTTP +(\S+)\n/), await said(/gRPC +(\S+)\n/)]
    const push = { OTEL_METRICS_EXPORTER: 'otlp', OTEL_METRIC_EXPORT_INTERVAL: '1000' }

    const ours = PROTOCOLS.map((protocol) =>
      runCli(['serve', '--port', '0', '--name', protocol], {
        ...push,
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_EXPORTER_OTLP_ENDPOINT: protocol === 'grpc' ? grpc : http,
      }),
    )
    const python = runVitals(
      ['wrap', '--service-name', 'python', '--', inject('parts')['fastmcp-python'], PYTHON_SERVER],
      { ...push, OTEL_EXPORTER_OTLP_ENDPOINT: http },
    )
    const conventions = async (calls: number) => {
      const headers = { 'content-type': 'application/json' }
      const { status } = await fetch(`${http}/v1/metrics`, { method: 'POST', headers, body: conventionsOnly(calls) })
      expect(status).toBe(200)
    }

    for (const [index, server] of ours.entries()) {
      const url = await waitFor(() => /serves MCP at (\S+)\n/.exec(server.stderr())?.[1], START_MS)
      const { client } = await connectClient(url)
      for (let call = 0; call <= index; call++)
        await client.callTool({ name: 'hello_world', arguments: { name: 'Ada' } })
    }
    const session = stdioSession(python.child)
    await openSession(session)
    await session.ask('tools/call', { name: 'add', arguments: { a: 1, b: 2 } })
    await session.ask('tools/call', { name: 'add', arguments: { a: 1, b: 'two' } })
    await session.ask('tools/call', { name: 'fail', arguments: {} })
    await conventions(5)

    await waitFor(async () => (await readPage(pageUrl)).servers.length === 5, START_MS, 'five servers')
    const page = await readPage(pageUrl)
    expect(page.servers.map(({ name }) => name).sort()).toEqual([
      'grpc',
      'http/json',
      'http/protobuf',
      'python',
      'weather-py',
    ])
    const calls = async (name: string) =>
      Object.fromEntries(Object.entries(await page.figure(name, 'calls')).filter(([, value]) => value > 0))
    for (const [index, name] of PROTOCOLS.entries()) {
      await expect.poll(() => calls(name), { timeout: START_MS }).toEqual({ 'hello_world success': index + 1 })
    }
    await expect
      .poll(() => calls('python'), { timeout: START_MS })
      .toEqual({ 'add success': 1, 'add error': 1, 'fail error': 1 })
    expect(await page.figure('python', 'errors')).toEqual({ 'add validation_error': 1, 'fail tool_error': 1 })
    await expect
      .poll(() => calls('weather-py'), { timeout: START_MS })
      .toEqual({ 'forecast success': 15, 'forecast error': 5 })
    python.child.stdin.end()
  })
})
