// Plans and applies remediations. A plan checks the permissions of the operator and the API and makes a dry run. Applying it
// changes only the object version that was planned for, and then verifies the result.
import type { ToolErrorKind } from 'mcp-vitals'
import { instruments, REMEDIATION_ACTIONS, REMEDIATION_OUTCOMES, recordRemediation, ToolError } from 'mcp-vitals'
import type { ClusterReader } from '../cluster-reader.ts'
import type { IssueId } from '../diagnosis/finding.ts'
import type { NamespaceScope } from '../namespace-scope.ts'
import type { OpenedApi } from '../open-cluster.ts'
import type { WorkloadKind } from '../owners.ts'
import { ownersOf, WORKLOAD_KINDS } from '../owners.ts'
import { readCluster } from '../read-cluster.ts'
import { RESOURCE_OF } from '../readable-resources.ts'
import { tolerantReads } from '../tolerant-reads.ts'
import type { Differences } from './diff-objects.ts'
import { diffObjects } from './diff-objects.ts'
import { issuesOfPod, issuesOfWorkload } from './issues-of-target.ts'
import { pendingPlans } from './pending-plans.ts'
import type { RemediationPolicy } from './permission.ts'
import type { Plan, RemediationRequest, Version } from './plan.ts'
import { sameRequest } from './plan.ts'
import type { TargetKind, TargetObject } from './prepare-change.ts'
import { accessFor, nameOf, prepareChange } from './prepare-change.ts'
import type { Verification } from './verify-change.ts'
import { verifyChange } from './verify-change.ts'

interface RemediationParts {
  /** The cluster without a cache, because a plan needs the current state. */
  readonly api: Omit<OpenedApi, 'ready'>
  readonly scope: NamespaceScope
  readonly policy: RemediationPolicy
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Milliseconds in which a change has to show that it helped. @default 45_000 */
  readonly verifyMs?: number
  /** So long it has to stay well, in milliseconds. @default 10_000, or a third of `verifyMs` if that is less */
  readonly settleMs?: number
  /** Between two looks, in milliseconds. @default 2_000 */
  readonly pollMs?: number
  /** Called after a write, because cached reads are outdated. */
  readonly onChange?: () => void
}

interface Planned {
  readonly effect: string
  readonly differences: Differences
  /** Issue types that are there now and have to go. */
  readonly issues: readonly IssueId[]
  readonly confirmation: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

export interface Remediator {
  readonly policy: RemediationPolicy
  /** @throws {ToolError} `refused` or `forbidden` without permission, and the errors of cluster reads. */
  plan(request: RemediationRequest, signal?: AbortSignal): Promise<Planned>
  /** @throws {ToolError} `refused` unless the confirmation is good and the object is as it was. */
  apply(request: RemediationRequest, confirmation: string, signal?: AbortSignal): Promise<Verification>
}

/** Counts each step once in `mcp_remediation_actions_total`, by its outcome. */
export function createRemediator({ api, scope, policy, now, ...options }: RemediationParts): Remediator {
  const { verifyMs = 45_000, pollMs = 2_000, onChange } = options
  // If this were longer than the whole time, nothing would ever be verified.
  const { settleMs = Math.min(10_000, verifyMs / 3) } = options
  const plans = pendingPlans({ now })
  const reader = readCluster({ reads: api, log: api.log, scope })
  // Starts all counters at 0, so that the first event is an increase.
  for (const action of REMEDIATION_ACTIONS) {
    for (const outcome of REMEDIATION_OUTCOMES) instruments.remediationActions.record(0, { action, outcome })
  }

  const permit = async (request: RemediationRequest, signal: AbortSignal | undefined) => {
    scope.check(request.target.namespace)
    policy.check(request.action, request.target.namespace)
    const access = accessFor(request)
    if (await api.may(access, signal)) return
    const { verb, resource, subresource } = access
    throw new ToolError(
      'forbidden',
      `The cluster roles do not allow this server to ${verb} ${resource}${subresource ? `/${subresource}` : ''} in namespace "${request.target.namespace}". Ask the operator of the server to grant it.`,
    )
  }
  const read = async ({ target }: RemediationRequest, signal: AbortSignal | undefined) => {
    const { namespace, name } = target
    const object: TargetObject = await api.get(RESOURCE_OF[target.kind as TargetKind], { namespace, name }, signal)
    return { object, version: versionOf(object) }
  }
  return {
    policy,
    plan: (request, signal) =>
      counted(
        request,
        () => signal?.aborted === true,
        async () => {
          await permit(request, signal)
          const { object, version } = await read(request, signal)
          const prepared = await prepareChange(request, object, reader, { now: now(), ...(signal && { signal }) })
          const plan: Plan = {
            request,
            version,
            change: prepared.change,
            ...(await healthOf(request, object, reader, now(), signal)),
          }
          const after = await write(api, plan, true, signal)
          const differences = diffObjects({ spec: object.spec }, { spec: after(object).spec })
          const added = plans.add(plan)
          recordRemediation(request.action, 'planned', { ...request.target, confirmation: added.confirmation })
          return { effect: prepared.effect, differences, issues: plan.issues, ...added }
        },
      ),
    apply(request, confirmation, signal) {
      let begun = false
      return counted(
        request,
        () => !begun && signal?.aborted === true,
        async () => {
          const plan = plans.take(confirmation)
          if (!sameRequest(plan.request, request)) {
            throw new ToolError(
              'refused',
              'This confirmation belongs to a different request. Call the plan tool again.',
            )
          }
          await permit(plan.request, signal)
          const { version } = await read(plan.request, signal)
          if (version.uid !== plan.version.uid || version.resourceVersion !== plan.version.resourceVersion)
            throw changed(plan)
          signal?.throwIfAborted()
          begun = true
          // Without the signal, because the result of a cancelled write is unknown.
          try {
            await write(api, plan, false, undefined)
          } finally {
            // Also if the answer was lost, because the change may have been made.
            onChange?.()
          }
          const change = { ...plan.request.target, confirmation }
          recordRemediation(plan.request.action, 'applied', change)
          try {
            const seen = await verifyChange(plan, reader, { now, withinMs: verifyMs, settleMs, pollMs, signal })
            recordRemediation(plan.request.action, seen.verified ? 'verified' : 'failed', change)
            return seen
          } catch (error) {
            recordRemediation(plan.request.action, 'failed', change)
            throw new Verified(error)
          } finally {
            onChange?.()
          }
        },
      )
    },
  }
}

/** Marks an error whose outcome was counted already. */
class Verified extends Error {
  constructor(cause: unknown) {
    super('counted', { cause })
  }
}

const SAID_NO: ReadonlySet<ToolErrorKind> = new Set<ToolErrorKind>([
  'refused',
  'forbidden',
  'conflict',
  'not_found',
  'validation_error',
])

/** No permission: `refused`. Cluster not available, or a bug: `failed`. Cancelled before the write: no outcome. */
async function counted<T>(
  { action, target }: RemediationRequest,
  givenUp: () => boolean,
  step: () => Promise<T>,
): Promise<T> {
  try {
    return await step()
  } catch (error) {
    if (error instanceof Verified) throw error.cause
    if (!givenUp()) {
      recordRemediation(action, error instanceof ToolError && SAID_NO.has(error.kind) ? 'refused' : 'failed', target)
    }
    throw error
  }
}

/** Resolves to a function that gives the target as it is after the write. */
async function write(
  api: RemediationParts['api'],
  plan: Plan,
  dryRun: boolean,
  signal: AbortSignal | undefined,
): Promise<(before: TargetObject) => { readonly spec?: unknown }> {
  const { change, version } = plan
  const { namespace, name } = plan.request.target
  const object = { namespace, name, ...version }
  try {
    if (change.write === 'patch') {
      const after = await api.write.patch(change.resource, object, change.steps, { dryRun, signal })
      return () => after
    }
    if (change.write === 'scale') {
      await api.write.scale(change.resource, object, change.replicas, { dryRun, signal })
      return ({ spec }) => ({ spec: { ...spec, replicas: change.replicas } })
    }
    await api.write.evict(object, { dryRun, signal })
    return (before) => before
  } catch (error) {
    throw error instanceof ToolError && error.kind === 'conflict' ? changed(plan) : error
  }
}

function changed({ request }: Plan): ToolError {
  return new ToolError(
    'refused',
    `${nameOf(request.target)} has changed since the plan, so nothing was done. Diagnose it again, then plan again.`,
  )
}

function versionOf({ metadata }: TargetObject): Version {
  const { uid, resourceVersion } = metadata ?? {}
  if (!uid || !resourceVersion)
    throw new ToolError('unavailable', 'The Kubernetes API returned an object without a version.')
  return { uid, resourceVersion }
}

/** What is wrong now, and the workload by which one sees that it is over. */
async function healthOf(
  { target }: RemediationRequest,
  object: TargetObject,
  reader: ClusterReader,
  now: number,
  signal: AbortSignal | undefined,
): Promise<Pick<Plan, 'workload' | 'issues'>> {
  const { namespace, name } = target
  if (target.kind !== 'Pod') {
    const workload = { kind: target.kind, name }
    return { workload, issues: await issuesOfWorkload(reader, { ...workload, namespace }, { now, signal }) }
  }
  const owners = await ownersOf(object, namespace, tolerantReads(reader, signal))
  // Not a CronJob: it begins the next run whatever becomes of this one.
  const top = owners.findLast(({ kind }) => kind !== 'CronJob')
  const kind: WorkloadKind | undefined = WORKLOAD_KINDS.find((known) => known === top?.kind)
  return {
    workload: top === undefined || kind === undefined ? undefined : { kind, name: top.object.metadata?.name ?? '' },
    issues: await issuesOfPod(reader, { namespace, name }, { now, signal }),
  }
}
