// Handles write requests to the simulated API. With `dryRun=All`, it checks everything and stores nothing.
import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { admitChange, admitNew } from './admit-object.ts'
import type { ObjectStore } from './object-store.ts'
import { conflict } from './object-store.ts'
import { patchObject } from './patch-object.ts'
import type { Draft, ServedName, Stored } from './served-resources.ts'
import { apiVersionOf, SERVED } from './served-resources.ts'
import { notFound, StatusError, statusBody } from './status-error.ts'
import type { JsonObject } from './wire.ts'
import { isJsonObject, wireTime } from './wire.ts'

interface WriteTarget {
  readonly store: ObjectStore
  readonly resource: ServedName
  readonly namespace: string | undefined
  readonly dryRun: boolean
  readonly now: number
}

export interface NamedTarget extends WriteTarget {
  readonly name: string
  /** `status` writes the status alone, none writes all else. */
  readonly subresource?: 'status' | undefined
}

export function createObject({ store, resource, namespace, dryRun, now }: WriteTarget, body: JsonObject): JsonObject {
  const draft = admitNew(store, resource, namespace, body) as JsonObject
  const initial = { ...draft, ...initialStatus(resource) } as unknown as Draft<ServedName>
  if (!dryRun) return store.create(resource, initial) as unknown as JsonObject
  const { name = '' } = initial.metadata ?? {}
  if (store.get(resource, namespace, name))
    throw new StatusError('AlreadyExists', `${resource} "${name}" already exists`)
  const metadata = { ...initial.metadata, uid: randomUUID(), creationTimestamp: wireTime(now) }
  return { ...(initial as JsonObject), apiVersion: apiVersionOf(resource), kind: SERVED[resource].kind, metadata }
}

export function replaceObject(target: NamedTarget, body: JsonObject): JsonObject {
  const { store, resource, dryRun } = target
  const current = currentObject(target)
  admitChange(resource, current, target.subresource === 'status' ? { ...body, spec: specOf(current) } : body)
  const given = isJsonObject(body['metadata']) ? body['metadata'] : {}
  const { resourceVersion } = given
  if (resourceVersion && resourceVersion !== current.metadata.resourceVersion) throw conflict(resource, target.name)
  const next = merged(target, current, body)
  if (isDeepStrictEqual(next, current)) return current as unknown as JsonObject
  if (dryRun) return next
  const stored = store.update(resource, next as unknown as Draft<ServedName>)
  // The last finalizer was taken off an object that waits for its end.
  if (isHeld(current) && !isHeld(stored) && isDeleted(stored)) store.remove(resource, target.namespace, target.name)
  return stored as unknown as JsonObject
}

export function patchStored(target: NamedTarget, contentType: string, patch: unknown): JsonObject {
  return replaceObject(target, patchObject(currentObject(target) as unknown as JsonObject, contentType, patch))
}

export function deleteObject(target: NamedTarget, options: JsonObject): JsonObject {
  const { store, resource, namespace, name, dryRun, now } = target
  const current = currentObject(target)
  checkPreconditions(resource, current, options['preconditions'])
  const { kind, group } = SERVED[resource]
  if (isHeld(current) || waitsForItsEnd(resource, current, options)) {
    const metadata = { ...current.metadata, deletionTimestamp: wireTime(now), deletionGracePeriodSeconds: 0 }
    const going = { ...current, metadata } as unknown as Draft<ServedName>
    return (dryRun ? going : store.update(resource, going)) as unknown as JsonObject
  }
  if (!dryRun) store.remove(resource, namespace, name)
  if (resource === 'pods') {
    const metadata = { ...current.metadata, deletionTimestamp: wireTime(now), deletionGracePeriodSeconds: 30 }
    return { ...(current as unknown as JsonObject), metadata }
  }
  const details = { name, kind: kind.toLowerCase(), ...(group !== '' && { group }), uid: current.metadata.uid }
  return statusBody({ status: 'Success', details })
}

function isHeld({ metadata }: Stored<ServedName>): boolean {
  return ((metadata as { finalizers?: string[] }).finalizers ?? []).length > 0
}

function isDeleted({ metadata }: Stored<ServedName>): boolean {
  return 'deletionTimestamp' in metadata
}

/** The kubelet ends a pod's containers first, and a controller empties a namespace. */
function waitsForItsEnd(resource: ServedName, object: Stored<ServedName>, options: JsonObject): boolean {
  if (resource === 'namespaces') return true
  if (resource !== 'pods' || options['gracePeriodSeconds'] === 0) return false
  const { spec, status } = object as Stored<'pods'>
  return spec?.nodeName !== undefined && status?.phase !== 'Succeeded' && status?.phase !== 'Failed'
}

/** The scale of a workload, as `autoscaling/v1` tells it; written if a body is given. */
export function scaleObject(target: NamedTarget, change?: (scale: JsonObject) => JsonObject): JsonObject {
  const current = currentObject(target) as unknown as JsonObject
  const before = scaleOf(current)
  if (change === undefined) return before
  const after = change(before)
  const replicas = isJsonObject(after['spec']) ? (after['spec']['replicas'] ?? 0) : 0
  if (!Number.isInteger(replicas) || (replicas as number) < 0) {
    throw new StatusError(
      'Invalid',
      `Scale "${target.name}" is invalid: spec.replicas: Invalid value: must be greater than or equal to 0`,
    )
  }
  const spec = { ...(current['spec'] as JsonObject), replicas }
  const { resourceVersion, uid } = (isJsonObject(after['metadata']) ? after['metadata'] : {}) as JsonObject
  const metadata = {
    ...(current['metadata'] as JsonObject),
    ...(resourceVersion ? { resourceVersion } : {}),
    ...(uid ? { uid } : {}),
  }
  return scaleOf(replaceObject(target, { ...current, spec, metadata }))
}

function scaleOf({ metadata, spec, status }: JsonObject): JsonObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata as JsonObject
  const { replicas = 1, selector } = spec as JsonObject
  const labels = isJsonObject(selector) && isJsonObject(selector['matchLabels']) ? selector['matchLabels'] : {}
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas },
    status: {
      replicas: isJsonObject(status) ? (status['replicas'] ?? 0) : 0,
      selector: Object.entries(labels)
        .map(([key, value]) => `${key}=${String(value)}`)
        .join(','),
    },
  }
}

function currentObject({ store, resource, namespace, name }: NamedTarget): Stored<ServedName> {
  const found = store.get(resource, namespace, name)
  if (found === undefined) throw notFound(SERVED[resource].group, resource, name)
  return found
}

/** What the request may write, upon what it may not. */
function merged({ resource, subresource }: NamedTarget, current: Stored<ServedName>, body: JsonObject): JsonObject {
  const was = current as unknown as JsonObject
  if (subresource === 'status') return { ...was, status: body['status'] }
  const given = isJsonObject(body['metadata']) ? body['metadata'] : {}
  const { name, namespace, uid, creationTimestamp, resourceVersion } = current.metadata
  const { deletionTimestamp, generation } = current.metadata as { deletionTimestamp?: string; generation?: number }
  const changed = !isDeepStrictEqual(body['spec'], was['spec'])
  const metadata = {
    ...given,
    name,
    ...(namespace !== undefined && { namespace }),
    uid,
    creationTimestamp,
    resourceVersion,
    ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    ...(generation !== undefined && { generation: generation + (changed ? 1 : 0) }),
  }
  const { status, ...rest } = { ...body, apiVersion: was['apiVersion'], kind: was['kind'], metadata } as JsonObject
  const kept = SERVED[resource].status ? was['status'] : status
  return kept === undefined ? rest : { ...rest, status: kept }
}

function checkPreconditions(resource: ServedName, { metadata }: Stored<ServedName>, preconditions: unknown): void {
  if (!isJsonObject(preconditions)) return
  for (const [field, name] of [
    ['uid', 'UID'],
    ['resourceVersion', 'ResourceVersion'],
  ] as const) {
    const wanted = preconditions[field]
    if (wanted !== undefined && wanted !== metadata[field]) {
      throw new StatusError(
        'Conflict',
        `Precondition failed: ${name} in precondition: ${String(wanted)}, ${name} in object meta: ${metadata[field]}`,
        { name: metadata.name, kind: resource },
      )
    }
  }
}

function initialStatus(resource: ServedName): JsonObject {
  if (resource === 'pods') return { status: { phase: 'Pending', qosClass: 'BestEffort' } }
  if (resource === 'namespaces') return { status: { phase: 'Active' } }
  return SERVED[resource].status ? { status: {} } : {}
}

function specOf(object: Stored<ServedName>): unknown {
  return (object as unknown as JsonObject)['spec']
}
