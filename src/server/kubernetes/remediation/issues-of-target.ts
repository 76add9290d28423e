// Finds the issues of a remediation target and its pods, which the remediation must fix.
import type { ClusterReader } from '../cluster-reader.ts'
import { diagnose } from '../diagnosis/diagnose.ts'
import type { Finding, IssueId } from '../diagnosis/finding.ts'
import type { WorkloadKind } from '../owners.ts'
import { snapshotOfPod } from '../snapshot-of-pod.ts'
import { snapshotOfWorkload } from '../snapshot-of-workload.ts'

interface LookOptions {
  readonly now: number
  readonly signal?: AbortSignal | undefined
}

/** The kinds that a write to a workload or pod can fix; nodes, claims and budgets are not among them. */
const MENDED = new Set(['Pod', 'ReplicaSet', 'Deployment', 'StatefulSet', 'DaemonSet', 'Job'])

export async function issuesOfWorkload(
  reader: ClusterReader,
  { kind, namespace, name }: { readonly kind: WorkloadKind; readonly namespace: string; readonly name: string },
  { now, signal }: LookOptions,
): Promise<readonly IssueId[]> {
  const snapshot = await snapshotOfWorkload(reader, kind, namespace, name, signal === undefined ? {} : { signal })
  return issueTypes(diagnose(snapshot, now).findings)
}

export async function issuesOfPod(
  reader: ClusterReader,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  { now, signal }: LookOptions,
): Promise<readonly IssueId[]> {
  const snapshot = await snapshotOfPod(reader, namespace, name, signal === undefined ? {} : { signal })
  return issueTypes(diagnose(snapshot, now).findings.filter(({ object }) => object.kind === 'Pod'))
}

function issueTypes(findings: readonly Finding[]): readonly IssueId[] {
  const open = findings.filter(
    ({ state, severity, object }) => state === 'current' && severity !== 'info' && MENDED.has(object.kind),
  )
  return [...new Set(open.map(({ issue }) => issue))].sort()
}
