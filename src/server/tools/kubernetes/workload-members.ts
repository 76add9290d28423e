// Finds the pods and ReplicaSets of a workload by owner, because other workloads may use the same labels.
import type { V1LabelSelector, V1Pod, V1ReplicaSet } from '@kubernetes/client-node'
import { controllerOf } from '../../kubernetes/diagnosis/object-view.ts'
import { labelSelectorText } from '../../kubernetes/label-selector.ts'
import { ownedBy } from '../../kubernetes/owners.ts'
import type { ClusterReads } from '../../kubernetes/read-cache.ts'
import { pageThrough } from './page-through.ts'
import { unlessForbidden } from './unless-forbidden.ts'
import type { ListedKind, Workload } from './workload-summary.ts'

interface WorkloadMembers {
  readonly pods: readonly V1Pod[]
  /** Missing for other kinds, and without permission to read ReplicaSets. */
  readonly replicaSets?: readonly V1ReplicaSet[]
}

interface MembersOptions {
  readonly namespace: string
  readonly mostPods: number
  readonly signal: AbortSignal
}

const MOST_SETS = 200

export async function membersOf(
  reads: ClusterReads,
  kind: ListedKind,
  { metadata, spec }: Workload,
  { namespace, mostPods, signal }: MembersOptions,
): Promise<WorkloadMembers> {
  const labelSelector = labelSelectorText((spec as { selector?: V1LabelSelector } | undefined)?.selector)
  if (labelSelector === '') return { pods: [] }
  const list = { namespace, labelSelector }
  const uid = metadata?.uid ?? ''
  const sets =
    kind === 'Deployment'
      ? await unlessForbidden(reads.list('replicasets', { ...list, limit: MOST_SETS }, signal))
      : undefined
  const replicaSets = sets && ownedBy(sets.items, new Set([uid]))
  const makers = new Set([uid, ...(replicaSets ?? []).map((set) => set.metadata?.uid ?? '')])
  const { items: pods } = await pageThrough<V1Pod>({
    segments: [
      (continueFrom) =>
        reads.list('pods', { ...list, limit: mostPods, ...(continueFrom !== undefined && { continueFrom }) }, signal),
    ],
    limit: mostPods,
    cursor: undefined,
    query: labelSelector,
    // Without permission to read ReplicaSets, any ReplicaSet counts as a member.
    keep: (pod) =>
      kind === 'Deployment' && replicaSets === undefined
        ? controllerOf(pod)?.kind === 'ReplicaSet'
        : ownedBy([pod], makers).length > 0,
  })
  return { pods, ...(replicaSets !== undefined && { replicaSets }) }
}
