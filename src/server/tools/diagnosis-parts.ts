// What the tools that diagnose share.
import type { ClusterReader } from '../kubernetes/cluster-reader.ts'
import type { IssueTracker } from '../kubernetes/issue-tracker.ts'

export interface DiagnosisParts {
  readonly reader: ClusterReader
  /** One for the process: what one call has found is not new to the next. */
  readonly tracker: IssueTracker
  /** Milliseconds since 1970. */
  readonly now: () => number
}
