// Creates the diagnosis tools for a cluster.
import type { ClusterReader } from '../kubernetes/cluster-reader.ts'
import type { IssueTracker } from '../kubernetes/issue-tracker.ts'
import { diagnoseNamespace } from './diagnose-namespace.ts'
import { diagnosePod } from './diagnose-pod.ts'
import { diagnoseWorkload } from './diagnose-workload.ts'
import type { Tool } from './tool.ts'

export function diagnosisTools(
  reader: ClusterReader,
  tracker: IssueTracker,
  now: () => number = Date.now,
): readonly Tool[] {
  const parts = { reader, tracker, now }
  return [diagnosePod(parts), diagnoseWorkload(parts), diagnoseNamespace(parts)]
}
