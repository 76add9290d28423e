import { FULL_ACCESS } from '../../../../src/server/simulated/access-rules.ts'
import { startSimulatedCluster } from '../../../../src/server/simulated/simulated-cluster.ts'
import { describeCluster } from '../../../support/cluster/cluster-behaviours.ts'

describeCluster('the simulated cluster', async () => {
  const scenario = { programs: {}, storageClasses: [], steps: [] }
  const start = (access = FULL_ACCESS) =>
    startSimulatedCluster({ scenario: { ...scenario, access }, controllers: false })
  const { kubeConfig, store, stop } = await start()
  // It has one account a cluster: another account is that of another cluster.
  const readerOfPods = (namespace: string) =>
    start([
      { verbs: ['get', 'list'], resources: ['pods'], namespaces: [namespace] },
      { verbs: ['create'], resources: ['selfsubjectaccessreviews'] },
    ])
  return { kubeConfig, compact: async () => store.compact(), bookmarkedSeconds: 1, readerOfPods, stop }
})
