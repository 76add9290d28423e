// Serves the simulated Kubernetes API: authentication, authorization, then the verb.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ApiPath } from '../kubernetes/api-path.ts'
import { parseApiPath } from '../kubernetes/api-path.ts'
import type { AccessRule } from './access-rules.ts'
import { isAllowed } from './access-rules.ts'
import { evictPod } from './evict-pod.ts'
import { listObjects } from './list-objects.ts'
import type { ObjectStore } from './object-store.ts'
import { patchObject } from './patch-object.ts'
import type { ReadLog } from './pod-log.ts'
import { podLog } from './pod-log.ts'
import type { ReadPodMetrics } from './pod-metrics.ts'
import { readBody } from './read-body.ts'
import type { ServedName } from './served-resources.ts'
import { SERVED, servedName } from './served-resources.ts'
import { notFound, StatusError } from './status-error.ts'
import { watchObjects } from './watch-objects.ts'
import type { JsonObject } from './wire.ts'
import { isJsonObject } from './wire.ts'
import type { NamedTarget } from './write-object.ts'
import { createObject, deleteObject, patchStored, replaceObject, scaleObject } from './write-object.ts'

interface ApiServerOptions {
  readonly store: ObjectStore
  readonly token: string
  /** Asked at each request, so that rules may change. */
  readonly access: () => readonly AccessRule[]
  readonly readLog: ReadLog
  readonly readPodMetrics: ReadPodMetrics
  readonly now: () => number
}

/** Whom the token stands for, as messages name it. */
const SIMULATED_USER = 'system:serviceaccount:mcp-vitals:mcp-vitals'

interface Route extends ApiPath {
  readonly served: ServedName
}

export type ApiHandler = (request: IncomingMessage, response: ServerResponse) => void

export function createApiServer(options: ApiServerOptions): ApiHandler {
  return (request, response) => {
    answer(request, response, options).catch((error: unknown) => {
      if (response.headersSent) return void response.destroy()
      const refusal = error instanceof StatusError ? error : new StatusError('InternalError', 'an error on the server')
      send(response, refusal.code, refusal.body)
    })
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, options: ApiServerOptions): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const method = request.method ?? 'GET'
  if (request.headers.authorization !== `Bearer ${options.token}`) throw new StatusError('Unauthorized', 'Unauthorized')
  if (['/readyz', '/livez', '/healthz'].includes(url.pathname)) {
    return void response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end('ok')
  }
  if (url.pathname === '/version') return send(response, 200, VERSION)
  const path = parseApiPath(url.pathname)
  if (path?.group === 'authorization.k8s.io') return send(response, 201, review(await readBody(request), options))
  if (path?.group === 'metrics.k8s.io' && path.resource === 'pods' && method === 'GET') {
    permit(method, { ...path, served: 'pods' }, url, options)
    return send(response, 200, podMetrics(path, options))
  }
  const served = path && servedName(path.group, path.version, path.resource)
  if (path === undefined || served === undefined) {
    throw new StatusError('NotFound', 'the server could not find the requested resource')
  }
  const route = { ...path, served }
  permit(method, route, url, options)
  await dispatch(method, route, { url, request, response, options })
}

function podMetrics({ namespace, name }: ApiPath, { store, readPodMetrics }: ApiServerOptions): JsonObject {
  const kind = { apiVersion: 'metrics.k8s.io/v1beta1' }
  if (name === undefined) {
    const items = store.list('pods', namespace).flatMap((pod) => readPodMetrics(pod) ?? [])
    return { kind: 'PodMetricsList', ...kind, metadata: {}, items }
  }
  const pod = store.get('pods', namespace, name)
  const metrics = pod && readPodMetrics(pod)
  if (metrics === undefined) throw notFound('metrics.k8s.io', 'podmetrics', name)
  return { kind: 'PodMetrics', ...kind, ...metrics }
}

const VERSION = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.0-simulated',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: 'simulated',
}

interface Exchange {
  readonly url: URL
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly options: ApiServerOptions
}

async function dispatch(method: string, route: Route, { url, request, response, options }: Exchange): Promise<void> {
  const { store } = options
  const { served, namespace, name, subresource } = route
  const query = url.searchParams
  const place = { store, resource: served, namespace, dryRun: query.get('dryRun') === 'All', now: options.now() }
  if (name === undefined) {
    if (method === 'POST') return send(response, 201, createObject(place, objectOf(await readBody(request))))
    if (method !== 'GET') throw notAllowed()
    if (query.get('watch') === 'true') return watchObjects(store, { resource: served, namespace, query, response })
    return send(response, 200, listObjects(store, served, namespace, query))
  }
  const target: NamedTarget = { ...place, name, subresource: subresource === 'status' ? 'status' : undefined }
  if (subresource === undefined || (subresource === 'status' && SERVED[served].status)) {
    return send(response, 200, await onObject(method, target, request))
  }
  if (subresource === 'scale' && SERVED[served].scale)
    return send(response, 200, await onScale(method, target, request))
  if (served === 'pods' && subresource === 'log' && method === 'GET') {
    const pod = store.get('pods', namespace, name)
    if (pod === undefined) throw notFound('', 'pods', name)
    const text = podLog(pod, query, options.readLog, options.now())
    return void response.writeHead(200, { 'content-type': 'text/plain' }).end(text)
  }
  if (served === 'pods' && subresource === 'eviction' && method === 'POST') {
    return send(response, 201, evictPod(target, objectOf(await readBody(request))))
  }
  throw new StatusError('NotFound', 'the server could not find the requested resource')
}

async function onObject(method: string, target: NamedTarget, request: IncomingMessage): Promise<JsonObject> {
  switch (method) {
    case 'GET': {
      const found = target.store.get(target.resource, target.namespace, target.name)
      if (found === undefined) throw notFound(SERVED[target.resource].group, target.resource, target.name)
      return found as unknown as JsonObject
    }
    case 'PUT':
      return replaceObject(target, objectOf(await readBody(request)))
    case 'PATCH':
      return patchStored(target, request.headers['content-type'] ?? '', await readBody(request))
    case 'DELETE': {
      const options = await readBody(request)
      return deleteObject(target, isJsonObject(options) ? options : {})
    }
    default:
      throw notAllowed()
  }
}

async function onScale(method: string, target: NamedTarget, request: IncomingMessage): Promise<JsonObject> {
  if (method === 'GET') return scaleObject(target)
  const body = await readBody(request)
  if (method === 'PUT') return scaleObject(target, () => objectOf(body))
  if (method !== 'PATCH') throw notAllowed()
  return scaleObject(target, (scale) => patchObject(scale, request.headers['content-type'] ?? '', body))
}

const VERBS: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' }

function permit(
  method: string,
  { served, group, namespace, name, subresource }: Route,
  url: URL,
  options: ApiServerOptions,
) {
  const read = name !== undefined ? 'get' : url.searchParams.get('watch') === 'true' ? 'watch' : 'list'
  const verb = method === 'GET' ? read : (VERBS[method] ?? method.toLowerCase())
  const resource = subresource === undefined ? served : `${served}/${subresource}`
  if (isAllowed(options.access(), { verb, resource, namespace })) return
  const what = name === undefined ? served : `${served} "${name}"`
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`
  throw new StatusError(
    'Forbidden',
    `${what} is forbidden: User "${SIMULATED_USER}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`,
    { ...(name !== undefined && { name }), kind: served },
  )
}

function review(body: unknown, { access }: ApiServerOptions): JsonObject {
  const review = objectOf(body)
  const spec = isJsonObject(review['spec']) ? review['spec'] : {}
  const asked = isJsonObject(spec['resourceAttributes']) ? spec['resourceAttributes'] : {}
  const text = (field: string) => (typeof asked[field] === 'string' && asked[field] !== '' ? asked[field] : undefined)
  const resource = [text('resource') ?? '', text('subresource')].filter((part) => part !== undefined).join('/')
  const allowed = isAllowed(access(), { verb: text('verb') ?? '', resource, namespace: text('namespace') })
  return {
    kind: 'SelfSubjectAccessReview',
    apiVersion: 'authorization.k8s.io/v1',
    metadata: {},
    spec,
    status: { allowed },
  }
}

function objectOf(body: unknown): JsonObject {
  if (isJsonObject(body)) return body
  throw new StatusError('BadRequest', 'the body of the request is not an object')
}

function notAllowed(): StatusError {
  return new StatusError('MethodNotAllowed', 'the server does not allow this method on the requested resource')
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
