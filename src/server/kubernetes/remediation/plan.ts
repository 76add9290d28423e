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

/** The object version at the time of the plan; no other version is changed. */
export interface Version {
  readonly uid: string
  readonly resourceVersion: string
}

/** The write to the API. */
export type PlannedChange =
  | { readonly write: 'patch'; readonly resource: PatchableResource; readonly steps: readonly PatchStep[] }
  | { readonly write: 'scale'; readonly resource: ScalableResource; readonly replicas: number }
  | { readonly write: 'evict' }

export interface Plan {
  readonly request: RemediationRequest
  readonly version: Version
  readonly change: PlannedChange
  /** The workload to verify: the target or the owner of the pod; undefined for an unknown owner. */
  readonly workload: { readonly kind: WorkloadKind; readonly name: string } | undefined
  /** The issue types at the time of the plan, which must be gone afterwards. */
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
