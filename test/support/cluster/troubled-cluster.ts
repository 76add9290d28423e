// A simulated cluster that can fail on request: refuse, stall, break off, change what its token may do, or go away and come back.
import { once } from 'node:events'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { operationOf } from '../../../src/server/kubernetes/api-path.ts'
import type { AccessRule } from '../../../src/server/simulated/access-rules.ts'
import { DEFAULT_ACCESS } from '../../../src/server/simulated/access-rules.ts'
import type { ApiHandler } from '../../../src/server/simulated/api-server.ts'
import type { SimulatedCluster, SimulatedClusterOptions } from '../../../src/server/simulated/simulated-cluster.ts'
import { createClusterInMemory } from '../../../src/server/simulated/simulated-cluster.ts'
import type { Faults } from './faults.ts'
import { createFaults } from './faults.ts'

export interface TroubledCluster extends SimulatedCluster {
  readonly faults: Faults
  /** What the token may do from now on. */
  setAccess(rules: readonly AccessRule[]): void
  /** Stops answering and drops every connection, as when the API server goes away. */
  leave(): Promise<void>
  /** Listens again, on the same address. */
  comeBack(): Promise<void>
}

export async function startTroubledCluster(options: SimulatedClusterOptions): Promise<TroubledCluster> {
  let access = options.scenario.access ?? DEFAULT_ACCESS
  const cluster = createClusterInMemory({ ...options, access: () => access })
  const faults = createFaults()
  const handler: ApiHandler = async (request, response) => {
    const operation = operationOf(request.method ?? 'GET', new URL(request.url ?? '/', 'http://localhost'))
    if (!(await faults.befall(operation, response))) cluster.handler(request, response)
  }
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
    kubeConfig: cluster.kubeConfigFor(url),
    store: cluster.store,
    faults,
    setAccess(rules) {
      access = rules
    },
    leave,
    async comeBack() {
      server = await listen(createServer(handler), port)
    },
    async stop() {
      cluster.stop()
      await leave()
    },
  }
}

async function listen(server: Server, port: number): Promise<Server> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}
