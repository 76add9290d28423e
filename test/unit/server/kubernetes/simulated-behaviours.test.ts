import { FULL_ACCESS } from '../../../../src/server/kubernetes/simulated/access-rules.ts'
import { startSimulatedCluster } from '../../../../src/server/kubernetes/simulated/simulated-cluster.ts'
import { describeCluster } from '../../../support/cluster-behaviours.ts'

describeCluster('the simulated cluster', async () => {
  const scenario = { programs: {}, storageClasses: [], access: FULL_ACCESS, steps: [] }
  const { kubeConfig, store, stop } = await startSimulatedCluster({ scenario, controllers: false })
  return { kubeConfig, compact: async () => store.compact(), stop }
})
