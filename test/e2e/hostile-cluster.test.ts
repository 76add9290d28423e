// Tests that text in a cluster, which anybody who can create events writes, stops neither the server nor the exporter.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { SHOP } from '../../src/server/simulated/scenarios/shop.ts'
import { connectClient } from '../support/clients/mcp-client.ts'
import { startTestCluster } from '../support/cluster/test-cluster.ts'
import { temporaryFile } from '../support/files/temporary-file.ts'
import { runCli, runServer } from '../support/programs/run-cli.ts'
import { untilReady } from '../support/programs/until-ready.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { scrapeSeries } from '../support/prometheus/scrape-series.ts'

const MESSAGE = `Failed to pull image "registry.example.com/web:1": ${','.repeat(200_000)} not found`
const POD = 'hostile'

/** A cluster in which a pod cannot pull its image, and says so at length. Returns the path of its kubeconfig. */
async function hostileCluster(): Promise<string> {
  const cluster = await startTestCluster({ scenario: SHOP, controllers: false })
  const now = new Date().toISOString().replace(/\.\d+Z/, 'Z')
  const waiting = { reason: 'ErrImagePull', message: MESSAGE }
  cluster.store.create('pods', {
    metadata: { name: POD, namespace: 'shop' },
    spec: { containers: [{ name: 'web', image: 'registry.example.com/web:1' }], nodeName: 'node-a' },
    status: {
      phase: 'Pending',
      startTime: now,
      containerStatuses: [
        { name: 'web', image: 'registry.example.com/web:1', ready: false, restartCount: 0, state: { waiting } },
      ],
    },
  } as never)
  for (let index = 0; index < 5; index++) {
    cluster.store.create('events', {
      metadata: { name: `${POD}.${index}`, namespace: 'shop' },
      involvedObject: { kind: 'Pod', name: POD, namespace: 'shop' },
      type: 'Warning',
      reason: 'Failed',
      message: MESSAGE,
      count: 1,
      firstTimestamp: now,
      lastTimestamp: now,
    } as never)
  }
  return temporaryFile(cluster.kubeConfig.exportConfig())
}

/** Seconds of CPU time that a process has used, which no other process of the machine can lengthen. */
function cpuSeconds(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** Asks for /health again and again while `work` runs; returns the longest that an answer took, in seconds. */
async function slowestProbe<T>(metricsUrl: string, work: Promise<T>): Promise<{ slowest: number; result: T }> {
  const health = metricsUrl.replace(/metrics$/, 'health')
  let over = false
  const ended = work.finally(() => {
    over = true
  })
  let slowest = 0
  do {
    const startedAt = performance.now()
    expect((await fetch(health)).status).toBe(200)
    slowest = Math.max(slowest, (performance.now() - startedAt) / 1_000)
  } while (!over)
  return { slowest, result: await ended }
}

describe('mcp-vitals-server with events of 200 kB of commas', { timeout: 60_000 }, () => {
  it('answers /health while it diagnoses the pod', async () => {
    const server = await runServer(['--cluster', 'kubeconfig', '--kubeconfig', await hostileCluster()])
    await untilReady(server)
    const { client } = await connectClient(server.url)
    const diagnose = (name: string) => client.callTool({ name: 'diagnose_pod', arguments: { namespace: 'shop', name } })
    await client.callTool({ name: 'diagnose_namespace', arguments: { namespace: 'data' } })

    const before = cpuSeconds(server.child.pid)
    const { slowest, result } = await slowestProbe(server.metricsUrl, diagnose(POD))
    const used = cpuSeconds(server.child.pid) - before

    expect(result.isError ?? false).toBe(false)
    expect(JSON.stringify(result.structuredContent)).toContain('image_pull_failed')
    // What the commas are cut to.
    expect(JSON.stringify(result).length).toBeLessThan(60_000)
    expect(used).toBeLessThan(2)
    expect(slowest).toBeLessThan(5)
  })

  it('answers probes of the exporter, and exposes the issue', async () => {
    const kubeconfig = await hostileCluster()
    const exporter = runCli(['exporter', '--interval', '1', '--cluster', 'kubeconfig', '--kubeconfig', kubeconfig])
    const url = await waitFor(() => /metrics +(\S+)\n/.exec(exporter.stderr())?.[1], 20_000, 'its address')
    const found = waitFor(
      async () =>
        [...(await scrapeSeries(url))].some(
          ([key, value]) => key.includes('issue_type="image_pull_failed"') && key.includes('"shop"') && value > 0,
        ),
      30_000,
      'the issue',
    )

    const { slowest } = await slowestProbe(url, found)

    expect(slowest).toBeLessThan(5)
    expect(cpuSeconds(exporter.child.pid)).toBeLessThan(15)
  })
})
