// Tests servers that Node starts with `--import mcp-vitals/register`: they are measured without a change, and nothing else is.
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { freePorts } from '../support/programs/free-ports.ts'
import { runNode } from '../support/programs/run-cli.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { scrapeSeries } from '../support/prometheus/scrape-series.ts'

const REGISTER = fileURLToPath(new URL('../../src/attach/register.ts', import.meta.url))
const SERVERS = fileURLToPath(new URL('../support/servers/preload/', import.meta.url))

async function start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const [port = 0] = await freePorts(1)
  const cli = runNode(['--import', REGISTER, ...args], { OTEL_EXPORTER_PROMETHEUS_PORT: String(port), ...env })
  const { child, stdout } = cli
  let id = 0
  const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  return {
    ...cli,
    port,
    metricsUrl: `http://127.0.0.1:${port}/metrics`,
    notify: (method: string) => send({ method }),
    async request(method: string, params: object = {}): Promise<Record<string, unknown>> {
      id += 1
      const own = id
      send({ id: own, method, params })
      const line = await waitFor(
        () =>
          stdout()
            .split('\n')
            .find((each) => each !== '' && JSON.parse(each).id === own),
        20_000,
        `the answer to ${method}`,
      )
      return JSON.parse(line)
    },
  }
}

type Running = Awaited<ReturnType<typeof start>>

/** Calls both tools and one that does not exist, at once after the start. */
async function callAll(server: Running): Promise<void> {
  const clientInfo = { name: 'claude-code', version: '1' }
  await server.request('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo })
  server.notify('notifications/initialized')
  for (const name of ['ok', 'fails', 'made_up']) await server.request('tools/call', { name, arguments: {} })
}

async function recorded(metricsUrl: string, name: string): Promise<Record<string, number>> {
  const series = await waitFor(
    async () => {
      const found = await scrapeSeries(metricsUrl).catch(() => undefined)
      return found?.get('mcp_client_requests_total{client_name="claude-code",protocol_version="2025-06-18"}') === 4
        ? found
        : undefined
    },
    20_000,
    'four requests on /metrics',
  )
  return Object.fromEntries([...series].filter(([sample, value]) => sample.startsWith(`${name}{`) && value !== 0))
}

describe.concurrent('node --import mcp-vitals/register', () => {
  it.each(['v1-esm.mjs', 'v1-commonjs.cjs', 'v2-esm.mjs'])(
    'counts each request of %s once, the first ones too, and leaves its end as it was',
    async (file) => {
      const server = await start([`${SERVERS}${file}`])
      await callAll(server)

      expect(await recorded(server.metricsUrl, 'mcp_tool_calls_total')).toEqual({
        'mcp_tool_calls_total{status="success",tool_name="ok"}': 1,
        'mcp_tool_calls_total{status="error",tool_name="fails"}': 1,
        'mcp_tool_calls_total{status="error",tool_name="_OTHER"}': 1,
      })
      expect(await recorded(server.metricsUrl, 'mcp_tool_errors_total')).toEqual({
        'mcp_tool_errors_total{error_type="RangeError",tool_name="fails"}': 1,
        'mcp_tool_errors_total{error_type="unknown_tool",tool_name="_OTHER"}': 1,
      })
      expect(await recorded(server.metricsUrl, 'mcp_active_requests')).toEqual({})
      expect(Object.keys(await recorded(server.metricsUrl, 'target_info'))[0]).toContain('mcp_vitals_attach="preload"')
      server.child.stdin.end()
      expect(await server.exited).toBe(0)
      expect(server.stderr()).toBe('')
    },
  )

  it('counts calls once when the program instruments the server itself', async () => {
    const server = await start([`${SERVERS}low-level.mjs`])
    await callAll(server)

    expect(await recorded(server.metricsUrl, 'mcp_tool_calls_total')).toEqual({
      'mcp_tool_calls_total{status="success",tool_name="ok"}': 1,
      'mcp_tool_calls_total{status="error",tool_name="fails"}': 1,
      'mcp_tool_calls_total{status="success",tool_name="_OTHER"}': 1,
    })
    server.child.stdin.end()
    expect(await server.exited).toBe(0)
  })

  it('opens no port and prints nothing in a program that makes no server', async () => {
    const program = await start(['-e', 'setTimeout(() => {}, 1000)'])
    await new Promise((resolve) => setTimeout(resolve, 500))

    const refused = new Promise((resolve) => {
      connect(program.port, '127.0.0.1').once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
    })
    expect(await refused).toBe('ECONNREFUSED')
    expect(await program.exited).toBe(0)
    expect(program.stderr()).toBe('')
  })

  it('reports a wrong variable in one line, and the server works', async () => {
    const server = await start([`${SERVERS}v1-esm.mjs`], { OTEL_METRICS_EXPORTER: 'carrier-pigeon' })
    await callAll(server)
    server.child.stdin.end()

    expect(await server.exited).toBe(0)
    expect(server.stderr().trim().split('\n')).toEqual([
      expect.stringMatching(/^mcp-vitals: telemetry does not start: .*carrier-pigeon/),
    ])
  })
})
