// Removes deleted pods after their kubelet has ended them, and namespaces when they are empty.
import type { ServedName } from '../served-resources.ts'
import { SERVED } from '../served-resources.ts'
import type { ControlledCluster } from './controlled-cluster.ts'
import { metadataOf } from './controlled-cluster.ts'

export function finishDeletions({ store }: ControlledCluster): void {
  for (const pod of store.list('pods')) {
    const { name, namespace, deletionTimestamp } = metadataOf(pod)
    const { finalizers = [] } = pod.metadata as { finalizers?: string[] }
    if (deletionTimestamp !== undefined && finalizers.length === 0) store.remove('pods', namespace, name)
  }
  for (const namespace of store.list('namespaces')) {
    const { name, deletionTimestamp } = metadataOf(namespace)
    if (deletionTimestamp === undefined) continue
    for (const resource of Object.keys(SERVED) as ServedName[]) {
      if (!SERVED[resource].namespaced) continue
      for (const { metadata } of store.list(resource, name)) store.remove(resource, name, metadata.name)
    }
    store.remove('namespaces', undefined, name)
  }
}
