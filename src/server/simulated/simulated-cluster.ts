// Runs a simulated Kubernetes cluster: the objects of a scenario behind a Kubernetes API on a loopback port. Clients use a
// kubeconfig, as for any cluster.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { KubeConfig } from '@kubernetes/client-node'
import type { AccessRule } from './access-rules.ts'
import { DEFAULT_ACCESS } from './access-rules.ts'
import type { ApiHandler } from './api-server.ts'
import { createApiServer } from './api-server.ts'
import type { ControlledCluster } from './controllers/controlled-cluster.ts'
import { createControllers } from './controllers/controllers.ts'
import type { ObjectStore } from './object-store.ts'
import { createObjectStore } from './object-store.ts'
import { createReadPodMetrics } from './pod-metrics.ts'
import { createReadLog } from './read-log.ts'
import type { Scenario } from './scenario.ts'
import { playScenario } from './scenario.ts'

export interface SimulatedClusterOptions {
  readonly scenario: Scenario
  /** Whether controllers, scheduler and kubelets run; without them objects stay as they are written. @default true */
  readonly controllers?: boolean
  /** Milliseconds from a pod's creation to its first container's start. @default 1500 */
  readonly podStartMs?: number
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number
  /** What the token may do, asked at each request. @default the scenario's rules */
  readonly access?: () => readonly AccessRule[]
}

/** A cluster that nothing listens for yet. */
interface ClusterInMemory {
  readonly store: ObjectStore
  /** The Kubernetes API. */
  readonly handler: ApiHandler
  /** A kubeconfig for the API at `url`. */
  kubeConfigFor(url: string): KubeConfig
  /** Stops the controllers. */
  stop(): void
}

export interface SimulatedCluster {
  readonly url: string
  readonly kubeConfig: KubeConfig
  /** Its objects; watchers see every change. */
  readonly store: ObjectStore
  stop(): Promise<void>
}

/** @example const { kubeConfig, stop } = await startSimulatedCluster({ scenario: SHOP }) */
export async function startSimulatedCluster(options: SimulatedClusterOptions): Promise<SimulatedCluster> {
  const { store, handler, kubeConfigFor, stop } = createClusterInMemory(options)
  const server = createServer(handler).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    kubeConfig: kubeConfigFor(url),
    store,
    async stop() {
      stop()
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** Makes the cluster without a listener. */
export function createClusterInMemory(options: SimulatedClusterOptions): ClusterInMemory {
  const { scenario, podStartMs = 1_500, now: realNow = Date.now } = options
  let clock: number | undefined
  const now = () => clock ?? realNow()
  const store = createObjectStore({ now })
  const view: ControlledCluster = { ...scenario, store, podStartMs, now }
  const controllers = createControllers(view)
  playScenario(scenario, view, controllers, (at) => {
    clock = at
  })
  const stop = options.controllers === false ? () => {} : controllers.start()

  const token = randomBytes(24).toString('base64url')
  const handler = createApiServer({
    store,
    token,
    access: options.access ?? (() => scenario.access ?? DEFAULT_ACCESS),
    readLog: createReadLog(view),
    readPodMetrics: createReadPodMetrics(view),
    now,
  })
  return { store, handler, kubeConfigFor: (url) => kubeConfigFor(url, token), stop }
}

function kubeConfigFor(server: string, token: string): KubeConfig {
  const config = new KubeConfig()
  // The client takes plain HTTP only where TLS is not verified: on loopback there is none.
  config.loadFromClusterAndUser({ name: 'simulated', server, skipTLSVerify: true }, { name: 'mcp-vitals', token })
  return config
}
