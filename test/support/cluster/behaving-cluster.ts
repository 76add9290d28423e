// A started cluster and a namespace of it in, what the tests of its behaviours share out: a way to make pods, and how a call failed.
import type { KubeConfig, V1Pod } from '@kubernetes/client-node'
import { ToolError } from '../../../src/index.ts'
import type { ClusterApi } from '../../../src/server/kubernetes/cluster-api.ts'
import { statusOf } from '../../../src/server/kubernetes/cluster-error.ts'
import type { AdminClient } from './admin-client.ts'
import { adminClient } from './admin-client.ts'

export interface StartedCluster {
  /** With every right. */
  readonly kubeConfig: KubeConfig
  /** Makes the API forget its history, as time does. */
  readonly compact: () => Promise<void>
  /** Of a watch that is to have a bookmark before it ends; a real API server gives it some time before that. */
  readonly bookmarkedSeconds: number
  /** Somebody who may read the pods of a namespace, and nothing else; of the same cluster or one that is like it. */
  readerOfPods(namespace: string): Promise<{ readonly kubeConfig: KubeConfig; stop(): Promise<void> }>
  stop(): Promise<void>
}

export interface BehavingCluster {
  readonly cluster: StartedCluster
  /** With every right. */
  readonly api: ClusterApi
  /** The same account, by the generated client. */
  readonly client: AdminClient
  /** Where the tests may make what they like. */
  readonly namespace: string
  createPod(name: string, labels?: Record<string, string>): Promise<V1Pod>
  /** The kind of the `ToolError` that a call fails with; undefined if it does well. */
  kind(call: Promise<unknown>): Promise<unknown>
  /** The HTTP status that a call of the bare client fails with. */
  refusal(call: Promise<unknown>): Promise<number | undefined>
}

export function behavingCluster(cluster: StartedCluster, api: ClusterApi, namespace: string): BehavingCluster {
  const client = adminClient(cluster.kubeConfig)
  const errorOf = (call: Promise<unknown>) =>
    call.then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
  return {
    cluster,
    api,
    client,
    namespace,
    createPod: (name, labels) => client.core.createNamespacedPod({ namespace, body: podNamed(name, labels) }),
    async kind(call) {
      const error = await errorOf(call)
      return error instanceof ToolError ? error.kind : error
    },
    refusal: async (call) => statusOf(await errorOf(call)),
  }
}

/** A pod that any API server takes, and that nothing runs. */
export function podNamed(name: string, labels: Record<string, string> = {}): V1Pod {
  return {
    metadata: { name, labels },
    spec: { containers: [{ name: 'app', image: 'registry.example/app:1', env: [{ name: 'A', value: '1' }] }] },
  }
}
