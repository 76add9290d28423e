// Opens the configured cluster and loads the Kubernetes client only when it is needed, because it takes a second and 70 MB.
// A real cluster is connected at startup, so that an invalid kubeconfig is reported immediately.
import type { ClusterApi } from './cluster-api.ts'
import type { Cluster, ClusterChoice } from './connect-cluster.ts'

/** What the tools and the probes need of a cluster. */
export type OpenedApi = Pick<ClusterApi, 'list' | 'get' | 'log' | 'usage' | 'ready' | 'may' | 'write'>

interface OpenedCluster {
  readonly api: OpenedApi
  /** For people, such as `simulated` or the name of the context. */
  readonly name: string
  /** Loads and starts the cluster if needed, so that a probe does not wait for it. */
  open(): Promise<void>
  stop(): Promise<void>
}

type Connect = (choice: ClusterChoice) => Promise<Cluster>

/** @throws {ConfigError} if there is no such kubeconfig, context or service account. */
export async function openCluster(choice: ClusterChoice, connect: Connect = loadAndConnect): Promise<OpenedCluster> {
  if (choice.cluster !== 'simulated') return { ...(await connect(choice)), open: async () => {} }
  let connecting: Promise<Cluster> | undefined
  let stopped = false
  const api = async () => {
    if (stopped) throw new Error('the cluster was stopped')
    connecting ??= connect(choice)
    try {
      return (await connecting).api
    } catch (error) {
      connecting = undefined
      throw error
    }
  }
  return {
    name: choice.cluster,
    api: {
      list: async (resource, query, signal) => (await api()).list(resource, query, signal),
      get: async (resource, object, signal) => (await api()).get(resource, object, signal),
      log: async (pod, query, signal) => (await api()).log(pod, query, signal),
      usage: async (namespace, pod, signal) => (await api()).usage(namespace, pod, signal),
      ready: async (signal) => (await api()).ready(signal),
      may: async (what, signal) => (await api()).may(what, signal),
      write: {
        patch: async (resource, object, steps, options) => (await api()).write.patch(resource, object, steps, options),
        scale: async (resource, object, replicas, options) =>
          (await api()).write.scale(resource, object, replicas, options),
        evict: async (pod, options) => (await api()).write.evict(pod, options),
      },
    },
    async open() {
      await api()
    },
    async stop() {
      stopped = true
      const connected = await connecting?.catch(() => undefined)
      await connected?.stop()
    },
  }
}

async function loadAndConnect(choice: ClusterChoice): Promise<Cluster> {
  const { connectCluster } = await import('./connect-cluster.ts')
  return connectCluster(choice)
}
