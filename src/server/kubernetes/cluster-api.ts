// Calls the Kubernetes API. Every call is measured, has a deadline, and fails with a `ToolError` that quotes nothing from
// the answer.
import type { KubeConfig, V1ResourceAttributes } from '@kubernetes/client-node'
import { ApiException, createConfiguration, RequestContext, ServerConfiguration } from '@kubernetes/client-node'
import { ToolError } from 'mcp-vitals'
import { boundText } from './bound-text.ts'
import { attempt, ending } from './cluster-call.ts'
import type { ClusterHttpOptions } from './cluster-http.ts'
import { createClusterHttp } from './cluster-http.ts'
import type { ClusterWrites } from './cluster-writes.ts'
import { clusterWrites } from './cluster-writes.ts'
import { containerUsage } from './container-usage.ts'
import type { ContainerUsage } from './diagnosis/snapshot.ts'
import { PAGE } from './fitting-pages.ts'
import { keepConnections } from './keep-connections.ts'
import type { ClusterApis, ObjectName, ResourceName, ResourceTypes } from './resource-calls.ts'
import { API_CLASSES, callTable } from './resource-calls.ts'
import { pathOf } from './resources.ts'
import type { WatchChange, WatchQuery } from './watch-changes.ts'
import { watchChanges } from './watch-changes.ts'

export interface ListQuery {
  /** All namespaces if it is not given. */
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** Objects a page, at most. @default 500 */
  readonly limit?: number
  /** Where the last page ended. */
  readonly continueFrom?: string
  /** `0` reads the cache of the API server, which may be slightly old but is cheap. */
  readonly resourceVersion?: string
}

interface ListAnswer<T> {
  readonly items: T[]
  readonly metadata?: { readonly continue?: string; readonly resourceVersion?: string }
}

export interface Page<T> {
  /** As the API sends them: their times are text. */
  readonly items: readonly T[]
  /** Undefined on the last page. */
  readonly continueFrom: string | undefined
  /** To watch from. */
  readonly resourceVersion: string
}

interface LogQuery {
  readonly container?: string
  readonly previous?: boolean
  readonly tailLines?: number
  readonly limitBytes?: number
  readonly sinceSeconds?: number
  readonly timestamps?: boolean
}

export interface ClusterApi {
  /** One page. */
  list<R extends ResourceName>(resource: R, query?: ListQuery, signal?: AbortSignal): Promise<Page<ResourceTypes[R]>>
  get<R extends ResourceName>(resource: R, object: ObjectName, signal?: AbortSignal): Promise<ResourceTypes[R]>
  /** What the containers of a namespace or of one pod use, by the metrics API, which not every cluster has: else `not_found`. */
  usage(namespace: string, pod?: string, signal?: AbortSignal): Promise<readonly ContainerUsage[]>
  log(pod: ObjectName, query?: LogQuery, signal?: AbortSignal): Promise<string>
  /** Streams the changes since a resource version until the API ends the stream. An expired version throws `conflict`. */
  watch<R extends ResourceName>(resource: R, query: WatchQuery, signal: AbortSignal): AsyncGenerator<WatchChange<R>>
  /** Asks the API whether this program has a permission. */
  may(what: V1ResourceAttributes, signal?: AbortSignal): Promise<boolean>
  /** All that changes something. */
  readonly write: ClusterWrites
  /** Throws unless the API server reports that it is ready. */
  ready(signal?: AbortSignal): Promise<void>
  close(): Promise<void>
}

/** @throws {Error} if the kubeconfig names no cluster. */
export function createClusterApi(config: KubeConfig, options: ClusterHttpOptions = {}): ClusterApi {
  const cluster = config.getCurrentCluster()
  if (cluster === null) throw new Error('the kubeconfig has no current cluster')
  const closeConnections = keepConnections(config)
  const httpApi = createClusterHttp(options)
  const configuration = createConfiguration({
    baseServer: new ServerConfiguration(cluster.server, {}),
    authMethods: { default: config },
    httpApi,
  })
  const apis = Object.fromEntries(
    Object.entries(API_CLASSES).map(([name, Api]) => [name, new Api(configuration)]),
  ) as unknown as ClusterApis
  const calls = callTable(apis)

  const send = async (path: string, method: ConstructorParameters<typeof RequestContext>[1], signal?: AbortSignal) => {
    const request = new RequestContext(`${cluster.server.replace(/\/$/, '')}${path}`, method)
    await config.applySecurityAuthentication(request)
    if (signal !== undefined) request.setSignal(signal)
    return httpApi.send(request).toPromise()
  }
  const list: ClusterApi['list'] = async (resource, query = {}, signal) => {
    const { namespace } = query
    const what = `list ${resource}${namespace === undefined ? '' : ` in namespace "${namespace}"`}`
    return attempt(what, signal, async () => {
      // Not by the generated client: it copies each object, at twice the time and memory of all else.
      const response = await send(`${pathOf(resource, namespace)}?${parametersOf(query)}`, 'GET', signal)
      if (response.httpStatusCode >= 400) throw new ApiException(response.httpStatusCode, 'refused', undefined, {})
      const found = JSON.parse(await response.body.text()) as Partial<ListAnswer<never>> | null
      if (!Array.isArray(found?.items)) throw new SyntaxError('the answer is not a list')
      const { continue: continueFrom, resourceVersion = '' } = found.metadata ?? {}
      for (const item of found.items) boundText(withoutFieldOwners(item))
      return { items: found.items, continueFrom: continueFrom || undefined, resourceVersion }
    })
  }
  return {
    list,
    get: (resource, object, signal) =>
      attempt(
        `get ${nameOf(resource, object)}`,
        signal,
        async () => boundText(await calls[resource](object, ending(signal))) as never,
      ),
    log: (pod, query = {}, signal) =>
      attempt(`read the log of ${nameOf('pods', pod)}`, signal, async () => {
        const text: unknown = await apis.core.readNamespacedPodLog({ ...query, ...pod }, ending(signal))
        return typeof text === 'string' ? text : ''
      }),
    usage: (namespace, pod, signal) =>
      attempt(`read the usage of pods in namespace "${namespace}"`, signal, async () => {
        const place = `/apis/metrics.k8s.io/v1beta1/namespaces/${encodeURIComponent(namespace)}/pods`
        const path = pod === undefined ? place : `${place}/${encodeURIComponent(pod)}`
        const response = await send(path, 'GET', signal)
        if (response.httpStatusCode >= 400) throw new ApiException(response.httpStatusCode, 'refused', undefined, {})
        return containerUsage(JSON.parse(await response.body.text()))
      }),
    watch: (resource, query, signal) => watchChanges({ resource, query, signal, send }),
    may: (what, signal) =>
      attempt('ask what this server may do', signal, async () => {
        const body = { spec: { resourceAttributes: what } }
        const { status } = await apis.authorization.createSelfSubjectAccessReview({ body }, ending(signal))
        return status?.allowed === true
      }),
    write: clusterWrites(apis),
    ready: (signal) =>
      attempt('say that it is ready', signal, async () => {
        const { httpStatusCode, body } = await send('/readyz', 'GET', signal)
        if (httpStatusCode >= 400) throw clusterErrorOfStatus(httpStatusCode)
        // A proxy or a login page in front of the API answers 200 to everything.
        if ((await body.text()).trim() !== 'ok') {
          throw new ToolError('unavailable', "The server at the cluster's address is not the Kubernetes API.")
        }
      }),
    close: closeConnections,
  }
}

/** Who owns which field is up to half of an object, and nothing here reads it. */
function withoutFieldOwners<T extends { metadata?: { managedFields?: unknown } }>(object: T): T {
  if (object?.metadata) delete object.metadata.managedFields
  return object
}

function clusterErrorOfStatus(status: number): ToolError {
  if (status === 401 || status === 403) {
    return new ToolError('forbidden', `The cluster does not accept this server's credentials (HTTP ${status}).`)
  }
  return new ToolError('unavailable', `The cluster reports that it is not ready (HTTP ${status}).`)
}

function parametersOf({
  labelSelector,
  fieldSelector,
  limit = PAGE,
  continueFrom,
  resourceVersion,
}: ListQuery): URLSearchParams {
  return new URLSearchParams({
    limit: String(limit),
    ...(labelSelector !== undefined && { labelSelector }),
    ...(fieldSelector !== undefined && { fieldSelector }),
    ...(continueFrom !== undefined && { continue: continueFrom }),
    // The two do not go together: a position names its version.
    ...(resourceVersion !== undefined && continueFrom === undefined && { resourceVersion }),
  })
}

function nameOf(resource: string, { namespace, name }: ObjectName): string {
  return `${resource} "${name}"${namespace === '' ? '' : ` in namespace "${namespace}"`}`
}
