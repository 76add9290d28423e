// Finds every issue type in objects that a real API server has stored and returned.
import { KubeConfig } from '@kubernetes/client-node'
import { inject } from 'vitest'
import { describeIssueTypes } from '../support/cluster/issue-type-behaviours.ts'
import { startKubeApiServer } from '../support/cluster/kube-apiserver.ts'

describeIssueTypes('a real API server', async () => {
  const cluster = await startKubeApiServer({ parts: inject('parts') })
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromFile(cluster.kubeconfig)
  return { kubeConfig, stop: cluster.stop }
})
