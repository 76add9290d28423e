// Declares the findings of a diagnosis.
import type { IssueSeverity, IssueType, RemediationAction } from 'mcp-vitals'

/** What a pod without a finding is counted under. */
export const NO_ISSUE = 'none' as const satisfies IssueType
/** An issue type that has a rule. */
export type IssueId = Exclude<IssueType, typeof NO_ISSUE>

/** One fact, and where it was read. */
export interface Evidence {
  /** `Kind/name`, where it is not the object that the finding is about. */
  readonly of?: string
  /** Path of the field, a list's element by the key that names it: `status.conditions[type=Ready].reason`. */
  readonly field: string
  readonly value: string | number | boolean
  /** How often an event was seen, and when last (RFC 3339). */
  readonly count?: number
  readonly last?: string
}

export interface NextStep {
  readonly text: string
  /** The read-only tool to call next. */
  readonly tool?: string
  /** What would fit if the next step bears the cause out; never done by a diagnosis. */
  readonly remediation?: RemediationAction
}

/** The arguments of the tools that a next step may name. */
interface CallArguments {
  readonly namespace?: string
  readonly kind?: string
  readonly name?: string
  readonly pod?: string
  readonly container?: string
  readonly previous?: boolean
  readonly object_kind?: string
  readonly object_name?: string
}

/** The next step as a call of the tool, and as a command for people. */
export interface NextCall {
  /** Left out where the tool does not take the object. */
  readonly arguments?: CallArguments
  readonly kubectl: string
}

export interface ObjectRef {
  readonly kind: string
  /** '' for what belongs to the whole cluster. */
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

export interface Finding {
  /** The issue type: an id of docs/issues.md, and the value of the label `issue_type`. */
  readonly issue: IssueId
  readonly title: string
  readonly severity: IssueSeverity
  /** `recovered`: it happened, it is over, and it may come back. */
  readonly state: 'current' | 'recovered'
  readonly object: ObjectRef
  /** What controls the object, by kind and name. */
  readonly owner?: string
  readonly container?: string
  readonly evidence: readonly Evidence[]
  readonly cause: string
  /** Since when, where anything says (RFC 3339). */
  readonly since?: string
  readonly next: NextStep & Partial<NextCall>
}

/** What a rule returns: only what it alone knows. */
export interface Detection {
  readonly evidence: readonly Evidence[]
  readonly container?: string
  readonly state?: 'recovered'
  /** If it is less grave than the issue type is. */
  readonly severity?: 'warning'
  /** A narrower cause than the issue type's own. Written by us, never taken from the cluster. */
  readonly cause?: string
}
