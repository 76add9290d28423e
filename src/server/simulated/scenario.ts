// Builds a simulated cluster with a history: plays the steps of a scenario on its own clock, so that timestamps look real.
import type { AccessRule } from './access-rules.ts'
import type { ControlledCluster } from './controllers/controlled-cluster.ts'
import { isReady, metadataOf, tellEvent } from './controllers/controlled-cluster.ts'
import type { Controllers } from './controllers/controllers.ts'
import type { Programs } from './programs.ts'
import type { ServedName } from './served-resources.ts'
import { SERVED, SERVED_NAMES } from './served-resources.ts'
import { StatusError } from './status-error.ts'
import type { JsonObject } from './wire.ts'
import { isJsonObject, wireTime } from './wire.ts'

/** An object as one would write it for `kubectl apply`. */
export interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown }
  readonly [field: string]: unknown
}

interface Step {
  /** How long before the start, such as `3d`, `5h`, `20m` or `30s`. */
  readonly ago: string
  /** Made, or put in the place of what has that name. */
  readonly apply?: readonly Manifest[]
  /** A node takes one running pod with that label out, for that reason. */
  readonly evict?: { readonly namespace: string; readonly app: string; readonly message: string }
}

export interface Scenario {
  readonly programs: Programs
  readonly storageClasses: readonly string[]
  /** @default to read all but Secrets, and what remediation does */
  readonly access?: readonly AccessRule[]
  /** The oldest first. */
  readonly steps: readonly Step[]
}

/** Plays the steps; `setClock` moves the time that the controllers see, in milliseconds since 1970. */
export function playScenario(
  { steps }: Scenario,
  view: ControlledCluster,
  controllers: Controllers,
  setClock: (at: number | undefined) => void,
): void {
  const start = view.now()
  for (const { ago, apply = [], evict } of steps) {
    const at = start - milliseconds(ago)
    setClock(at)
    for (const manifest of apply) applyManifest(view, manifest)
    if (evict !== undefined) evictRunning(view, evict)
    controllers.settle()
    // Programs that end within minutes have done so before the next step.
    setClock(Math.min(at + 600_000, start))
    controllers.settle()
  }
  setClock(undefined)
  controllers.settle()
}

function milliseconds(ago: string): number {
  const [, number, unit = ''] = /^(\d+)([smhd])$/.exec(ago) ?? []
  const factor = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit]
  if (factor === undefined) throw new Error(`"${ago}" is not a duration such as 20m`)
  return Number(number) * factor
}

function applyManifest({ store, now }: ControlledCluster, manifest: Manifest): void {
  const resource = resourceOf(manifest.kind)
  const { name, namespace } = manifest.metadata
  const known = store.get(resource, namespace, name) as unknown as JsonObject | undefined
  if (known === undefined) {
    const generation = isJsonObject(manifest['spec']) && SERVED[resource].namespaced ? { generation: 1 } : {}
    const metadata = { creationTimestamp: wireTime(now()), ...generation, ...manifest.metadata }
    store.create(resource, { ...manifest, metadata } as never)
    return
  }
  const was = known['metadata'] as { generation?: number; annotations?: object }
  const annotations = { ...was.annotations, ...(manifest.metadata['annotations'] as object | undefined) }
  const metadata = { ...was, ...manifest.metadata, generation: (was.generation ?? 0) + 1, annotations }
  store.update(resource, { ...known, ...manifest, metadata } as never)
}

function resourceOf(kind: string): ServedName {
  const found = SERVED_NAMES.find((name) => SERVED[name].kind === kind)
  if (found === undefined) throw new StatusError('BadRequest', `no resource of kind ${kind} is served`)
  return found
}

function evictRunning(view: ControlledCluster, { namespace, app, message }: NonNullable<Step['evict']>): void {
  const pod = view.store
    .list('pods', namespace)
    .find((candidate) => metadataOf(candidate).labels?.['app'] === app && isReady(candidate))
  if (pod === undefined) return
  const { startTime } = pod.status ?? {}
  const status = { phase: 'Failed', reason: 'Evicted', message, ...(startTime !== undefined && { startTime }) }
  view.store.update('pods', { ...pod, status } as never)
  tellEvent(view, 'pods', pod, { type: 'Warning', reason: 'Evicted', message, component: 'kubelet' })
}
