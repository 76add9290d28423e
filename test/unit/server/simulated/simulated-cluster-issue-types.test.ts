// Tests that each issue type is found in objects that the simulated API server has stored and returned.
import { namespace } from '../../../../src/server/simulated/scenarios/manifests.ts'
import { startSimulatedCluster } from '../../../../src/server/simulated/simulated-cluster.ts'
import { describeIssueTypes } from '../../../support/cluster/issue-type-behaviours.ts'
import { EMPTY, FULL_ACCESS } from '../../../support/cluster/test-cluster.ts'

describeIssueTypes('the simulated API server', async () => {
  const steps = [{ ago: '1d', apply: [namespace('default')] }]
  const scenario = { ...EMPTY, steps, access: FULL_ACCESS }
  const { kubeConfig, stop } = await startSimulatedCluster({ scenario, controllers: false })
  return { kubeConfig, stop }
})
