// The behaviours that the simulated cluster is held to, held against a real API server: where the two differ, the simulated one is wrong.
import { KubeConfig } from '@kubernetes/client-node'
import { inject } from 'vitest'
import { describeCluster } from '../support/cluster-behaviours.ts'
import { startKubeApiServer } from '../support/kube-apiserver.ts'

describeCluster('a real API server', async () => {
  const cluster = await startKubeApiServer({ parts: inject('parts') })
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromFile(cluster.kubeconfig)
  const compact = async () => {
    await cluster.compact()
    // What it has in memory it goes on serving.
    await cluster.crash()
    await cluster.restart()
  }
  return { kubeConfig, compact, stop: cluster.stop }
})
