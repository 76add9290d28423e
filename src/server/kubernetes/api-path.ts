// Parses the path of a Kubernetes API request into its resource, its operation and a path template for metrics.

export interface ApiPath {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  /** Plural and lower case. */
  readonly resource: string
  readonly namespace?: string
  readonly name?: string
  readonly subresource?: string
}

export interface ApiOperation {
  readonly operation: string
  readonly resource: string
  /** Such as `/api/v1/namespaces/{namespace}/pods/{name}/log`. */
  readonly template: string
}

/** Of a namespace itself, and no resources in it. */
const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize'])

/** Undefined for a path without a resource, such as `/version`. */
export function parseApiPath(pathname: string): ApiPath | undefined {
  const parts = pathname.split('/').slice(1).map(decoded)
  if (parts.some((part) => part === undefined || part === '')) return undefined
  const [root, ...rest] = parts as string[]
  const base =
    root === 'api'
      ? { group: '', version: rest.shift() }
      : root === 'apis'
        ? { group: rest.shift(), version: rest.shift() }
        : {}
  const { group, version } = base
  if (group === undefined || version === undefined || rest.length === 0) return undefined
  const inNamespace = rest[0] === 'namespaces' && rest.length > 2 && !NAMESPACE_SUBRESOURCES.has(rest[2] ?? '')
  const namespace = inNamespace ? rest[1] : undefined
  const [resource, name, ...subresource] = inNamespace ? rest.slice(2) : rest
  if (resource === undefined) return undefined
  return {
    group,
    version,
    resource,
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
    ...(subresource.length > 0 && { subresource: subresource.join('/') }),
  }
}

/** Describes a request for metrics and spans. A path without a resource is named by its first part. */
export function operationOf(method: string, url: URL): ApiOperation {
  const path = parseApiPath(url.pathname)
  if (path === undefined) {
    const resource = url.pathname.split('/')[1] ?? ''
    return { operation: 'get', resource, template: `/${resource}` }
  }
  return { operation: verbOf(method, path, url), resource: path.resource, template: templateOf(path) }
}

function verbOf(method: string, { resource, name, subresource }: ApiPath, url: URL): string {
  switch (method) {
    case 'GET':
      if (subresource === 'log') return 'log'
      if (url.searchParams.get('watch') === 'true') return 'watch'
      return name === undefined ? 'list' : 'get'
    case 'POST':
      if (subresource === 'eviction') return 'evict'
      return resource === 'selfsubjectaccessreviews' ? 'review' : 'create'
    case 'PUT':
      return subresource === 'scale' ? 'scale' : 'update'
    case 'PATCH':
      return subresource === 'scale' ? 'scale' : 'patch'
    default:
      return method.toLowerCase()
  }
}

function templateOf({ group, version, resource, namespace, name, subresource }: ApiPath): string {
  const parts = [group === '' ? 'api' : `apis/${group}`, version]
  if (namespace !== undefined) parts.push('namespaces/{namespace}')
  parts.push(resource)
  if (name !== undefined) parts.push('{name}')
  if (subresource !== undefined) parts.push(subresource)
  return `/${parts.join('/')}`
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}
