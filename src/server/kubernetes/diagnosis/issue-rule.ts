// Describes one issue type and the pure rule that finds it. docs/issues.md and the findings derive from these.
import type { IssueSeverity } from 'mcp-vitals'
import type { ClusterView, ViewOf } from './cluster-view.ts'
import type { Detection, IssueId, NextStep } from './finding.ts'
import type { Kind } from './snapshot.ts'

export interface IssueRule<K extends Kind = Kind> {
  /** The anchor in docs/issues.md. Renaming one is a breaking change. */
  readonly id: IssueId
  readonly title: string
  readonly severity: IssueSeverity
  /** The kinds of object that it is looked for on. */
  readonly of: readonly K[]
  /** How it is detected, as a sentence. */
  readonly detection: string
  /** The fields that evidence comes from, list elements unnamed: `status.conditions[].reason`; of another object: `Node: …`. Those of init containers are called as those of containers. */
  readonly fields: readonly string[]
  readonly cause: string
  readonly next: NextStep
  /** Issue types of the same object (and container) that this one is the reason of: they are then left out. */
  readonly explains?: readonly IssueId[]
  /** What the snapshot has to hold for it to be judged at all. */
  readonly needs?: 'usage' | 'EndpointSlice'
  /** Looked for on pods that plainly have no problem of their own too: what it is found by is elsewhere. */
  readonly whileWell?: boolean
  /** Looked for on pods that are being deleted too; the others would only see the end of a normal life. */
  readonly whileTerminating?: boolean
  detect(object: ViewOf<K>, cluster: ClusterView): readonly Detection[]
}

/** Types a rule by the kinds that it looks at. */
export function defineIssue<const K extends Kind>(rule: IssueRule<K>): IssueRule {
  return rule as unknown as IssueRule
}
