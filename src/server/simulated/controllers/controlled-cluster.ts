// Gives the simulated controllers access to the cluster, to ownership and to events.
import { createHash } from 'node:crypto'
import type { V1OwnerReference } from '@kubernetes/client-node'
import type { ObjectStore } from '../object-store.ts'
import type { Programs } from '../programs.ts'
import type { ServedName, Stored } from '../served-resources.ts'
import { apiVersionOf, SERVED } from '../served-resources.ts'
import type { Wire } from '../wire.ts'
import { wireTime } from '../wire.ts'

export interface ControlledCluster {
  readonly store: ObjectStore
  readonly programs: Programs
  /** Classes that volumes can be had of. */
  readonly storageClasses: readonly string[]
  /** Milliseconds from a pod's creation to its first container's start. */
  readonly podStartMs: number
  readonly now: () => number
}

export type OwningResource = 'deployments' | 'replicasets' | 'statefulsets' | 'daemonsets' | 'jobs' | 'cronjobs'

interface Metadata {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly creationTimestamp: string
  readonly labels?: Record<string, string>
  readonly annotations?: Record<string, string>
  readonly ownerReferences?: readonly Wire<V1OwnerReference>[]
  readonly deletionTimestamp?: string
  readonly generation?: number
}

/** The metadata of what is in a namespace, with its optional parts in sight. */
export function metadataOf(object: Stored<ServedName>): Metadata {
  return object.metadata as unknown as Metadata
}

export function ownerReferenceTo(resource: OwningResource, owner: Stored<OwningResource>): Wire<V1OwnerReference>[] {
  const { name, uid } = owner.metadata
  const { kind } = SERVED[resource]
  return [{ apiVersion: apiVersionOf(resource), kind, name, uid, controller: true, blockOwnerDeletion: true }]
}

/** Those of a kind that this one made, the oldest first. */
export function childrenOf<R extends ServedName>(
  { store }: ControlledCluster,
  resource: R,
  owner: Stored<OwningResource>,
): Stored<R>[] {
  return store
    .list(resource, owner.metadata.namespace)
    .filter((child) => metadataOf(child).ownerReferences?.some(({ uid }) => uid === owner.metadata.uid))
    .sort((a, b) => createdAt(a) - createdAt(b))
}

export function createdAt(object: Stored<ServedName>): number {
  return Date.parse(object.metadata.creationTimestamp)
}

/** As the API's own: an event is forgotten an hour after it was last seen. */
export const EVENT_LIFE_MS = 3_600_000

/** No vowels, so that no words come out. */
const HASH_LETTERS = 'bcdfghjkmn456789'

/** What tells templates apart, as the label `pod-template-hash` does. */
export function templateHash(template: unknown): string {
  const digest = createHash('sha256').update(JSON.stringify(template)).digest('hex')
  return digest.slice(0, 10).replace(/./g, (digit) => HASH_LETTERS[Number.parseInt(digit, 16)] ?? '')
}

export function isReady(pod: Stored<'pods'>): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
}

/** Whether the pod counts for its workload: failed and ended pods do not. */
export function isActive(pod: Stored<'pods'>): boolean {
  const phase = pod.status?.phase
  return phase !== 'Failed' && phase !== 'Succeeded' && metadataOf(pod).deletionTimestamp === undefined
}

interface Happening {
  readonly type?: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
  readonly component: string
  readonly count?: number
  /** Milliseconds since 1970. @default now */
  readonly firstAt?: number
  readonly lastAt?: number
  readonly fieldPath?: string
}

/** An event about an object. The same again is the same event, with another count and time. */
export function tellEvent(
  view: ControlledCluster,
  resource: ServedName,
  about: Stored<ServedName>,
  happening: Happening,
): void {
  const { store, now } = view
  const {
    type = 'Normal',
    reason,
    message,
    component,
    count = 1,
    firstAt = now(),
    lastAt = firstAt,
    fieldPath,
  } = happening
  if (Date.parse(wireTime(lastAt)) < now() - EVENT_LIFE_MS) return
  const { name, uid, resourceVersion } = about.metadata
  const namespace = about.metadata.namespace ?? 'default'
  const id = createHash('sha256').update(`${uid}\n${reason}\n${message}`).digest('hex').slice(0, 16)
  const known = store.get('events', namespace, `${name}.${id}`)
  if (known !== undefined && known.count === count) return
  const event = {
    metadata: { name: `${name}.${id}`, namespace, creationTimestamp: wireTime(firstAt) },
    involvedObject: {
      apiVersion: apiVersionOf(resource),
      kind: SERVED[resource].kind,
      name,
      ...(about.metadata.namespace !== undefined && { namespace }),
      uid,
      resourceVersion,
      ...(fieldPath !== undefined && { fieldPath }),
    },
    type,
    reason,
    message,
    count,
    firstTimestamp: known?.firstTimestamp ?? wireTime(firstAt),
    lastTimestamp: wireTime(lastAt),
    source: { component },
    reportingComponent: component,
    reportingInstance: '',
  }
  if (known === undefined) store.create('events', event)
  else store.update('events', event)
}
