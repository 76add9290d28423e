import { describe, expect, it } from 'vitest'
import type { Cluster, ClusterChoice } from '../../../../src/server/kubernetes/connect-cluster.ts'
import { openCluster } from '../../../../src/server/kubernetes/open-cluster.ts'

const CHOICE: ClusterChoice = { cluster: 'simulated', kubeconfig: '', context: '', environment: {} }

function countedConnects(failures = 0) {
  const counts = { connects: 0, stops: 0 }
  const connect = async () => {
    counts.connects += 1
    if (counts.connects <= failures) throw new Error('no port')
    const api = { ready: async () => {} }
    const stop = async () => {
      counts.stops += 1
    }
    return { api, name: 'made', stop } as unknown as Cluster
  }
  return { counts, connect }
}

describe('openCluster', () => {
  it('starts a simulated cluster once, on first use, stops it once, and then rejects calls', async () => {
    const { counts, connect } = countedConnects()
    const cluster = await openCluster(CHOICE, connect)
    expect(counts.connects).toBe(0)

    await Promise.all([cluster.api.ready(), cluster.api.ready()])
    await cluster.api.ready()
    expect(counts).toEqual({ connects: 1, stops: 0 })
    await cluster.stop()

    expect(counts).toEqual({ connects: 1, stops: 1 })
    await expect(cluster.api.ready()).rejects.toThrow('stopped')
    expect(counts.connects).toBe(1)
  })

  it('does not start an unused simulated cluster only to stop it', async () => {
    const { counts, connect } = countedConnects()

    await (await openCluster(CHOICE, connect)).stop()

    expect(counts).toEqual({ connects: 0, stops: 0 })
  })

  it('tries again to start a simulated cluster after a failure', async () => {
    const { counts, connect } = countedConnects(1)
    const cluster = await openCluster(CHOICE, connect)

    await expect(cluster.api.ready()).rejects.toThrow('no port')
    await cluster.api.ready()

    expect(counts.connects).toBe(2)
  })

  it('connects to a real cluster at once, and rejects if that fails', async () => {
    const { counts, connect } = countedConnects(1)

    await expect(openCluster({ ...CHOICE, cluster: 'kubeconfig' }, connect)).rejects.toThrow('no port')

    expect(counts.connects).toBe(1)
  })
})
