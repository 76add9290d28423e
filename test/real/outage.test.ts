// Tests outages between server and Prometheus: the server must not slow down, and totals must stay exact.
import { setTimeout as wait } from 'node:timers/promises'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { describe, expect, it, onTestFinished } from 'vitest'
import { connectClient } from '../support/clients/mcp-client.ts'
import type { SteadyCalls } from '../support/clients/steady-calls.ts'
import { p99, startSteadyCalls } from '../support/clients/steady-calls.ts'
import { deliverTo } from '../support/collector/collector-parts.ts'
import type { RunningServer } from '../support/programs/run-cli.ts'
import { runServer } from '../support/programs/run-cli.ts'
import { useRealParts } from '../support/programs/use-real-parts.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import type { RunningPrometheus } from '../support/prometheus/prometheus-parts.ts'
import { scrapeSeries } from '../support/prometheus/scrape-series.ts'

const parts = useRealParts()

const INTERVAL_MS = 250
/** Sixty intervals. */
const OUTAGE_MS = 60 * INTERVAL_MS
/** Extra time for the first export on a busy machine, in addition to one interval. */
const SLACK_MS = 1_000
const CALLS = 'sum(mcp_tool_calls_total{tool_name="hello_world",status="success"})'
const SAMPLES = 'mcp_tool_calls_total{tool_name="hello_world",status="success"}'

/** Starts a server that pushes through a gateway to Prometheus, and a client that keeps calling it. */
async function start(gatewayEnv: Readonly<Record<string, string>> = {}) {
  const prometheus = await parts.prometheus()
  const gateway = await parts.gateway({ ...deliverTo(prometheus), ...gatewayEnv })
  const server = await runServer([], {
    // A scrape shows the state of the server while no push arrives.
    OTEL_METRICS_EXPORTER: 'prometheus,otlp',
    OTEL_EXPORTER_OTLP_ENDPOINT: gateway.endpoint,
    OTEL_METRIC_EXPORT_INTERVAL: String(INTERVAL_MS),
    NODE_OPTIONS: `--import=${COLLECTS}`,
  })
  const { client } = await connectClient(server.url)
  const calls = startSteadyCalls(client, 'hello_world', { name: 'Ada' })
  onTestFinished(async () => {
    await calls.stop().catch(() => {})
    server.child.kill('SIGKILL')
    await Promise.all([gateway.stop(), prometheus.stop()])
  })
  await waitFor(async () => ((await prometheus.value(CALLS)) ?? 0) > 0, 20_000, 'the first delivery')
  return { prometheus, gateway, server, client, calls }
}

async function expectExactTotals(prometheus: RunningPrometheus, calls: SteadyCalls): Promise<void> {
  await calls.stop()
  await waitFor(async () => (await prometheus.value(CALLS)) === calls.answered, 20_000, 'exact totals').catch(() => {})
  expect(await prometheus.value(CALLS)).toBe(calls.answered)
  expect(calls.answered).toBeGreaterThan(100)
}

/** Unix milliseconds of the samples that Prometheus has, in order. */
async function sampleTimes(prometheus: RunningPrometheus): Promise<number[]> {
  const query = encodeURIComponent(`${SAMPLES}[10m]`)
  const { result } = (await prometheus.get(`/api/v1/query?query=${query}`)) as {
    result: { values: [number, string][] }[]
  }
  return result.flatMap(({ values }) => values.map(([seconds]) => seconds * 1000)).sort((a, b) => a - b)
}

async function expectExportSoonAfter(prometheus: RunningPrometheus, recovered: number): Promise<void> {
  const first = await waitFor(async () =>
    (await sampleTimes(prometheus)).find((time) => time >= recovered - INTERVAL_MS),
  )
  expect(first - recovered).toBeLessThanOrEqual(INTERVAL_MS + SLACK_MS)
}

const COLLECTS = new URL('../support/programs/collect-on-signal.ts', import.meta.url).href

/** Returns the heap bytes in use after garbage collection: the lowest of five readings, since calls continue. */
async function heldBytes({ child, metricsUrl }: RunningServer): Promise<number> {
  const looks: number[] = []
  for (let look = 0; look < 5; look += 1) {
    child.kill('SIGUSR2')
    await wait(INTERVAL_MS)
    const spaces = [...(await scrapeSeries(metricsUrl))].filter(([name]) =>
      name.startsWith('v8js_memory_heap_used_bytes'),
    )
    looks.push(spaces.reduce((sum, [, bytes]) => sum + bytes, 0))
  }
  return Math.min(...looks)
}

const MEBIBYTE = 2 ** 20

/** Expects the samples from the outage to be as dense as the pushes. */
async function expectNoGap(prometheus: RunningPrometheus, from: number, to: number): Promise<void> {
  const within = async () => (await sampleTimes(prometheus)).filter((time) => time > from && time < to)
  const wanted = ((to - from) / INTERVAL_MS) * 0.9
  await waitFor(async () => (await within()).length >= wanted, 20_000, 'the samples of the outage').catch(() => {})
  expect((await within()).length).toBeGreaterThanOrEqual(wanted)
}

describe('the OTLP push', () => {
  it('keeps memory flat and delivers exact totals at once after its Collector was down for 60 intervals', async () => {
    parts.watch()
    const { prometheus, gateway, server, calls } = await start()
    const before = await heldBytes(server)
    await gateway.crash()
    await wait(OUTAGE_MS)
    const during = await heldBytes(server)
    await gateway.restart()
    await expectExportSoonAfter(prometheus, Date.now())
    await expectExactTotals(prometheus, calls)
    console.info('held, in MiB:', JSON.stringify({ before: before / MEBIBYTE, during: during / MEBIBYTE }))
    expect((during - before) / MEBIBYTE).toBeLessThan(10)
    const told = server
      .stderr()
      .split('\n')
      .filter((line) => line.includes('OTLP export of metrics'))
    expect(told.map((line) => /fails|works again/.exec(line)?.[0])).toEqual(['fails', 'works again'])
  })

  it('delivers exact totals at once after its Collector was paused', async () => {
    parts.watch()
    const { prometheus, gateway, calls } = await start()
    gateway.signal('SIGSTOP')
    await wait(OUTAGE_MS / 2)
    gateway.signal('SIGCONT')
    await expectExportSoonAfter(prometheus, Date.now())
    await expectExactTotals(prometheus, calls)
  })

  it('delivers exact totals without a gap after Prometheus was down behind a running Collector', async () => {
    parts.watch()
    const { prometheus, calls } = await start()
    await prometheus.crash()
    const down = Date.now()
    await wait(OUTAGE_MS)
    const up = Date.now()
    await prometheus.restart()
    await expectExactTotals(prometheus, calls)
    await expectNoGap(prometheus, down, up)
  })

  it('delivers exact totals and the queue on disk after Prometheus and a Collector with a full queue die', async () => {
    parts.watch()
    const { prometheus, gateway, calls } = await start({ GATEWAY_QUEUE_SIZE: '20' })
    await prometheus.crash()
    const down = Date.now()
    const queue = async (what: string) => {
      const series = await scrapeSeries(`http://${gateway.telemetry}/metrics`)
      return [...series].find(([name]) => name.startsWith(what) && name.includes('otlp_http/prometheus'))?.[1] ?? 0
    }
    await waitFor(
      async () => (await queue('otelcol_exporter_enqueue_failed_metric_points')) > 0,
      60_000,
      'a full queue',
    )
    const full = Date.now()
    await gateway.crash()
    await prometheus.restart()
    await gateway.restart()
    await expectExactTotals(prometheus, calls)
    const kept = (await sampleTimes(prometheus)).filter((time) => time > down && time < full)
    expect(kept.length).toBeGreaterThanOrEqual(10)
  })
})

describe('tool calls', () => {
  it('keep the p99 of a healthy setup while the Collector is paused and while it is down', async () => {
    parts.watch()
    const well = await start()
    const ill = await start()
    await Promise.all([well.calls.stop(), ill.calls.stop()])
    const pair = [well, ill].map(({ client }) => client) as [Client, Client]
    ill.gateway.signal('SIGSTOP')
    await expectSameP99(pair)
    ill.gateway.signal('SIGCONT')
    await ill.gateway.crash()
    await expectSameP99(pair)
  })
})

/**
 * Alternates calls between both servers, so that other load affects both, and compares them round by round: a server that is held up by its
 * Collector is slower in every round, a burst of other load is not.
 */
async function expectSameP99([well, ill]: readonly [Client, Client]): Promise<void> {
  const rounds: { healthy: number; faulty: number }[] = []
  const within = ({ healthy, faulty }: { healthy: number; faulty: number }) =>
    faulty <= Math.max(healthy * 1.1, healthy + 1)
  while (rounds.length < ROUNDS && !rounds.some(within)) {
    const healthy: number[] = []
    const faulty: number[] = []
    for (let call = 0; call < CALLS_A_ROUND; call += 1) {
      healthy.push(await timedCall(well))
      faulty.push(await timedCall(ill))
    }
    rounds.push({ healthy: p99(healthy), faulty: p99(faulty) })
  }
  console.info('p99 in ms:', JSON.stringify(rounds))
  expect(rounds.some(within), JSON.stringify(rounds)).toBe(true)
}

const ROUNDS = 6
const CALLS_A_ROUND = 1_000

async function timedCall(client: Client): Promise<number> {
  const started = performance.now()
  await client.callTool({ name: 'hello_world', arguments: { name: 'Ada' } })
  return performance.now() - started
}
