// Declares the data of a remediation, from the request to the plan.
import type { RemediationAction } from 'mcp-vitals'
import type { PatchableResource, PatchStep, ScalableResource } from '../cluster-writes.ts'
import type { IssueId } from '../diagnosis/finding.ts'
import type { WorkloadKind } from '../owners.ts'

export interface RemediationTarget {
  readonly kind: WorkloadKind | 'Pod'
  readonly namespace: string
  readonly name: string
}

export interface RemediationRequest {
  readonly action: RemediationAction
  readonly target: RemediationTarget
  /** Of scale. */
  readonly replicas?: number | undefined
  /** Of rollback; without it the one before. */
  readonly revision?: number | undefined
}

/** The object as it was when the plan was made: nothing is done to another. */
export interface Version {
  readonly uid: string
  readonly resourceVersion: string
}

/** What is asked of the API. */
export type PlannedChange =
  | { readonly write: 'patch'; readonly resource: PatchableResource; readonly steps: readonly PatchStep[] }
  | { readonly write: 'scale'; readonly resource: ScalableResource; readonly replicas: number }
  | { readonly write: 'evict' }

export interface Plan {
  readonly request: RemediationRequest
  readonly version: Version
  readonly change: PlannedChange
  /** The workload whose state tells whether it helped: the target, or what made the pod; undefined where that is none of ours. */
  readonly workload: { readonly kind: WorkloadKind; readonly name: string } | undefined
  /** Issue types that were there, which are to go. */
  readonly issues: readonly IssueId[]
}

/** Whether two requests are the same one. */
export function sameRequest(a: RemediationRequest, b: RemediationRequest): boolean {
  return (
    a.action === b.action &&
    a.target.kind === b.target.kind &&
    a.target.namespace === b.target.namespace &&
    a.target.name === b.target.name &&
    a.replicas === b.replicas &&
    a.revision === b.revision
  )
}
