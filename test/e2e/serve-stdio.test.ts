// Tests the server over stdio: it writes only JSON-RPC to stdout, and exits when its client disconnects.
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { describe, expect, it, onTestFinished } from 'vitest'
import { INITIALIZE, toolCall } from '../support/clients/raw-http.ts'
import { busyPort } from '../support/programs/busy-port.ts'
import type { RunningCli } from '../support/programs/run-cli.ts'
import { CLI, runCli } from '../support/programs/run-cli.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { scrapeSeries } from '../support/prometheus/scrape-series.ts'

const STDIO = ['serve', '--transport', 'stdio', '--demo-tools']
const INITIALIZED = '{"jsonrpc":"2.0","method":"notifications/initialized"}'

/** Returns the messages on stdout, which must be JSON-RPC to the last byte. */
function messages(cli: RunningCli): Record<string, unknown>[] {
  const lines = cli.stdout().split('\n')
  expect(lines.pop()).toBe('')
  return lines.map((line) => {
    const message = JSON.parse(line)
    expect(message.jsonrpc).toBe('2.0')
    return message
  })
}

const answered = (cli: RunningCli, id: unknown) => cli.stdout().includes(`"id":${JSON.stringify(id)}`)

function say(cli: RunningCli, ...lines: string[]): void {
  cli.child.stdin.write(lines.map((line) => `${line}\n`).join(''))
}

async function metricsOf(cli: RunningCli): Promise<string> {
  return waitFor(() => /metrics +(\S+)\n/.exec(cli.stderr())?.[1])
}

describe('mcp-vitals-server over stdio', () => {
  it('serves a stock client, and exits when the client closes', async () => {
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [CLI, ...STDIO],
      env: { OTEL_EXPORTER_PROMETHEUS_PORT: '0' },
      stderr: 'ignore',
    })
    const client = new Client({ name: 'test', version: '1' })
    await client.connect(transport)
    onTestFinished(() => client.close())

    const { structuredContent } = await client.callTool({
      name: 'hello_world',
      arguments: { name: 'Ada', language: 'ja' },
    })

    expect(structuredContent).toMatchObject({ message: 'こんにちは, Ada!' })
    const { pid } = transport
    await client.close()
    await waitFor(() => {
      try {
        return pid !== null && !process.kill(pid, 0)
      } catch {
        return true
      }
    })
  })

  it.concurrent.each([
    { OTEL_LOG_LEVEL: 'all' },
    // The collector is unreachable, and the errors about it must not reach stdout either.
    {
      OTEL_LOG_LEVEL: 'verbose',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      MCP_VITALS_LOG_LEVEL: 'trace',
    },
    { OTEL_SDK_DISABLED: 'true', OTEL_LOG_LEVEL: 'nonsense' },
  ])('writes only JSON-RPC to stdout with %o, even when other code prints to it', async (env) => {
    const chatter = `const t = setInterval(() => { console.log('noise'); console.info('noise'); process.stdout.write('noise') }, 5); t.unref(); process.emitWarning('noise')`
    // Imported before the program, so it can keep a reference to the original console.
    const cli = runCli(STDIO, {
      ...env,
      NODE_OPTIONS: `--import="data:text/javascript,const log = console.log;process.once('SIGUSR2', () => { ${encodeURIComponent(chatter)} })"`,
    })
    say(cli, INITIALIZE, INITIALIZED)
    await waitFor(() => answered(cli, 'init'))
    cli.child.kill('SIGUSR2')
    await waitFor(() => cli.stderr().includes('noise'))
    say(
      cli,
      toolCall(1, 'hello_world', { name: 'Ada' }),
      toolCall(2, 'demo_fail', { kind: 'bug' }),
      toolCall(3, 'nope'),
    )
    await waitFor(() => [1, 2, 3].every((id) => answered(cli, id)))

    cli.child.stdin.end()

    expect(await cli.exited).toBe(0)
    expect(messages(cli).map(({ id }) => id)).toEqual(expect.arrayContaining(['init', 1, 2, 3]))
  })

  describe.concurrent('when a pipe closes or a signal arrives', () => {
    it('answers all calls after stdin ends, also a last line without a newline, and exits 0', async () => {
      const cli = runCli(STDIO)
      say(
        cli,
        INITIALIZE,
        INITIALIZED,
        toolCall(1, 'demo_slow', { seconds: 0.5 }),
        toolCall(2, 'demo_slow', { seconds: 60 }),
      )
      // The last message has no newline, as when printf sends it.
      cli.child.stdin.end(toolCall(3, 'hello_world', { name: 'Ada' }))

      expect(await cli.exited).toBe(0)
      const byId = new Map(messages(cli).map((message) => [message['id'], message]))
      expect(byId.get(1)).toMatchObject({ result: { structuredContent: { seconds: 0.5 } } })
      expect(byId.get(2)).toMatchObject({ error: { message: 'The server is stopping.' } })
      expect(byId.get(3)).toMatchObject({ result: { structuredContent: { message: 'Hello, Ada!' } } })
    })

    it('exits 0 within 3 s, without a stack trace, after the client closes stdout', async () => {
      const cli = runCli(STDIO)
      say(cli, INITIALIZE, INITIALIZED)
      await waitFor(() => answered(cli, 'init'))
      const startedAt = performance.now()

      cli.child.stdout.destroy()
      say(cli, toolCall(1, 'hello_world', { name: 'Ada' }))

      expect(await cli.exited).toBe(0)
      expect(performance.now() - startedAt).toBeLessThan(3_000)
      expect(cli.stderr()).not.toMatch(/EPIPE|\bat /)
    })

    it('serves calls and exits 0 after the client closes stderr', async () => {
      const cli = runCli(STDIO)
      cli.child.stderr.destroy()
      say(
        cli,
        INITIALIZE,
        INITIALIZED,
        toolCall(1, 'demo_fail', { kind: 'bug' }),
        toolCall(2, 'demo_fail', { kind: 'bug' }),
      )
      await waitFor(() => answered(cli, 2))

      cli.child.stdin.end()

      expect(await cli.exited).toBe(0)
      expect(messages(cli)).toHaveLength(3)
    })

    it('exits 0 on SIGTERM', async () => {
      const cli = runCli(STDIO)
      say(cli, INITIALIZE)
      await waitFor(() => answered(cli, 'init'))

      cli.child.kill('SIGTERM')

      expect(await cli.exited).toBe(0)
    })
  })

  describe.concurrent('with irregular input', () => {
    it('answers invalid and oversized lines with a JSON-RPC error, and serves the next call', async () => {
      const cli = runCli(STDIO)
      say(cli, INITIALIZE, INITIALIZED, '{"jsonrpc":', 'hello', '{"jsonrpc":"2.0"}', '[1]')
      cli.child.stdin.write(
        `{"jsonrpc":"2.0","id":"long","method":"ping","params":{"x":"${'x'.repeat(11 * 1024 * 1024)}"}}\n`,
      )
      say(cli, toolCall(1, 'hello_world', { name: 'Ada' }))
      await waitFor(() => answered(cli, 1))
      cli.child.stdin.end()

      expect(await cli.exited).toBe(0)
      const errors = messages(cli).filter(({ id }) => id === null)
      expect(errors.map(({ error }) => (error as { code: number }).code)).toEqual([
        -32700, -32700, -32600, -32600, -32700,
      ])
      expect(messages(cli).some(({ id }) => id === 'long')).toBe(false)
    })

    it('decodes a character that the pipe splits in two', async () => {
      const cli = runCli(STDIO)
      say(cli, INITIALIZE, INITIALIZED)
      await waitFor(() => answered(cli, 'init'))
      const bytes = Buffer.from(`${toolCall(1, 'hello_world', { name: 'さくら' })}\n`)
      const cut = bytes.indexOf(Buffer.from('く')) + 1
      cli.child.stdin.write(bytes.subarray(0, cut))
      await new Promise((resolve) => setImmediate(resolve))
      cli.child.stdin.write(bytes.subarray(cut))
      await waitFor(() => answered(cli, 1))
      cli.child.stdin.end()

      await cli.exited
      expect(messages(cli).at(-1)).toMatchObject({ result: { structuredContent: { message: 'Hello, さくら!' } } })
    })
  })

  describe.concurrent('with metrics', () => {
    it('counts the client as one open connection, and its calls', async () => {
      const cli = runCli(STDIO)
      say(cli, INITIALIZE, INITIALIZED, toolCall(1, 'hello_world', { name: 'Ada' }))
      await waitFor(() => answered(cli, 1))

      const series = await scrapeSeries(await metricsOf(cli))

      expect(series.get('mcp_open_connections{transport="stdio"}')).toBe(1)
      expect(series.get('mcp_tool_calls_total{status="success",tool_name="hello_world"}')).toBe(1)
    })

    it('logs one line and keeps serving when the metrics port is in use', async () => {
      const port = await busyPort()
      const cli = runCli(STDIO, { OTEL_EXPORTER_PROMETHEUS_PORT: String(port) })
      say(cli, INITIALIZE, INITIALIZED, toolCall(1, 'hello_world', { name: 'Ada' }))
      await waitFor(() => answered(cli, 1))
      cli.child.stdin.end()

      expect(await cli.exited).toBe(0)
      const complaints = cli
        .stderr()
        .split('\n')
        .filter((line) => line.includes(String(port)))
      expect(complaints).toHaveLength(1)
    })
  })

  it('stops reading when the client does, grows by less than 64 MiB, and answers the rest later', async () => {
    const cli = runCli(STDIO)
    say(cli, INITIALIZE, INITIALIZED)
    await waitFor(() => answered(cli, 'init'))
    const metricsUrl = await metricsOf(cli)
    const memory = async () => (await scrapeSeries(metricsUrl)).get('process_memory_usage_bytes') ?? Number.NaN
    const before = await memory()
    cli.child.stdout.pause()
    const name = 'x'.repeat(100)
    const sent = Array.from({ length: 20_000 }, (_, id) => toolCall(id + 1, 'hello_world', { name })).join('\n')
    const accepted = new Promise<void>((resolve) => cli.child.stdin.write(`${sent}\n`, () => resolve()))
    const first = await Promise.race([accepted.then(() => 'accepted'), settledCalls(metricsUrl)])

    expect(first).toBe('held back')
    expect((await memory()) - before).toBeLessThan(64 * 1024 * 1024)
    cli.child.stdout.resume()
    await accepted
    await waitFor(() => answered(cli, 20_000), 15_000)
  })
})

/** Resolves when calls have started and their number no longer grows. */
async function settledCalls(metricsUrl: string): Promise<string> {
  const calls = async () =>
    (await scrapeSeries(metricsUrl)).get('mcp_tool_calls_total{status="success",tool_name="hello_world"}') ?? 0
  let last = -1
  let same = 0
  await waitFor(async () => {
    const now = await calls()
    same = now === last && now > 0 ? same + 1 : 0
    last = now
    return same >= 20
  })
  return 'held back'
}
