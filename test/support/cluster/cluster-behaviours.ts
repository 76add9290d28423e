// A way to start a cluster in, tests of what its API does at the wire of our client out. The simulated cluster is held to them, and
// so can a real API server be: nothing here needs a controller, a scheduler or a kubelet.
import type { Cluster } from '@kubernetes/client-node'
import { KubeConfig } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ToolError } from '../../../src/index.ts'
import type { ClusterApi } from '../../../src/server/kubernetes/cluster-api.ts'
import { createClusterApi } from '../../../src/server/kubernetes/cluster-api.ts'
import type { StartedCluster } from './behaving-cluster.ts'
import { behavingCluster } from './behaving-cluster.ts'
import { testObjects } from './cluster-object-behaviours.ts'
import { testReads } from './cluster-read-behaviours.ts'
import { testWrites } from './cluster-write-behaviours.ts'

export function describeCluster(name: string, start: () => Promise<StartedCluster>): void {
  describe(`the API of ${name}`, () => {
    let cluster: StartedCluster
    let api: ClusterApi
    const namespace = `behaviours-${Math.random().toString(36).slice(2, 8)}`
    beforeAll(async () => {
      cluster = await start()
      api = createClusterApi(cluster.kubeConfig)
      await api.apis.core.createNamespace({ body: { metadata: { name: namespace } } })
    }, 60_000)
    afterAll(async () => {
      await api?.apis.core.deleteNamespace({ name: namespace })
      await api?.close()
      await cluster?.stop()
    })
    const started = () => behavingCluster(cluster, api, namespace)

    test('is ready, and tells its version', async () => {
      await api.ready()
    })

    test('it says what one may do', async () => {
      expect(await api.may({ verb: 'patch', group: 'apps', resource: 'deployments', namespace })).toBe(true)
    })

    test('who has no token, or a wrong one, is told so and no more', async () => {
      const stranger = new KubeConfig()
      stranger.loadFromClusterAndUser(cluster.kubeConfig.getCurrentCluster() as Cluster, { name: 'x', token: 'wrong' })
      const theirs = createClusterApi(stranger)
      const error = await theirs.list('pods', { namespace }).catch((thrown: unknown) => thrown)
      await theirs.close()

      expect(error).toBeInstanceOf(ToolError)
      expect(error).toMatchObject({ kind: 'forbidden', message: expect.stringContaining('credentials') })
    })

    // In this order: they share the namespace, and the first of them count what is in it.
    testObjects(started)
    testReads(started)
    testWrites(started)
  })
}
