// Tests that the simulated cluster behaves as a real one.
import { startSimulatedCluster } from '../../../../src/server/simulated/simulated-cluster.ts'
import { describeCluster } from '../../../support/cluster/cluster-behaviours.ts'
import { EMPTY, FULL_ACCESS } from '../../../support/cluster/test-cluster.ts'

describeCluster('the simulated cluster', async () => {
  const start = (access = FULL_ACCESS) => startSimulatedCluster({ scenario: { ...EMPTY, access }, controllers: false })
  const { kubeConfig, store, stop } = await start()
  // A simulated cluster has one account, so a second account needs a second cluster.
  const readerOfPods = (namespace: string) =>
    start([
      { verbs: ['get', 'list'], resources: ['pods'], namespaces: [namespace] },
      { verbs: ['create'], resources: ['selfsubjectaccessreviews'] },
    ])
  return { kubeConfig, compact: async () => store.compact(), bookmarkedSeconds: 1, readerOfPods, stop }
})
