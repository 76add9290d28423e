// One issue type: data, and one small pure rule. docs/issues.md, the label values and the findings derive from it.
import type { ClusterView } from './cluster-view.ts'
import type { Detection, NextStep, Severity } from './finding.ts'
import type { ViewOf } from './object-view.ts'
import type { Kind } from './snapshot.ts'

export interface IssueType<K extends Kind = Kind> {
  /** snake_case; the value of the label `issue_type`, the anchor in docs/issues.md. A renamed one is a breaking change. */
  readonly id: string
  readonly title: string
  readonly severity: Severity
  /** The kinds of object that it is looked for on. */
  readonly of: readonly K[]
  /** How it is detected, as a sentence. */
  readonly detection: string
  /** The fields that evidence comes from, list elements unnamed: `status.conditions[].reason`; of another object: `Node: …`. Those of init containers are called as those of containers. */
  readonly fields: readonly string[]
  readonly cause: string
  readonly next: NextStep
  /** Issue types of the same object (and container) that this one is the reason of: they are then left out. */
  readonly explains?: readonly string[]
  /** What the snapshot has to hold for it to be judged at all. */
  readonly needs?: 'usage' | 'EndpointSlice'
  /** Looked for on pods that are being deleted too; the others would only see the end of a normal life. */
  readonly whileTerminating?: boolean
  detect(object: ViewOf<K>, cluster: ClusterView): readonly Detection[]
}

/** An issue type whose rule is typed by the kinds it is for. */
export function defineIssue<const K extends Kind>(issue: IssueType<K>): IssueType {
  return issue as unknown as IssueType
}
