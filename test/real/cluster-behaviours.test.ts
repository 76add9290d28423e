// Runs the behaviors of the simulated cluster against a real API server.
// If the two differ, the simulated cluster is wrong.
import { KubeConfig } from '@kubernetes/client-node'
import { inject } from 'vitest'
import { describeCluster } from '../support/cluster/cluster-behaviours.ts'
import { startKubeApiServer } from '../support/cluster/kube-apiserver.ts'

describeCluster('a real API server', async () => {
  const cluster = await startKubeApiServer({ parts: inject('parts'), users: { reader: [] } })
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromFile(cluster.kubeconfig)
  const compact = async () => {
    await cluster.compact()
    // The server keeps serving what it has in memory, so it must restart.
    await cluster.crash()
    await cluster.restart()
  }
  const readerOfPods = async (namespace: string) => {
    const place = ['--namespace', namespace]
    cluster.kubectl(['create', 'role', 'reader', '--verb=get,list', '--resource=pods', ...place])
    cluster.kubectl(['create', 'rolebinding', 'reader', '--role=reader', '--user=reader', ...place])
    const theirs = new KubeConfig()
    theirs.loadFromFile(cluster.kubeconfigFor(cluster.userToken('reader')))
    return { kubeConfig: theirs, stop: async () => {} }
  }
  return { kubeConfig, compact, bookmarkedSeconds: 10, readerOfPods, stop: cluster.stop }
})
