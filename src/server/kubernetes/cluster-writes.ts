// Makes the few supported changes to a cluster. Each supports a dry run, names the version of its object, and fails with a
// `ToolError` that quotes nothing from the answer.
import { ToolError } from 'mcp-vitals'
import { attempt, ending } from './cluster-call.ts'
import { clusterError, statusOf } from './cluster-error.ts'
import type { ClusterApis, ObjectName, ResourceTypes } from './resource-calls.ts'

/** What has a template that can be changed. */
export type PatchableResource = 'deployments' | 'statefulsets' | 'daemonsets'
export type ScalableResource = 'deployments' | 'statefulsets'

/** RFC 6902; `add` also replaces an existing value. */
export interface PatchStep {
  readonly op: 'add'
  /** RFC 6901. */
  readonly path: string
  readonly value: unknown
}

export interface WriteOptions {
  /** The API checks and admits the write, but stores nothing. */
  readonly dryRun: boolean
  readonly signal?: AbortSignal | undefined
}

/** Calls reject with `conflict` if the object has changed, and with `refused` if a rule of the cluster does not allow them. */
export interface ClusterWrites {
  /** Resolves to the object as it is then. */
  patch<R extends PatchableResource>(
    resource: R,
    object: ObjectName & { readonly resourceVersion: string },
    steps: readonly PatchStep[],
    options: WriteOptions,
  ): Promise<ResourceTypes[R]>
  scale(
    resource: ScalableResource,
    object: ObjectName & { readonly resourceVersion: string },
    replicas: number,
    options: WriteOptions,
  ): Promise<void>
  /** Deletes a pod unless a disruption budget forbids it. */
  evict(
    pod: ObjectName & { readonly uid: string; readonly resourceVersion: string },
    options: WriteOptions,
  ): Promise<void>
}

/** Whose change it is, in `managedFields`. */
const FIELD_MANAGER = 'mcp-vitals'

export function clusterWrites({ apps, core }: ClusterApis): ClusterWrites {
  const patches = {
    deployments: apps.patchNamespacedDeployment.bind(apps),
    statefulsets: apps.patchNamespacedStatefulSet.bind(apps),
    daemonsets: apps.patchNamespacedDaemonSet.bind(apps),
  }
  const scales = {
    deployments: apps.patchNamespacedDeploymentScale.bind(apps),
    statefulsets: apps.patchNamespacedStatefulSetScale.bind(apps),
  }
  const write = <T>(what: string, { signal, dryRun }: WriteOptions, call: () => Promise<T>): Promise<T> =>
    attempt(what, signal, async () => {
      try {
        return await call()
      } catch (error) {
        throw refusalOf(error, what) ?? (dryRun ? error : doubtOf(error, what))
      }
    })
  return {
    patch: (resource, { namespace, name, resourceVersion }, steps, options) =>
      write(`patch ${resource} "${name}" in namespace "${namespace}"`, options, () => {
        const body = [versionStep(resourceVersion), ...steps]
        return patches[resource]({ namespace, name, body, ...common(options) }, ending(options.signal)) as never
      }),
    scale: (resource, { namespace, name, resourceVersion }, replicas, options) =>
      write(`scale ${resource} "${name}" in namespace "${namespace}"`, options, async () => {
        const body = [versionStep(resourceVersion), { op: 'add', path: '/spec/replicas', value: replicas }]
        await scales[resource]({ namespace, name, body, ...common(options) }, ending(options.signal))
      }),
    evict: ({ namespace, name, uid, resourceVersion }, options) =>
      write(`evict pod "${name}" in namespace "${namespace}"`, options, async () => {
        const { dryRun } = common(options)
        const deleteOptions = { preconditions: { uid, resourceVersion }, ...(dryRun && { dryRun: [dryRun] }) }
        const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { namespace, name }, deleteOptions }
        await core.createNamespacedPodEviction(
          { namespace, name, body, ...(dryRun && { dryRun }) },
          ending(options.signal),
        )
      }),
  }
}

/** The API rejects a patch with another version than that of the object as a conflict. */
function versionStep(resourceVersion: string): PatchStep {
  return { op: 'add', path: '/metadata/resourceVersion', value: resourceVersion }
}

function common({ dryRun }: WriteOptions): { readonly fieldManager: string; readonly dryRun?: 'All' } {
  return { fieldManager: FIELD_MANAGER, ...(dryRun && { dryRun: 'All' as const }) }
}

/** What a write means by a status that means something else to a read. */
function refusalOf(error: unknown, what: string): ToolError | undefined {
  switch (statusOf(error)) {
    case 400:
    case 422:
      return new ToolError('refused', `The admission rules of the cluster did not allow it to ${what}.`)
    case 429:
      if (!namesBudget(error)) return undefined
      return new ToolError(
        'refused',
        `A disruption budget does not allow the cluster to ${what} now, because too few of its pods are healthy. Wait, or fix the other pods first.`,
      )
  }
  return undefined
}

/** What keeps a request from being sent at all. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH'])

/** Tells the caller that the result is unknown if the answer was lost or the server failed during the change. */
function doubtOf(error: unknown, what: string): unknown {
  const { cause } = (error ?? {}) as { cause?: { code?: unknown } }
  if ((statusOf(error) ?? 500) < 500 || NOT_SENT.has(String(cause?.code))) return error
  return new ToolError(
    clusterError(error, what).kind,
    `The answer of the cluster was lost, so it is unknown whether it did ${what}. Check the object before you continue.`,
  )
}

/** A cause that the API returns only for evictions; a busy server returns none. */
function namesBudget(error: unknown): boolean {
  const { body } = error as { body?: unknown }
  return (typeof body === 'string' ? body : JSON.stringify(body ?? '')).includes('DisruptionBudget')
}
