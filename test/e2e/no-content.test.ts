// Tests that the content of requests stays out of the telemetry.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startOtlpSink } from '../support/collector/otlp-sink.ts'
import { runServer } from '../support/programs/run-cli.ts'
import { waitFor } from '../support/programs/wait-for.ts'

/** One for each input, so that a leak shows where it came from. */
const SENTINELS = {
  argument: 'S3NT1NEL-argument/+=',
  toolName: 'S3NT1NEL-tool-name/+=',
  method: 'S3NT1NEL-method/+=',
  token: 'S3NT1NEL-token',
  header: 'S3NT1NEL-header/+=',
  query: 'S3NT1NEL-query',
  argv: 'S3NT1NEL-argv',
  otlpHeader: 'S3NT1NEL-otlp-header',
}

function forms(sentinel: string): string[] {
  const bytes = Buffer.from(sentinel)
  return [sentinel, bytes.toString('base64').replace(/=+$/, ''), bytes.toString('hex'), encodeURIComponent(sentinel)]
}

describe('the metrics, spans and logs of mcp-vitals-server', () => {
  it('contain no arguments, results, names, tokens, headers or command-line values, plain or encoded', async () => {
    const sink = await startOtlpSink()
    const folder = mkdtempSync(join(tmpdir(), `mcp-vitals-${SENTINELS.argv}-`))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'token'), SENTINELS.token)
    const server = await runServer(['--demo-tools', '--log-level', 'trace', '--token-file', join(folder, 'token')], {
      OTEL_METRICS_EXPORTER: 'prometheus,otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: sink.endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: `x-secret=${SENTINELS.otlpHeader}`,
      OTEL_METRIC_EXPORT_INTERVAL: '500',
      OTEL_BSP_SCHEDULE_DELAY: '200',
      OTEL_BLRP_SCHEDULE_DELAY: '200',
      OTEL_LOG_LEVEL: 'debug',
    })
    const client = new Client({ name: 'test-client', version: '1.0.0' })
    const headers = { authorization: `Bearer ${SENTINELS.token}`, 'x-header': SENTINELS.header }
    await client.connect(
      new StreamableHTTPClientTransport(new URL(`${server.url}?q=${SENTINELS.query}`), {
        requestInit: { headers },
      }) as never,
    )

    const answer = await client.callTool({ name: 'hello_world', arguments: { name: SENTINELS.argument } })
    expect(JSON.stringify(answer)).toContain(SENTINELS.argument) // The server did receive it.
    await client.callTool({ name: 'hello_world', arguments: { name: 'x', language: SENTINELS.argument } })
    await client.callTool({ name: 'demo_fail', arguments: { kind: 'bug', extra: SENTINELS.argument } })
    await client.callTool({ name: 'demo_fail', arguments: { kind: SENTINELS.argument } })
    await client.callTool({ name: SENTINELS.toolName, arguments: { name: SENTINELS.argument } })
    await client
      .request({ method: SENTINELS.method, params: { x: SENTINELS.argument } }, undefined as never)
      .catch(() => {})
    await fetch(server.url, { method: 'POST', headers: { ...headers, authorization: `Bearer ${SENTINELS.argument}` } })
    await fetch(server.url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: SENTINELS.argument,
    })
    const exposition = await (await fetch(server.metricsUrl)).text()
    await client.close()
    server.child.kill('SIGTERM')
    expect(await server.exited).toBe(0)

    await waitFor(() => sink.spans().some(({ name }) => name === 'tools/call hello_world'))
    expect(sink.metric('mcp.tool.calls')).toBeDefined()
    expect(sink.logs().length).toBeGreaterThan(0)
    const told = {
      exposition,
      otlp: Buffer.concat(sink.bodies).toString(),
      stderr: server
        .stderr()
        .split('\n')
        .filter((line) => !line.includes('--token-file'))
        .join('\n'),
      stdout: server.stdout(),
    }
    expect(told.otlp).toContain('tools/call hello_world')
    for (const [where, text] of Object.entries(told)) {
      for (const [way, sentinel] of Object.entries(SENTINELS)) {
        for (const form of forms(sentinel)) expect(text.includes(form), `${way} in ${where} as ${form}`).toBe(false)
      }
    }
    await sink.close()
  }, 30_000)
})
