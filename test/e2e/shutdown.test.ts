// How the program ends: on time, with every call answered, and with the exit code that says how it went.
import { describe, expect, test } from 'vitest'
import { messagesIn, rawHttp, rawSession, toolCall } from '../support/clients/raw-http.ts'
import { busyPort } from '../support/programs/busy-port.ts'
import { runCli, runServer } from '../support/programs/run-cli.ts'
import { untilReady } from '../support/programs/until-ready.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { scrapeSeries } from '../support/prometheus/scrape-series.ts'

const callsUnderWay = async (metricsUrl: string) =>
  (await scrapeSeries(metricsUrl)).get('mcp_active_requests{tool_name="demo_slow"}')

describe.concurrent('asked to stop', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'by %s, calls under way are answered and the exit code is 0',
    async (signal) => {
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
    },
  )

  test('with nothing under way it ends at once, however many clients listen', async () => {
    const server = await runServer()
    const headers = await rawSession(server.url)
    const stream = await fetch(server.url, { headers: { ...headers, accept: 'text/event-stream' } })
    const startedAt = performance.now()

    server.child.kill('SIGTERM')

    expect(await stream.text()).toBe('')
    expect(await server.exited).toBe(0)
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })

  test('while it stops it takes no new call and says so, and is not ready', async () => {
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

  test('twice, it does not wait', async () => {
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

describe.concurrent('a failure', () => {
  test('a taken MCP port is one line that names the port, and exit code 1', async () => {
    const port = await busyPort()
    const cli = runCli(['serve', '--port', String(port)])

    expect(await cli.exited).toBe(1)
    expect(cli.stderr().trim().split('\n')).toHaveLength(1)
    expect(cli.stderr()).toContain(`127.0.0.1:${port}`)
    expect(cli.stderr()).toContain('--port')
    expect(cli.stdout()).toBe('')
  })

  test('a taken metrics port is one line that names the port and its variable, and exit code 1', async () => {
    const port = await busyPort()
    const cli = runCli(['serve', '--port', '0'], { OTEL_EXPORTER_PROMETHEUS_PORT: String(port) })

    expect(await cli.exited).toBe(1)
    expect(cli.stderr().trim().split('\n')).toHaveLength(1)
    expect(cli.stderr()).toContain(`127.0.0.1:${port}`)
    expect(cli.stderr()).toContain('OTEL_EXPORTER_PROMETHEUS_PORT')
  })

  test('an address that is not ours is one line, and exit code 1', async () => {
    const cli = runCli(['serve', '--port', '0', '--host', '203.0.113.7', '--behind-auth-proxy'])

    expect(await cli.exited).toBe(1)
    expect(cli.stderr().trim().split('\n')).toHaveLength(1)
    expect(cli.stderr()).toContain('EADDRNOTAVAIL')
  })

  test.each([
    ['an error that nobody caught', 'throw new Error("can" + "ary")'],
    ['a promise that nobody awaited', 'Promise.reject(new Error("can" + "ary"))'],
  ])('%s is logged without its message, calls are answered, and the exit code is 1', async (_, code) => {
    const bug = `data:text/javascript,process.on('SIGUSR2', () => { ${encodeURIComponent(code)} })`
    const server = await runServer(['--demo-tools'], { NODE_OPTIONS: `--import="${bug}"` })
    const headers = await rawSession(server.url)
    const call = rawHttp(server.url, { method: 'POST', headers, body: toolCall(1, 'demo_slow', { seconds: 0.5 }) })
    await waitFor(async () => (await callsUnderWay(server.metricsUrl)) === 1)

    server.child.kill('SIGUSR2')

    expect(messagesIn((await call).text)).toMatchObject([{ id: 1, result: {} }])
    expect(await server.exited).toBe(1)
    expect(server.stderr()).toContain('an error that nobody expected')
    expect(server.stderr()).not.toContain('canary')
  })
})

describe.concurrent('wrong options', () => {
  test('are one message with every fault, and exit code 2', async () => {
    const cli = runCli(['serve', '--port', 'x', '--nope', '--host', '0.0.0.0'], {
      OTEL_METRICS_EXPORTER: 'promtheus',
      OTEL_EXPORTER_PROMETHEUS_PORT: '70000',
    })

    expect(await cli.exited).toBe(2)
    const faults = ['--port', '--nope', '--token-file', 'OTEL_METRICS_EXPORTER', 'OTEL_EXPORTER_PROMETHEUS_PORT']
    for (const fault of faults) expect(cli.stderr()).toContain(fault)
    expect(cli.stdout()).toBe('')
  })

  test('wrong variables of the telemetry too, over HTTP and stdio', async () => {
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

describe.concurrent('what is asked of the program', () => {
  test('--help and --version are on stdout, with exit code 0', async () => {
    const asked = [['--help'], ['serve', '--help'], ['traffic', '--help'], ['--version']].map((args) => runCli(args))

    expect(await Promise.all(asked.map(({ exited }) => exited))).toEqual([0, 0, 0, 0])
    const [program = '', serve = '', traffic = '', version = ''] = asked.map(({ stdout }) => stdout())
    expect(program).toContain('traffic')
    expect(serve).toContain('MCP_VITALS_TRANSPORT, default http')
    expect(traffic).toContain('--duration <seconds>')
    expect(version).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  test('it says where to look next, and what it says is true', async () => {
    const server = await runServer()
    await waitFor(() => server.stderr().includes('curl -s'))
    const said = server.stderr()

    expect(said).toContain(`claude mcp add --transport http mcp-hello-server ${server.url}`)
    const metricsUrl = /curl -s (\S+) /.exec(said)?.[1] ?? ''
    expect(await (await fetch(metricsUrl)).text()).toContain('mcp_server_info{')
    expect(await (await fetch(/health +(\S+) /.exec(said)?.[1] ?? '')).json()).toEqual({ status: 'healthy' })
    expect(server.stdout()).toBe('')
  })

  test('with the metrics pushed the probes are there, and /metrics says why it is not', async () => {
    const server = await runServer([], { OTEL_METRICS_EXPORTER: 'none' })

    await untilReady(server)
    const metrics = await fetch(server.metricsUrl)
    expect(metrics.status).toBe(404)
    expect(await metrics.text()).toContain('OTEL_METRICS_EXPORTER')
  })
})

describe('asked to stop, alone', () => {
  test('with a sink that never answers it still ends within 5 s', async () => {
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
