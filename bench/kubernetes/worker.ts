// One part of the benchmark, alone in its process: the simulated cluster, the reference server, or the exporter. Orders come in,
// figures go out; all of it is the real path, over HTTP on loopback.
import { readConfig } from '../../src/server/config.ts'
import type { Stall } from '../stall.ts'
import { watchStalls } from '../stall.ts'

export interface Memory {
  /** Bytes in use now, with garbage collected where the process can. */
  readonly now: number
  /** The most since the process began. */
  readonly most: number
}

const orders = {
  /** The kubeconfig of a cluster with so many pods in one namespace, `load-0`, and another that is empty, `empty`. */
  async cluster(pods: number): Promise<string> {
    const { startSimulatedCluster } = await import('../../src/server/simulated/simulated-cluster.ts')
    const { fillWithPods } = await import('../../test/support/cluster/many-pods.ts')
    const scenario = { programs: {}, storageClasses: [], steps: [] }
    const { store, kubeConfig } = await startSimulatedCluster({ scenario, controllers: false })
    store.create('namespaces', { metadata: { name: 'empty' }, status: { phase: 'Active' } })
    fillWithPods(store, { pods }, Date.now())
    return kubeConfig.exportConfig()
  },
  /** The address of its MCP endpoint. */
  async server(kubeconfig: string): Promise<string> {
    const { startApp } = await import('../../src/server/app.ts')
    const argv = ['serve', '--port', '0', '--log-level', 'error', '--cluster', 'kubeconfig', '--kubeconfig', kubeconfig]
    const app = await startApp(readConfig(argv, ENVIRONMENT) as Parameters<typeof startApp>[0])
    return app.url ?? ''
  },
  /** Milliseconds until it is ready: telemetry, the client and its lists, and the first look. */
  async exporter(kubeconfig: string): Promise<number> {
    const { startExporter } = await import('../../src/server/exporter.ts')
    const argv = ['exporter', '--log-level', 'error', '--cluster', 'kubeconfig', '--kubeconfig', kubeconfig]
    const config = readConfig(argv, ENVIRONMENT) as Parameters<typeof startExporter>[0]
    // Loading is not what a larger cluster costs; the kilobytes of code are in the memory all the same.
    stopWatching = watchStalls()
    const startedAt = performance.now()
    const { healthUrl = '' } = await startExporter(config)
    const readyUrl = healthUrl.replace(/health$/, 'ready')
    for (;;) {
      const { ok } = await fetch(readyUrl)
      if (ok) return performance.now() - startedAt
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  },
  /** From now on the event loop is watched. */
  async watch(): Promise<void> {
    stopWatching = watchStalls()
  },
  stall: async (): Promise<Stall> => stopWatching(),
  async memory(): Promise<Memory> {
    const most = process.resourceUsage().maxRSS * 1_024
    globalThis.gc?.()
    return { now: process.memoryUsage().rss, most }
  },
}

export type Orders = typeof orders

/** Free ports, and nothing of whoever runs the benchmark. */
const ENVIRONMENT = { OTEL_EXPORTER_PROMETHEUS_PORT: '0' }
let stopWatching: () => Stall = () => ({ milliseconds: Number.NaN, cpuMilliseconds: Number.NaN })

process.on('message', ({ order, argument }: { order: keyof Orders; argument: never }) => {
  orders[order](argument).then(
    (answer) => process.send?.({ answer }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.stack : String(error) }),
  )
})
// The benchmark is gone, however it ended.
process.on('disconnect', () => process.exit())
