import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterEach, describe, expect, it } from 'vitest'
import { waitFor } from '../support/programs/wait-for.ts'
import { callOnce, OUTCOME_KINDS } from '../support/servers/outcome-kinds.ts'
import { parseSamples } from '../support/telemetry/recorded-series.ts'

const CALLS = 1000
/** Calls in progress at the same time. */
const BATCH = 250
const script = new URL('../support/servers/outcome-process.ts', import.meta.url).pathname
const env = { ...process.env, OTEL_EXPORTER_PROMETHEUS_PORT: '0' } as Record<string, string>

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

interface Running {
  readonly client: Client
  readonly metricsUrl: string
}

async function overStdio(): Promise<Running> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [script, 'stdio'],
    env,
    stderr: 'pipe',
  })
  const client = new Client({ name: 'claude-code', version: '1' })
  const told = firstJson(transport.stderr as unknown as NodeJS.ReadableStream)
  await client.connect(transport)
  stops.push(() => client.close())
  return { client, metricsUrl: (await told).metricsUrl }
}

async function overHttp(): Promise<Running> {
  const child: ChildProcess = spawn(process.execPath, [script, 'http'], { env, stdio: ['ignore', 'inherit', 'pipe'] })
  const { url, metricsUrl } = await firstJson(child.stderr as NodeJS.ReadableStream)
  const client = new Client({ name: 'claude-code', version: '1' })
  await client.connect(new StreamableHTTPClientTransport(new URL(url)))
  stops.push(async () => {
    await client.close()
    child.kill('SIGTERM')
    expect((await once(child, 'exit'))[0]).toBe(0) // The number of unhandled rejections.
  })
  return { client, metricsUrl }
}

async function firstJson(stderr: NodeJS.ReadableStream): Promise<{ metricsUrl: string; url: string }> {
  for await (const line of createInterface({ input: stderr }))
    if (line.startsWith('{"metricsUrl"')) return JSON.parse(line)
  throw new Error('the server said nothing')
}

describe('instrumentMcpServer', () => {
  it.each([
    { transport: 'stdio', start: overStdio },
    { transport: 'HTTP', start: overHttp },
  ])(
    `counts ${CALLS} calls of each kind exactly by outcome over $transport, and leaves none active`,
    async ({ start }) => {
      const { client, metricsUrl } = await start()
      const scrape = async () => parseSamples(await (await fetch(metricsUrl)).text())
      const expectedCalls: Record<string, number> = {}
      const expectedErrors: Record<string, number> = {}

      for (const kind of OUTCOME_KINDS) {
        const { toolName, status, errorType } = kind.expected
        const calls = `mcp_tool_calls_total{status="${status}",tool_name="${toolName}"}`
        expectedCalls[calls] = (expectedCalls[calls] ?? 0) + CALLS
        if (errorType !== undefined)
          expectedErrors[`mcp_tool_errors_total{error_type="${errorType}",tool_name="${toolName}"}`] = CALLS
        for (let sent = BATCH; sent <= CALLS; sent += BATCH) {
          const mayStop: Promise<unknown> =
            kind.client === 'abandon'
              ? waitFor(async () => ((await scrape()).get(calls) ?? 0) >= sent)
              : kind.client === 'cancel'
                ? waitFor(async () => (await scrape()).get(`mcp_active_requests{tool_name="${toolName}"}`) === BATCH)
                : Promise.resolve()
          await Promise.all(Array.from({ length: BATCH }, () => callOnce(client, kind, mayStop)))
        }
      }

      const nonZero = async (name: string) =>
        Object.fromEntries(
          [...(await scrape())].filter(([sample, value]) => sample.startsWith(`${name}{`) && value !== 0),
        )
      await waitFor(async () => Object.keys(await nonZero('mcp_active_requests')).length === 0)
      expect(await nonZero('mcp_tool_calls_total')).toEqual(expectedCalls)
      expect(await nonZero('mcp_tool_errors_total')).toEqual(expectedErrors)
      const durations = Object.entries(await nonZero('mcp_tool_duration_seconds_count'))
      expect(durations.reduce((sum, [, count]) => sum + count, 0)).toBe(CALLS * OUTCOME_KINDS.length)
    },
    // Takes about 30 seconds on two idle cores, mostly over HTTP. The duration is not under test.
    300_000,
  )
})
