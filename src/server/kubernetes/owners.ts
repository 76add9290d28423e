// Finds the controllers of an object up to its workload, and the objects that a controller owns.
import type { V1ObjectMeta } from '@kubernetes/client-node'
import { list } from './diagnosis/field.ts'
import { controllerOf } from './diagnosis/object-view.ts'
import type { Kinds } from './diagnosis/snapshot.ts'
import type { TolerantReads } from './tolerant-reads.ts'

/** What can control a pod, and what can control that. Others, such as a custom resource, end the chain. */
export const WORKLOAD_KINDS = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob'] as const
export type WorkloadKind = (typeof WORKLOAD_KINDS)[number]

interface Owner<K extends WorkloadKind = WorkloadKind> {
  readonly kind: K
  readonly object: Kinds[K]
}

/** The longest chain of Kubernetes itself is two; the limit also ends a loop of references. */
const MAX_CHAIN = 4

export async function ownersOf(
  object: { readonly metadata?: V1ObjectMeta },
  namespace: string,
  reads: TolerantReads,
): Promise<readonly Owner[]> {
  const chain: Owner[] = []
  let at = controllerOf(object)
  while (at !== undefined && chain.length < MAX_CHAIN) {
    const kind = WORKLOAD_KINDS.find((known) => known === at?.kind)
    const { uid, name } = at
    if (kind === undefined) break
    const owner: Kinds[WorkloadKind] | undefined = await reads.get(kind, namespace, name)
    // A different object may have the same name now.
    if (owner === undefined || owner.metadata?.uid !== uid) break
    chain.push({ kind, object: owner })
    at = controllerOf(owner)
  }
  return chain
}

/** Returns the objects with one of the owners, by uid, because labels are not unique. */
export function ownedBy<T extends { readonly metadata?: V1ObjectMeta }>(
  objects: readonly T[],
  owners: ReadonlySet<string>,
): readonly T[] {
  return objects.filter(({ metadata }) => list(metadata?.ownerReferences).some(({ uid }) => owners.has(uid)))
}
