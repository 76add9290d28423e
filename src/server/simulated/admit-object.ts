// Validates objects as the API server does, as far as clients of this server need it: names, namespaces and immutable
// fields.
import { isDeepStrictEqual } from 'node:util'
import type { ObjectStore } from './object-store.ts'
import type { Draft, ServedName, Stored } from './served-resources.ts'
import { apiVersionOf, SERVED } from './served-resources.ts'
import { notFound, StatusError } from './status-error.ts'
import type { JsonObject } from './wire.ts'
import { isJsonObject } from './wire.ts'

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

/** For a create: the object with its name and namespace filled in. */
export function admitNew<R extends ServedName>(
  store: ObjectStore,
  resource: R,
  namespace: string | undefined,
  body: JsonObject,
): Draft<R> {
  checkKind(resource, body)
  const given = isJsonObject(body['metadata']) ? body['metadata'] : {}
  if (given['resourceVersion'])
    throw new StatusError('BadRequest', 'resourceVersion should not be set on objects to be created')
  checkNamespace(namespace, given['namespace'])
  if (namespace !== undefined && store.get('namespaces', undefined, namespace) === undefined) {
    throw notFound('', 'namespaces', namespace)
  }
  const generated = typeof given['generateName'] === 'string' ? `${given['generateName']}${suffix(5)}` : ''
  const name = typeof given['name'] === 'string' && given['name'] !== '' ? given['name'] : generated
  checkName(resource, name)
  checkContainers(resource, name, body)
  const metadata = {
    ...without(given, ['uid', 'creationTimestamp', 'deletionTimestamp', 'selfLink']),
    name,
    ...(namespace !== undefined && { namespace }),
    ...(SERVED[resource].status && 'spec' in body && resource !== 'namespaces' && { generation: 1 }),
  }
  return { ...body, metadata } as unknown as Draft<R>
}

/** For an update: what cannot be changed is as it was. */
export function admitChange<R extends ServedName>(resource: R, current: Stored<R>, body: JsonObject): void {
  checkKind(resource, body)
  const given = isJsonObject(body['metadata']) ? body['metadata'] : {}
  const { name, namespace, uid } = current.metadata
  if (given['name'] !== undefined && given['name'] !== name) {
    throw new StatusError(
      'BadRequest',
      `the name of the object (${String(given['name'])}) does not match the name on the URL (${name})`,
    )
  }
  checkNamespace(namespace, given['namespace'])
  if (given['uid'] !== undefined && given['uid'] !== uid) {
    throw new StatusError(
      'Conflict',
      `Precondition failed: UID in precondition: ${String(given['uid'])}, UID in object meta: ${uid}`,
    )
  }
  checkContainers(resource, name, body)
  const was = (current as unknown as JsonObject)['spec']
  const is = body['spec']
  if (resource === 'pods' && !isDeepStrictEqual(fixedPartOf(was), fixedPartOf(is))) {
    throw invalid(
      'Pod',
      name,
      'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`',
    )
  }
  if (TEMPLATED.has(resource)) {
    if (!isDeepStrictEqual((was as JsonObject)?.['selector'], (is as JsonObject)?.['selector'])) {
      throw invalid(SERVED[resource].kind, name, 'spec.selector: Invalid value: field is immutable')
    }
  }
}

function invalid(kind: string, name: string, cause: string): StatusError {
  return new StatusError('Invalid', `${kind} "${name}" is invalid: ${cause}`, { name, kind })
}

/** What is appended to generated names: no vowels, so that no words come out. */
export function suffix(length: number): string {
  const letters = 'bcdfghjklmnpqrstvwxz2456789'
  return Array.from({ length }, () => letters[Math.floor(Math.random() * letters.length)]).join('')
}

function checkKind(resource: ServedName, { kind, apiVersion }: JsonObject): void {
  const wanted = { kind: SERVED[resource].kind, apiVersion: apiVersionOf(resource) }
  if ((kind ?? wanted.kind) !== wanted.kind || (apiVersion ?? wanted.apiVersion) !== wanted.apiVersion) {
    throw new StatusError(
      'BadRequest',
      `${String(kind)} in version "${String(apiVersion)}" cannot be handled as a ${wanted.kind}`,
    )
  }
}

function checkNamespace(ofPath: string | undefined, ofBody: unknown): void {
  if (ofBody === undefined || ofBody === ofPath) return
  throw new StatusError(
    'BadRequest',
    'the namespace of the provided object does not match the namespace sent on the request',
  )
}

function checkName(resource: ServedName, name: string): void {
  const { kind } = SERVED[resource]
  if (name === '') throw invalid(kind, '', 'metadata.name: Required value: name or generateName is required')
  const strict = resource === 'namespaces' || resource === 'services'
  if (strict ? !LABEL.test(name) : name.length > 253 || !SUBDOMAIN.test(name)) {
    throw invalid(
      kind,
      name,
      `metadata.name: Invalid value: "${name}": a lowercase RFC 1123 ${strict ? 'label' : 'subdomain'} is required`,
    )
  }
}

/** Of a pod, and of the template that pods are made of. */
function checkContainers(resource: ServedName, name: string, { spec }: JsonObject): void {
  const ofPods = podSpecOf(resource, spec)
  if (ofPods === undefined) return
  const { path, podSpec } = ofPods
  const containers = isJsonObject(podSpec) ? podSpec['containers'] : undefined
  if (!Array.isArray(containers) || containers.length === 0) {
    throw invalid(SERVED[resource].kind, name, `${path}.containers: Required value`)
  }
}

const TEMPLATED = new Set<ServedName>(['deployments', 'replicasets', 'statefulsets', 'daemonsets', 'jobs'])

function podSpecOf(resource: ServedName, spec: unknown): { path: string; podSpec: unknown } | undefined {
  if (resource === 'pods') return { path: 'spec', podSpec: spec }
  if (!TEMPLATED.has(resource)) return undefined
  const template = isJsonObject(spec) ? spec['template'] : undefined
  return { path: 'spec.template.spec', podSpec: isJsonObject(template) ? template['spec'] : undefined }
}

function fixedPartOf(spec: unknown): unknown {
  if (!isJsonObject(spec)) return spec
  const images = (containers: unknown) =>
    Array.isArray(containers) ? containers.map((container) => without(container as JsonObject, ['image'])) : containers
  return {
    ...without(spec, ['activeDeadlineSeconds', 'tolerations', 'nodeName']),
    containers: images(spec['containers']),
    initContainers: images(spec['initContainers']),
  }
}

function without(object: JsonObject, fields: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([field]) => !fields.includes(field)))
}
