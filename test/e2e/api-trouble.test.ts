// Tests the probes, memory use and recovery of the server while the Kubernetes API fails.
import { readFileSync } from 'node:fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { SHOP } from '../../src/server/simulated/scenarios/shop.ts'
import { connectClient } from '../support/clients/mcp-client.ts'
import { startTroubledCluster } from '../support/cluster/troubled-cluster.ts'
import { temporaryFile } from '../support/files/temporary-file.ts'
import { runServer } from '../support/programs/run-cli.ts'
import { untilReady } from '../support/programs/until-ready.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { scrapeSeries } from '../support/prometheus/scrape-series.ts'

const CANARY = 'c4nary-of-a-body'

/** Starts the server as its own process and the cluster in this one, to measure the memory of the server alone. */
async function startServer() {
  const cluster = await startTroubledCluster({ scenario: SHOP, controllers: false })
  onTestFinished(() => cluster.stop())
  const file = temporaryFile(cluster.kubeConfig.exportConfig())
  const args = ['--cluster', 'kubeconfig', '--kubeconfig', file]
  const server = await runServer(args)
  onTestFinished(() => void server.child.kill('SIGTERM'))
  await untilReady(server)
  const probe = async (path: 'ready' | 'health') => {
    const response = await fetch(server.metricsUrl.replace(/metrics$/, path))
    return { status: response.status, text: await response.text() }
  }
  return { cluster, server, probe }
}

/** Returns the peak memory of a process in bytes. */
function peakMemory(pid: number): number {
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1_024
}

describe('mcp-vitals-server during Kubernetes API failures', () => {
  it('names rejected credentials on /ready but hides the API message, stays healthy, and recovers', async () => {
    const { cluster, server, probe } = await startServer()
    cluster.faults.add({ trouble: { kind: 'refuse', reason: 'Unauthorized', message: CANARY } })

    await waitFor(async () => (await probe('ready')).status === 503)

    const { text } = await probe('ready')
    expect(text).toMatch(/does not accept this server's credentials/)
    expect(text).not.toContain(CANARY)
    expect((await probe('health')).status).toBe(200)
    cluster.faults.clear()
    await untilReady(server)
  })

  it('counts 100 MB lists as unavailable, uses under 100 MB (200 MB in parallel), and recovers', async () => {
    const { cluster, server } = await startServer()
    const { client } = await connectClient(server.url)
    const failed = async (name: string, args: Record<string, unknown> = {}) =>
      (await client.callTool({ name, arguments: args })).isError === true
    expect(await failed('diagnose_namespace', { namespace: 'shop' })).toBe(false)
    const before = peakMemory(server.child.pid ?? 0)
    const grown = () => peakMemory(server.child.pid ?? 0) - before
    cluster.faults.add({ trouble: { kind: 'huge', bytes: 100_000_000 }, on: ({ operation }) => operation === 'list' })

    for (let at = 0; at < 3; at++) expect(await failed('list_pods')).toBe(true)
    expect(grown()).toBeLessThan(100_000_000)
    const namespaces = ['payments', 'data']
    const both = await Promise.all(namespaces.map((namespace) => failed('diagnose_namespace', { namespace })))
    expect(both).toEqual([true, true])
    expect(grown()).toBeLessThan(200_000_000)

    cluster.faults.clear()
    expect(await failed('list_pods')).toBe(false)
    const series = await scrapeSeries(server.metricsUrl)
    const errors = [...series].filter(([key, value]) => key.startsWith('mcp_tool_errors_total') && value > 0)
    expect(Object.fromEntries(errors)).toEqual({
      'mcp_tool_errors_total{error_type="unavailable",tool_name="list_pods"}': 3,
      'mcp_tool_errors_total{error_type="unavailable",tool_name="diagnose_namespace"}': 2,
    })
  }, 120_000)
})
