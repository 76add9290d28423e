// Reuses connections to the cluster. The Kubernetes client creates a new agent, with new connections and handshakes, for
// every request; this one is replaced only when the certificates change.
import type { KubeConfig, RequestContext } from '@kubernetes/client-node'

type Dispatcher = NonNullable<ReturnType<RequestContext['getDispatcher']>>

interface Inside {
  createDispatcher(cluster: unknown, options: object): Dispatcher | undefined
}

/** Returns how to close them. */
export function keepConnections(config: KubeConfig): () => Promise<void> {
  const inside = config as unknown as Inside
  const create = inside.createDispatcher.bind(config)
  let kept: { readonly key: string; readonly dispatcher: Dispatcher | undefined } | undefined
  const forget = () => {
    const { dispatcher } = kept ?? {}
    kept = undefined
    return dispatcher?.close().catch(() => {})
  }
  inside.createDispatcher = (cluster, options) => {
    const key = JSON.stringify([cluster, options])
    if (kept?.key !== key) {
      void forget()
      kept = { key, dispatcher: create(cluster, options) }
    }
    return kept.dispatcher
  }
  return async () => {
    const { dispatcher } = kept ?? {}
    kept = undefined
    await dispatcher?.destroy().catch(() => {})
  }
}
