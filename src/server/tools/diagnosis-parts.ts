// Declares what the diagnosis tools share.
import type { ClusterReader } from '../kubernetes/cluster-reader.ts'
import type { IssueTracker } from '../kubernetes/issue-tracker.ts'

export interface DiagnosisParts {
  readonly reader: ClusterReader
  /** Shared by the whole process, so that a finding is new only once. */
  readonly tracker: IssueTracker
  /** Milliseconds since 1970. */
  readonly now: () => number
}
