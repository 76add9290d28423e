// What a diagnosis yields: plain values, bounded in size, safe to send on.

/** From the gravest on. */
export const SEVERITIES = ['critical', 'warning', 'info'] as const
export type Severity = (typeof SEVERITIES)[number]

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

/** What a remediation could be, by the names of the `action` label. */
export const REMEDIATIONS = ['restart', 'scale', 'rollback', 'delete_pod'] as const
export type Remediation = (typeof REMEDIATIONS)[number]

export interface NextStep {
  readonly text: string
  /** The read-only tool to call next. */
  readonly tool?: string
  /** What would fit if the next step bears the cause out; never done by a diagnosis. */
  readonly remediation?: Remediation
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
  readonly issue: string
  readonly title: string
  readonly severity: Severity
  /** `recovered`: it happened, it is over, and it may come back. */
  readonly state: 'current' | 'recovered'
  readonly object: ObjectRef
  /** What controls the object, by kind and name. */
  readonly owner?: string
  readonly container?: string
  readonly evidence: readonly Evidence[]
  readonly cause: string
  readonly next: NextStep
  /** Where the issue is explained. */
  readonly runbook: string
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
