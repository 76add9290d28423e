// Tests OTEL_METRICS_EXPORTER on the published package: the same calls produce the same series on every route.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectClient } from '../support/clients/mcp-client.ts'
import type { RunningGateway } from '../support/collector/collector-parts.ts'
import { deliverTo } from '../support/collector/collector-parts.ts'
import { freePorts } from '../support/programs/free-ports.ts'
import type { ScratchProject } from '../support/programs/packed-package.ts'
import { createProject, packPackages, tarballsOf } from '../support/programs/packed-package.ts'
import { useRealParts } from '../support/programs/use-real-parts.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import type { RunningPrometheus } from '../support/prometheus/prometheus-parts.ts'

const parts = useRealParts()

let packed: Awaited<ReturnType<typeof packPackages>>
let project: ScratchProject
let pushed: RunningPrometheus
let scraped: RunningPrometheus
let gateway: RunningGateway
let metricsPort = 0
let port = 0

beforeAll(async () => {
  packed = await packPackages()
  project = await createProject(tarballsOf(packed.packages, 'mcp-vitals-server'))
  ;[metricsPort = 0, port = 0] = await freePorts(2)
  pushed = await parts.prometheus({ name: 'pushed' })
  gateway = await parts.gateway(deliverTo(pushed))
  scraped = await parts.prometheus({ name: 'scraped', targets: [{ address: `127.0.0.1:${metricsPort}` }] })
}, 300_000)
afterAll(() => {
  project?.remove()
  packed?.remove()
})

/** Starts the program with only the variable changed, makes the calls, and stops the program. */
async function runWith(exporter: string, look: (ran: { stderr: () => string }) => Promise<void>): Promise<void> {
  const { PATH = '' } = process.env
  const program = join(project.folder, 'node_modules', '.bin', 'mcp-vitals-server')
  const child = spawn(program, ['serve', '--port', String(port)], {
    env: {
      PATH,
      OTEL_METRICS_EXPORTER: exporter,
      OTEL_EXPORTER_OTLP_ENDPOINT: gateway.endpoint,
      OTEL_EXPORTER_PROMETHEUS_PORT: String(metricsPort),
      OTEL_METRIC_EXPORT_INTERVAL: '500',
      OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${exporter.replace(',', '-')}`,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  try {
    await waitFor(() => /serves MCP at/.test(stderr), 20_000, 'the program being there').catch((error) => {
      throw new Error(stderr, { cause: error })
    })
    const { client } = await connectClient(`http://127.0.0.1:${port}/mcp`)
    for (const name of ['Ada', 'Grace', 'Edsger']) await client.callTool({ name: 'hello_world', arguments: { name } })
    await client.callTool({ name: 'made_up', arguments: {} })
    await client.close()
    await look({ stderr: () => stderr })
  } finally {
    child.kill('SIGTERM')
  }
  expect(await ended).toBe(0)
}

const CALLS = 'mcp_tool_calls_total{tool_name="hello_world",status="success"}'

/** Returns the series of a run without the labels that differ between routes. */
async function seriesOf(prometheus: RunningPrometheus, selector: string): Promise<string[]> {
  const found = await prometheus.query(`{__name__=~"mcp_.+",__name__!~"mcp_telemetry_.+|.*:.*",${selector}}`)
  return found
    .map(({ labels: { job: _, instance: __, ...labels } }) => labels)
    .map(({ le, ...labels }) => JSON.stringify([...Object.entries(labels), ...(le ? [['le', Number(le)]] : [])].sort()))
    .sort()
}

const reached: Record<string, string[]> = {}

describe('OTEL_METRICS_EXPORTER', () => {
  it('exposes metrics and pushes none when set to prometheus', async () => {
    parts.watch()
    await runWith('prometheus', async () => {
      await waitFor(async () => (await scraped.value(CALLS)) === 3, 15_000, 'the scrape')
      reached['scraped'] = await seriesOf(scraped, 'job="mcp-hello-server-metrics"')
      expect(await pushed.query('{instance="prometheus",__name__=~"mcp_.+"}')).toEqual([])
    })
  })

  it('pushes metrics and returns a 404 for /metrics that names the variable when set to otlp', async () => {
    parts.watch()
    await runWith('otlp', async () => {
      await waitFor(
        async () => (await pushed.value(`${CALLS.replace('}', ',instance="otlp"}')}`)) === 3,
        15_000,
        'the push',
      )
      reached['pushed'] = await seriesOf(pushed, 'instance="otlp"')
      const answer = await fetch(`http://127.0.0.1:${metricsPort}/metrics`)
      expect({ status: answer.status, text: await answer.text() }).toMatchObject({
        status: 404,
        text: expect.stringContaining('OTEL_METRICS_EXPORTER'),
      })
      await waitFor(
        async () => (await scraped.value('up{job="mcp-hello-server-metrics"}')) === 0,
        15_000,
        'a scrape refused',
      )
    })
  })

  it('exposes and pushes metrics at the same time when set to prometheus,otlp', async () => {
    parts.watch()
    await runWith('prometheus,otlp', async () => {
      await waitFor(async () => (await scraped.value(CALLS)) === 3, 15_000, 'the scrape')
      await waitFor(
        async () => (await pushed.value(`${CALLS.replace('}', ',instance="prometheus-otlp"}')}`)) === 3,
        15_000,
        'the push',
      )
      reached['both scraped'] = await seriesOf(scraped, 'job="mcp-hello-server-metrics"')
      reached['both pushed'] = await seriesOf(pushed, 'instance="prometheus-otlp"')
    })
  })

  it('produces the same series with every value and on every route', () => {
    parts.watch()
    const [first = [], ...others] = Object.values(reached)
    expect(Object.keys(reached)).toHaveLength(4)
    expect(first.length).toBeGreaterThan(100)
    for (const other of others) expect(other).toEqual(first)
  })
})
