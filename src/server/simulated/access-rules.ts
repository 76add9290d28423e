// Declares the access rules of the simulated cluster, for one identity.

export interface AccessRule {
  /** API verbs, or `*`. */
  readonly verbs: readonly string[]
  /** Plurals, with a subresource after a slash, or `*`. */
  readonly resources: readonly string[]
  /** Only there; everywhere if it is not given. */
  readonly namespaces?: readonly string[]
}

interface AccessQuestion {
  readonly verb: string
  /** With its subresource, such as `pods/log`. */
  readonly resource: string
  /** Undefined for all namespaces, or for what is in none. */
  readonly namespace?: string | undefined
}

export function isAllowed(rules: readonly AccessRule[], { verb, resource, namespace }: AccessQuestion): boolean {
  return rules.some(
    ({ verbs, resources, namespaces }) =>
      (verbs.includes('*') || verbs.includes(verb)) &&
      (resources.includes('*') || resources.includes(resource)) &&
      (namespaces === undefined || (namespace !== undefined && namespaces.includes(namespace))),
  )
}

const READABLE = [
  ...['namespaces', 'nodes', 'pods', 'pods/log', 'events', 'services', 'endpoints', 'configmaps'],
  ...['persistentvolumeclaims', 'resourcequotas', 'limitranges', 'serviceaccounts'],
  ...['deployments', 'replicasets', 'statefulsets', 'daemonsets', 'jobs', 'cronjobs'],
  ...['horizontalpodautoscalers', 'poddisruptionbudgets', 'endpointslices'],
]

/** What the program is given: to read all but Secrets, and what its remediation does. */
export const DEFAULT_ACCESS: readonly AccessRule[] = [
  { verbs: ['get', 'list', 'watch'], resources: READABLE },
  { verbs: ['create'], resources: ['selfsubjectaccessreviews'] },
  { verbs: ['create'], resources: ['pods/eviction'] },
  { verbs: ['patch'], resources: ['deployments', 'statefulsets', 'daemonsets'] },
  { verbs: ['patch'], resources: ['deployments/scale', 'statefulsets/scale'] },
]
