// Checks whether a remediation helped: the workload is complete and its issues are gone, both for a while, because a
// crashing pod runs well at first.
import { setTimeout as pause } from 'node:timers/promises'
import { ToolError } from 'mcp-vitals'
import type { ClusterReader } from '../cluster-reader.ts'
import type { IssueId } from '../diagnosis/finding.ts'
import { issuesOfWorkload } from './issues-of-target.ts'
import type { Plan } from './plan.ts'
import { missingOf } from './rollout-state.ts'

interface VerifyOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Milliseconds for all of it. */
  readonly withinMs: number
  /** So long it has to stay well, in milliseconds. */
  readonly settleMs: number
  /** Between two looks, in milliseconds. */
  readonly pollMs: number
  readonly signal?: AbortSignal | undefined
}

export interface Verification {
  readonly verified: boolean
  /** Issue types of before that are still, or again, there. */
  readonly issues: readonly IssueId[]
  /** What is missing else, in a few words. */
  readonly missing?: string
}

/** Keeps checking until the time is up if the API does not answer for a while. */
export async function verifyChange(plan: Plan, reader: ClusterReader, options: VerifyOptions): Promise<Verification> {
  const { withinMs, settleMs, pollMs, signal } = options
  const startedAt = performance.now()
  let wellSince: number | undefined
  let last: Verification = { verified: false, issues: plan.issues, missing: 'it has not been checked yet' }
  for (;;) {
    try {
      last = await look(plan, reader, options)
    } catch (error) {
      if (signal?.aborted || !(error instanceof ToolError)) throw error
      last = { verified: false, issues: plan.issues, missing: 'the cluster could not be read' }
    }
    const at = performance.now()
    if (!last.verified) wellSince = undefined
    else wellSince ??= at
    if (wellSince !== undefined && at - wellSince >= settleMs) return last
    if (at - startedAt + pollMs > withinMs) {
      return last.verified ? { ...last, verified: false, missing: 'it has not been healthy for long enough' } : last
    }
    await pause(pollMs, undefined, signal === undefined ? {} : { signal })
  }
}

async function look(
  { request: { action, target }, version, workload, issues: before }: Plan,
  reader: ClusterReader,
  { now, signal }: VerifyOptions,
): Promise<Verification> {
  const { namespace } = target
  const reading = signal === undefined ? {} : { signal }
  if (action === 'delete_pod') {
    const pod = await reader.get('Pod', namespace, target.name, reading)
    if (pod?.metadata?.uid === version.uid)
      return { verified: false, issues: before, missing: 'the pod is still terminating' }
  }
  if (workload === undefined) return { verified: true, issues: [] }
  const object = await reader.get(workload.kind, namespace, workload.name, reading)
  if (object === undefined) return { verified: false, issues: before, missing: 'the workload no longer exists' }
  const missing = missingOf(workload.kind, object)
  const found = await issuesOfWorkload(reader, { ...workload, namespace }, { now: now(), signal })
  const issues = found.filter((issue) => before.includes(issue))
  return { verified: missing === undefined && issues.length === 0, issues, ...(missing !== undefined && { missing }) }
}
