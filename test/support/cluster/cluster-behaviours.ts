// Defines the tests that both the simulated cluster and a real API server must pass, through our own client.
// They need no controller, scheduler or kubelet.
import type { Cluster } from '@kubernetes/client-node'
import { KubeConfig } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ToolError } from '../../../src/index.ts'
import type { ClusterApi } from '../../../src/server/kubernetes/cluster-api.ts'
import { createClusterApi } from '../../../src/server/kubernetes/cluster-api.ts'
import { adminClient } from './admin-client.ts'
import type { StartedCluster } from './behaving-cluster.ts'
import { behavingCluster } from './behaving-cluster.ts'
import { testObjects } from './cluster-object-behaviours.ts'
import { testReads } from './cluster-read-behaviours.ts'
import { testWrites } from './cluster-write-behaviours.ts'

export function describeCluster(name: string, start: () => Promise<StartedCluster>): void {
  describe(name, () => {
    let cluster: StartedCluster
    let api: ClusterApi
    const namespace = `behaviours-${Math.random().toString(36).slice(2, 8)}`
    beforeAll(async () => {
      cluster = await start()
      api = createClusterApi(cluster.kubeConfig)
      await adminClient(cluster.kubeConfig).core.createNamespace({ body: { metadata: { name: namespace } } })
    }, 60_000)
    afterAll(async () => {
      if (cluster !== undefined) await adminClient(cluster.kubeConfig).core.deleteNamespace({ name: namespace })
      await api?.close()
      await cluster?.stop()
    })
    const started = () => behavingCluster(cluster, api, namespace)

    it('reports that it is ready', async () => {
      await api.ready()
    })

    it('confirms in an access review that the administrator may patch Deployments', async () => {
      expect(await api.may({ verb: 'patch', group: 'apps', resource: 'deployments', namespace })).toBe(true)
    })

    it('rejects an invalid token with a forbidden error about the credentials', async () => {
      const stranger = new KubeConfig()
      stranger.loadFromClusterAndUser(cluster.kubeConfig.getCurrentCluster() as Cluster, { name: 'x', token: 'wrong' })
      const theirs = createClusterApi(stranger)
      const error = await theirs.list('pods', { namespace }).catch((thrown: unknown) => thrown)
      await theirs.close()

      expect(error).toBeInstanceOf(ToolError)
      expect(error).toMatchObject({ kind: 'forbidden', message: expect.stringContaining('credentials') })
    })

    // Keep this order: the tests share a namespace, and the first ones count the objects in it.
    testObjects(started)
    testReads(started)
    testWrites(started)
  })
}
