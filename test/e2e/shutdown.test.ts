// Tests how the program exits: on time, with every call answered, and with the right exit code.
import { describe, expect, it } from 'vitest'
import { messagesIn, rawHttp, rawSession, toolCall } from '../support/clients/raw-http.ts'
import { busyPort } from '../support/programs/busy-port.ts'
import { runCli, runServer, runVitals } from '../support/programs/run-cli.ts'
import { untilReady } from '../support/programs/until-ready.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { scrapeSeries } from '../support/prometheus/scrape-series.ts'

const callsUnderWay = async (metricsUrl: string) =>
  (await scrapeSeries(metricsUrl)).get('mcp_active_requests{tool_name="demo_slow"}')

// Times of a whole process are kept on an idle machine only, so a busy one may try again.
describe.concurrent('mcp-vitals-server on SIGTERM or SIGINT', { retry: 2 }, () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('answers running calls on %s and exits 0 within 5 s', async (signal) => {
    const server = await runServer(['--demo-tools'])
    const headers = await rawSession(server.url)
    const short = rawHttp(server.url, { method: 'POST', headers, body: toolCall(1, 'demo_slow', { seconds: 1 }) })
    const long = rawHttp(server.url, { method: 'POST', headers, body: toolCall(2, 'demo_slow', { seconds: 60 }) })
    await waitFor(async () => (await callsUnderWay(server.metricsUrl)) === 2)
    const startedAt = performance.now()

    server.child.kill(signal)

    expect(messagesIn((await short).text)).toMatchObject([{ id: 1, result: { structuredContent: { seconds: 1 } } }])
    expect(messagesIn((await long).text)).toMatchObject([{ id: 2, error: { message: 'The server is stopping.' } }])
    expect(await server.exited).toBe(0)
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })

  it('closes idle event streams and exits 0 within 2 s', async () => {
    const server = await runServer()
    const headers = await rawSession(server.url)
    const stream = await fetch(server.url, { headers: { ...headers, accept: 'text/event-stream' } })
    const startedAt = performance.now()

    server.child.kill('SIGTERM')

    expect(await stream.text()).toBe('')
    expect(await server.exited).toBe(0)
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })

  it('refuses connections, returns 503 on /ready and 200 on /health, and finishes running calls', async () => {
    const server = await runServer(['--demo-tools'])
    await untilReady(server)
    const headers = await rawSession(server.url)
    const slow = rawHttp(server.url, { method: 'POST', headers, body: toolCall(1, 'demo_slow', { seconds: 1.5 }) })
    await waitFor(async () => (await callsUnderWay(server.metricsUrl)) === 1)

    server.child.kill('SIGTERM')

    await waitFor(async () => (await fetch(server.metricsUrl.replace('metrics', 'ready'))).status === 503)
    await expect(rawHttp(server.url, {})).rejects.toThrow('ECONNREFUSED')
    expect((await fetch(server.metricsUrl.replace('metrics', 'health'))).status).toBe(200)
    expect(messagesIn((await slow).text)).toMatchObject([{ id: 1, result: {} }])
    expect(await server.exited).toBe(0)
  })

  it('exits 1 on a second signal without waiting for running calls', async () => {
    const server = await runServer(['--demo-tools'])
    const headers = await rawSession(server.url)
    rawHttp(server.url, { method: 'POST', headers, body: toolCall(1, 'demo_slow', { seconds: 60 }) }).catch(() => {})
    await waitFor(async () => (await callsUnderWay(server.metricsUrl)) === 1)

    server.child.kill('SIGINT')
    await waitFor(async () =>
      rawHttp(server.url, {}).then(
        () => false,
        () => true,
      ),
    )
    server.child.kill('SIGINT')

    expect(await server.exited).toBe(1)
  })
})

describe.concurrent('mcp-vitals-server on a failure', () => {
  it('exits 1 with one line that names --port and the MCP port in use', async () => {
    const port = await busyPort()
    const cli = runCli(['serve', '--port', String(port)])

    expect(await cli.exited).toBe(1)
    expect(cli.stderr().trim().split('\n')).toHaveLength(1)
    expect(cli.stderr()).toContain(`127.0.0.1:${port}`)
    expect(cli.stderr()).toContain('--port')
    expect(cli.stdout()).toBe('')
  })

  it('exits 1 with one line that names the metrics port in use and its variable', async () => {
    const port = await busyPort()
    const cli = runCli(['serve', '--port', '0'], { OTEL_EXPORTER_PROMETHEUS_PORT: String(port) })

    expect(await cli.exited).toBe(1)
    expect(cli.stderr().trim().split('\n')).toHaveLength(1)
    expect(cli.stderr()).toContain(`127.0.0.1:${port}`)
    expect(cli.stderr()).toContain('OTEL_EXPORTER_PROMETHEUS_PORT')
  })

  it('exits 1 with one line for a --host address that is not local', async () => {
    const cli = runCli(['serve', '--port', '0', '--host', '203.0.113.7', '--behind-auth-proxy'])

    expect(await cli.exited).toBe(1)
    expect(cli.stderr().trim().split('\n')).toHaveLength(1)
    expect(cli.stderr()).toContain('EADDRNOTAVAIL')
  })

  it.each([
    ['an uncaught exception', 'throw new Error("can" + "ary")'],
    ['an unhandled rejection', 'Promise.reject(new Error("can" + "ary"))'],
  ])('logs %s without its message, answers running calls, and exits 1', async (_, code) => {
    const bug = `data:text/javascript,process.on('SIGUSR2', () => { ${encodeURIComponent(code)} })`
    const server = await runServer(['--demo-tools'], { NODE_OPTIONS: `--import="${bug}"` })
    const headers = await rawSession(server.url)
    const call = rawHttp(server.url, { method: 'POST', headers, body: toolCall(1, 'demo_slow', { seconds: 0.5 }) })
    await waitFor(async () => (await callsUnderWay(server.metricsUrl)) === 1)

    server.child.kill('SIGUSR2')

    expect(messagesIn((await call).text)).toMatchObject([{ id: 1, result: {} }])
    expect(await server.exited).toBe(1)
    expect(server.stderr()).toContain('unexpected error: the server stops')
    expect(server.stderr()).not.toContain('canary')
  })
})

describe.concurrent('mcp-vitals-server with invalid options', () => {
  it('exits 2 and reports every invalid option and variable on stderr', async () => {
    const cli = runCli(['serve', '--port', 'x', '--nope', '--host', '0.0.0.0'], {
      OTEL_METRICS_EXPORTER: 'promtheus',
      OTEL_EXPORTER_PROMETHEUS_PORT: '70000',
    })

    expect(await cli.exited).toBe(2)
    const faults = ['--port', '--nope', '--token-file', 'OTEL_METRICS_EXPORTER', 'OTEL_EXPORTER_PROMETHEUS_PORT']
    for (const fault of faults) expect(cli.stderr()).toContain(fault)
    expect(cli.stdout()).toBe('')
  })

  it('exits 2 for an invalid OTEL_METRICS_EXPORTER over HTTP and stdio, and for console over stdio', async () => {
    const env = { OTEL_METRICS_EXPORTER: 'promtheus' }
    const http = runCli(['serve', '--port', '0'], env)
    const stdio = runCli(['serve', '--transport', 'stdio'], env)
    const console = runCli(['serve', '--transport', 'stdio'], { OTEL_METRICS_EXPORTER: 'console' })

    expect(await Promise.all([http.exited, stdio.exited, console.exited])).toEqual([2, 2, 2])
    expect(http.stderr()).toContain('promtheus')
    expect(console.stderr()).toContain('console')
    expect(stdio.stdout()).toBe('')
  })
})

describe.concurrent('mcp-vitals', () => {
  it('prints --help and --version to stdout and exits 0', async () => {
    const asked = [['--help'], ['traffic', '--help'], ['--version']].map((args) => runVitals(args))

    expect(await Promise.all(asked.map(({ exited }) => exited))).toEqual([0, 0, 0])
    const [program = '', traffic = '', version = ''] = asked.map(({ stdout }) => stdout())
    expect(program).toContain('traffic')
    expect(traffic).toContain('--duration <seconds>')
    expect(version).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  it.each([['serve'], ['exporter']])('exits 2 for %s, and names the program that has it', async (command) => {
    const asked = runVitals([command])

    expect(await asked.exited).toBe(2)
    expect(asked.stderr()).toContain(`run "mcp-vitals-server ${command}"`)
  })

  it('exits 2 without a command, and lists its commands', async () => {
    const asked = runVitals([])

    expect(await asked.exited).toBe(2)
    expect(asked.stderr()).toMatch(/a command is required \(wrap, proxy, config, check, hub, traffic\)/)
  })
})

describe.concurrent('mcp-vitals-server', () => {
  it('prints --help and --version to stdout and exits 0', async () => {
    const asked = [['--help'], ['serve', '--help'], ['--version']].map((args) => runCli(args))

    expect(await Promise.all(asked.map(({ exited }) => exited))).toEqual([0, 0, 0])
    const [program = '', serve = '', version = ''] = asked.map(({ stdout }) => stdout())
    expect(program).toContain('exporter')
    expect(serve).toContain('MCP_VITALS_TRANSPORT, default http')
    expect(version).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  it('prints the command to add it to a client, and working URLs of its metrics and health, to stderr', async () => {
    const server = await runServer()
    await waitFor(() => server.stderr().includes('curl -s'))
    const said = server.stderr()

    expect(said).toContain(`claude mcp add --transport http mcp-hello-server ${server.url}`)
    const metricsUrl = /curl -s (\S+) /.exec(said)?.[1] ?? ''
    expect(await (await fetch(metricsUrl)).text()).toContain('mcp_server_info{')
    expect(await (await fetch(/health +(\S+) /.exec(said)?.[1] ?? '')).json()).toEqual({ status: 'healthy' })
    expect(server.stdout()).toBe('')
  })

  it('serves the probes, and explains the 404 on /metrics, when OTEL_METRICS_EXPORTER is none', async () => {
    const server = await runServer([], { OTEL_METRICS_EXPORTER: 'none' })

    await untilReady(server)
    const metrics = await fetch(server.metricsUrl)
    expect(metrics.status).toBe(404)
    expect(await metrics.text()).toContain('OTEL_METRICS_EXPORTER')
  })
})

// Runs alone, because it asserts a time limit.
describe('mcp-vitals-server on SIGTERM with a silent collector', { retry: 2 }, () => {
  it('answers running calls and exits 0 within 5 s', async () => {
    const port = await busyPort()
    const server = await runServer(['--demo-tools'], {
      OTEL_METRICS_EXPORTER: 'prometheus,otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    })
    const headers = await rawSession(server.url)
    const long = rawHttp(server.url, { method: 'POST', headers, body: toolCall(2, 'demo_slow', { seconds: 60 }) })
    await waitFor(async () => (await callsUnderWay(server.metricsUrl)) === 1)
    const startedAt = performance.now()

    server.child.kill('SIGTERM')

    expect(messagesIn((await long).text)).toMatchObject([{ id: 2, error: { code: -32_000 } }])
    expect(await server.exited).toBe(0)
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })
})
