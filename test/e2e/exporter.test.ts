// Tests the exporter as a process: its gauges, its readiness and its exit codes.
import { describe, expect, it } from 'vitest'
import { startTestCluster } from '../support/cluster/test-cluster.ts'
import { temporaryFile } from '../support/files/temporary-file.ts'
import { runCli } from '../support/programs/run-cli.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { scrapeSeries } from '../support/prometheus/scrape-series.ts'

describe('mcp-vitals-server exporter', () => {
  it('exposes pods and issues of its namespaces, is ready after the first scan, and exits 0 on SIGTERM', async () => {
    const exporter = runCli(['exporter', '--interval', '1', '--namespaces', 'shop,data'])
    const url = await waitFor(() => /metrics +(\S+)\n/.exec(exporter.stderr())?.[1], 20_000, 'its address')
    const ready = url.replace('/metrics', '/ready')
    await waitFor(() => fetch(ready).then(({ ok }) => ok), 20_000, 'the first look')

    const series = await scrapeSeries(url)
    const of = (name: string) => [...series].filter(([key]) => key.startsWith(`${name}{`))
    const sum = (name: string) => of(name).reduce((all, [, value]) => all + value, 0)
    expect(sum('mcp_cluster_pods')).toBeGreaterThan(8)
    expect(series.get('mcp_cluster_open_issues{issue_type="crash_loop",namespace="shop",severity="critical"}')).toBe(1)
    // --namespaces limits it to two namespaces.
    const places = [...of('mcp_cluster_pods'), ...of('mcp_cluster_open_issues')].map(
      ([key]) => /namespace="([^"]*)"/.exec(key)?.[1],
    )
    expect([...new Set(places)].sort()).toEqual(['data', 'shop'])

    exporter.child.kill('SIGTERM')
    expect(await exporter.exited).toBe(0)
  })

  it('exits 2 with one line for a missing kubeconfig, 1 with the port if it is in use, and 0 on SIGINT', async () => {
    const lost = runCli(['exporter', '--cluster', 'kubeconfig', '--kubeconfig', '/nowhere/config'])
    expect(await lost.exited).toBe(2)
    expect(lost.stderr().trim().split('\n')).toHaveLength(1)
    const first = runCli(['exporter'])
    const url = await waitFor(() => /metrics +(\S+)\n/.exec(first.stderr())?.[1], 20_000, 'its address')
    const second = runCli(['exporter'], { OTEL_EXPORTER_PROMETHEUS_PORT: new URL(url).port })
    expect(await second.exited).toBe(1)
    expect(second.stderr()).toContain(new URL(url).port)
    first.child.kill('SIGINT')
    expect(await first.exited).toBe(0)
  })

  it('names the broken watch on /ready and keeps its gauges while the API is down, then catches up', async () => {
    const cluster = await startTestCluster({ controllers: false })
    const kubeconfig = temporaryFile(cluster.kubeConfig.exportConfig())
    const exporter = runCli(['exporter', '--interval', '1', '--cluster', 'kubeconfig', '--kubeconfig', kubeconfig])
    const url = await waitFor(() => /metrics +(\S+)\n/.exec(exporter.stderr())?.[1], 20_000, 'its address')
    const ready = url.replace('/metrics', '/ready')
    await waitFor(() => fetch(ready).then(({ ok }) => ok), 20_000, 'the first look')
    const gauges = async () => [...(await scrapeSeries(url))].filter(([key]) => key.startsWith('mcp_cluster_')).sort()
    const before = await gauges()
    expect(before.length).toBeGreaterThan(5)

    await cluster.leave()
    await waitFor(() => fetch(ready).then(({ status }) => status === 503), 20_000, 'the 503')
    expect(await (await fetch(ready)).text()).toContain('the watch of Pod is broken: The cluster could not be reached')
    expect(await gauges()).toEqual(before)

    for (const { metadata } of cluster.store.list('pods'))
      cluster.store.remove('pods', metadata.namespace, metadata.name)
    await cluster.comeBack()
    await waitFor(() => fetch(ready).then(({ ok }) => ok), 30_000, 'the return')
    const pods = async () => (await gauges()).filter(([key]) => key.startsWith('mcp_cluster_pods{'))
    await waitFor(async () => (await pods()).every(([, count]) => count === 0), 20_000, 'no pods')

    exporter.child.kill('SIGTERM')
    expect(await exporter.exited).toBe(0)
  })

  it('prints its options and exits 0 for --help, and exits 2 for an invalid option value', async () => {
    const help = runCli(['exporter', '--help'])
    expect(await help.exited).toBe(0)
    expect(help.stdout()).toMatch(/--interval.*[\s\S]*--allowed-hosts/)
    expect(await runCli(['exporter', '--interval', 'soon']).exited).toBe(2)
  })

  it.each([
    ['an uncaught exception', "throw new Error('nobody expected this')"],
    ['an unhandled rejection', "Promise.reject(new Error('nobody expected this'))"],
  ])('logs %s and exits 1', async (_, trouble) => {
    const preload = `data:text/javascript,${encodeURIComponent(`process.on('SIGUSR2', () => { ${trouble} })`)}`
    const exporter = runCli(['exporter'], { NODE_OPTIONS: `--import=${preload}` })
    await waitFor(() => /metrics +(\S+)\n/.exec(exporter.stderr())?.[1], 20_000, 'its address')

    exporter.child.kill('SIGUSR2')

    expect(await exporter.exited).toBe(1)
    expect(exporter.stderr()).toContain('unexpected error: the exporter stops')
  })
})
