// A scenario in, a Kubernetes API on a loopback port of this process out, with how to reach it as any other cluster is
// reached: a kubeconfig with its address and a token that was made for it.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { KubeConfig } from '@kubernetes/client-node'
import type { Faults } from '../../../test/support/cluster/faults.ts'
import { createFaults } from '../../../test/support/cluster/faults.ts'
import type { AccessRule } from './access-rules.ts'
import { DEFAULT_ACCESS } from './access-rules.ts'
import { createApiServer } from './api-server.ts'
import type { ClusterView } from './controllers/cluster-view.ts'
import { createControllers } from './controllers/controllers.ts'
import type { ObjectStore } from './object-store.ts'
import { createObjectStore } from './object-store.ts'
import { createReadPodMetrics } from './pod-metrics.ts'
import { createReadLog } from './read-log.ts'
import type { Scenario } from './scenario.ts'
import { playScenario } from './scenario.ts'

export interface SimulatedCluster {
  readonly url: string
  readonly kubeConfig: KubeConfig
  /** What is in it; changes are seen by all who watch. */
  readonly store: ObjectStore
  readonly faults: Faults
  /** What the token may do from now on. */
  setAccess(rules: readonly AccessRule[]): void
  /** Stops answering and drops every connection, as when the API server goes away. */
  leave(): Promise<void>
  /** Is there again, under the same address. */
  comeBack(): Promise<void>
  stop(): Promise<void>
}

export interface SimulatedClusterOptions {
  readonly scenario: Scenario
  /** Whether controllers, scheduler and kubelets are at work; without them objects stay as they are written. @default true */
  readonly controllers?: boolean
  /** Milliseconds from a pod's creation to its first container's start. @default 1500 */
  readonly podStartMs?: number
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number
}

/** @example const { kubeConfig, stop } = await startSimulatedCluster({ scenario: SHOP }) */
export async function startSimulatedCluster(options: SimulatedClusterOptions): Promise<SimulatedCluster> {
  const { scenario, podStartMs = 1_500, now: realNow = Date.now } = options
  let clock: number | undefined
  let access = scenario.access ?? DEFAULT_ACCESS
  const now = () => clock ?? realNow()
  const store = createObjectStore({ now })
  const view: ClusterView = { ...scenario, store, podStartMs, now }
  const controllers = createControllers(view)
  playScenario(scenario, view, controllers, (at) => {
    clock = at
  })
  const stopControllers = options.controllers === false ? () => {} : controllers.start()

  const token = randomBytes(24).toString('base64url')
  const faults = createFaults()
  const readLog = createReadLog(view)
  const handler = createApiServer({
    store,
    token,
    access: () => access,
    faults,
    readLog,
    readPodMetrics: createReadPodMetrics(view),
    now,
  })
  let server = await listen(createServer(handler), 0)
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`

  const leave = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  return {
    url,
    kubeConfig: kubeConfigFor(url, token),
    store,
    faults,
    setAccess(rules) {
      access = rules
    },
    leave,
    async comeBack() {
      server = await listen(createServer(handler), port)
    },
    async stop() {
      stopControllers()
      await leave()
    },
  }
}

async function listen(server: Server, port: number): Promise<Server> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}

function kubeConfigFor(server: string, token: string): KubeConfig {
  const config = new KubeConfig()
  // The client takes plain HTTP only where TLS is not verified: on loopback there is none.
  config.loadFromClusterAndUser({ name: 'simulated', server, skipTLSVerify: true }, { name: 'mcp-vitals', token })
  return config
}
