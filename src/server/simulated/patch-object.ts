// Applies the three patch formats of the API: JSON merge patch (RFC 7386), strategic merge patch and JSON patch (RFC 6902).
import { isDeepStrictEqual } from 'node:util'
import { StatusError } from './status-error.ts'
import type { JsonObject } from './wire.ts'
import { isJsonObject } from './wire.ts'

/** The key that identifies the items of a list. Other lists are replaced as a whole. */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  ephemeralContainers: 'name',
  env: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
  imagePullSecrets: 'name',
  conditions: 'type',
  ownerReferences: 'uid',
  hostAliases: 'ip',
  topologySpreadConstraints: 'topologyKey',
}

export function patchObject(object: JsonObject, contentType: string, patch: unknown): JsonObject {
  switch (contentType.split(';')[0]?.trim()) {
    case 'application/merge-patch+json':
      return asObject(mergePatch(object, asObject(patch), undefined))
    case 'application/strategic-merge-patch+json':
      return asObject(mergePatch(object, asObject(patch), MERGE_KEYS))
    case 'application/json-patch+json':
      return jsonPatch(object, patch)
    default:
      throw new StatusError(
        'UnsupportedMediaType',
        'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json',
      )
  }
}

function mergePatch(target: unknown, patch: unknown, keys: typeof MERGE_KEYS | undefined): unknown {
  if (!isJsonObject(patch)) return patch
  if (keys !== undefined && patch['$patch'] === 'replace') return without(patch, '$patch')
  const merged: JsonObject = isJsonObject(target) ? { ...target } : {}
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete merged[field]
    else if (keys !== undefined && Array.isArray(value)) merged[field] = mergeList(merged[field], value, keys, field)
    else Object.defineProperty(merged, field, { value: mergePatch(merged[field], value, keys), ...PLAIN })
  }
  return merged
}

/** `__proto__` in a patch is a field like any other, and no prototype. */
const PLAIN = { enumerable: true, writable: true, configurable: true }

function mergeList(target: unknown, patch: readonly unknown[], keys: typeof MERGE_KEYS, field: string): unknown {
  // Ports are identified by containerPort in a container and by port in a service.
  const key = keys[field] ?? (field === 'ports' ? portKey(patch) : undefined)
  if (key === undefined || !Array.isArray(target) || !patch.every(isJsonObject)) return patch
  const merged: unknown[] = [...target]
  for (const item of patch as JsonObject[]) {
    if (item['$patch'] === 'replace') continue
    const at = merged.findIndex((other) => isJsonObject(other) && other[key] === item[key])
    if (item['$patch'] === 'delete') {
      if (at >= 0) merged.splice(at, 1)
    } else if (at >= 0) merged[at] = mergePatch(merged[at], item, keys)
    else merged.push(item)
  }
  return (patch as JsonObject[]).some((item) => item['$patch'] === 'replace')
    ? patch.filter((item) => (item as JsonObject)['$patch'] === undefined)
    : merged
}

function portKey(items: readonly unknown[]): string {
  return items.some((item) => isJsonObject(item) && 'containerPort' in item) ? 'containerPort' : 'port'
}

function jsonPatch(object: JsonObject, patch: unknown): JsonObject {
  if (!Array.isArray(patch)) throw new StatusError('BadRequest', 'a JSON patch is a list of operations')
  const box = { root: structuredClone(object) as unknown }
  for (const step of patch) {
    if (!isJsonObject(step) || typeof step['path'] !== 'string')
      throw new StatusError('BadRequest', 'invalid JSON patch')
    applyStep(box, step, step['path'])
  }
  return asObject(box.root)
}

function applyStep(box: { root: unknown }, step: JsonObject, path: string): void {
  switch (step['op']) {
    case 'add':
      addAt(box, path, step['value'])
      break
    case 'remove':
      removeAt(box, path)
      break
    case 'replace':
      removeAt(box, path)
      addAt(box, path, step['value'])
      break
    case 'move':
      addAt(box, path, removeAt(box, String(step['from'])))
      break
    case 'copy':
      addAt(box, path, structuredClone(readAt(box, String(step['from']))))
      break
    case 'test':
      if (isDeepStrictEqual(readAt(box, path), step['value'])) break
      throw new StatusError(
        'Invalid',
        `the server rejected our request due to an error in our request: testing value ${path} failed`,
      )
    default:
      throw new StatusError('BadRequest', `Unexpected kind: ${String(step['op'])}`)
  }
}

/** The holder of what a pointer names (RFC 6901), and its last part. */
function holderOf(box: { root: unknown }, path: string): { holder: JsonObject | unknown[]; last: string } {
  const parts = ['root', ...path.split('/').slice(1)].map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  const last = parts.pop() as string
  let holder: unknown = box
  for (const part of parts)
    holder = isHolder(holder) && Object.hasOwn(holder, part) ? Reflect.get(holder, part) : undefined
  if (!isHolder(holder)) throw missing(path)
  return { holder, last }
}

function readAt(box: { root: unknown }, path: string): unknown {
  const { holder, last } = holderOf(box, path)
  if (!Object.hasOwn(holder, last)) throw missing(path)
  return Reflect.get(holder, last)
}

function addAt(box: { root: unknown }, path: string, value: unknown): void {
  const { holder, last } = holderOf(box, path)
  if (!Array.isArray(holder)) Object.defineProperty(holder, last, { value, ...PLAIN })
  else if (last === '-') holder.push(value)
  else if (/^\d+$/.test(last) && Number(last) <= holder.length) holder.splice(Number(last), 0, value)
  else throw missing(path)
}

function removeAt(box: { root: unknown }, path: string): unknown {
  const value = readAt(box, path)
  const { holder, last } = holderOf(box, path)
  if (Array.isArray(holder)) holder.splice(Number(last), 1)
  else Reflect.deleteProperty(holder, last)
  return value
}

function missing(path: string): StatusError {
  return new StatusError(
    'Invalid',
    `the server rejected our request due to an error in our request: ${path} is missing`,
  )
}

function isHolder(value: unknown): value is JsonObject | unknown[] {
  return Array.isArray(value) || isJsonObject(value)
}

function without(object: JsonObject, field: string): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== field))
}

function asObject(value: unknown): JsonObject {
  if (isJsonObject(value)) return value
  throw new StatusError('BadRequest', 'the body of the request is not an object')
}
