// A scenario in, a simulated cluster and calls to it out, stopped with the test.
import { onTestFinished } from 'vitest'
import type { ClusterApi } from '../../../src/server/kubernetes/cluster-api.ts'
import { createClusterApi } from '../../../src/server/kubernetes/cluster-api.ts'
import type { ClusterHttpOptions } from '../../../src/server/kubernetes/cluster-http.ts'
import type { AccessRule } from '../../../src/server/simulated/access-rules.ts'
import type { Scenario } from '../../../src/server/simulated/scenario.ts'
import { SHOP } from '../../../src/server/simulated/scenarios/shop.ts'
import type { AdminClient } from './admin-client.ts'
import { adminClient } from './admin-client.ts'
import type { TroubledCluster } from './troubled-cluster.ts'
import { startTroubledCluster } from './troubled-cluster.ts'

export const FULL_ACCESS: readonly AccessRule[] = [{ verbs: ['*'], resources: ['*'] }]
export const EMPTY: Scenario = { programs: {}, storageClasses: [], steps: [] }

export interface TestCluster extends TroubledCluster {
  readonly api: ClusterApi
  /** The same account, by the generated client. */
  readonly client: AdminClient
}

export interface TestClusterOptions extends ClusterHttpOptions {
  readonly scenario?: Scenario
  readonly controllers?: boolean
  readonly podStartMs?: number
}

export async function startTestCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const { scenario = SHOP, controllers = true, podStartMs = 20, ...http } = options
  const cluster = await startTroubledCluster({ scenario, controllers, podStartMs })
  const api = createClusterApi(cluster.kubeConfig, http)
  onTestFinished(async () => {
    await api.close()
    await cluster.stop()
  })
  return { ...cluster, api, client: adminClient(cluster.kubeConfig) }
}
